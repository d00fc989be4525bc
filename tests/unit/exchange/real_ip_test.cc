// Who a request is from, when the connection comes from a proxy that is trusted, or from one that is not.

#include "exchange/real_ip.h"

#include "exchange/proxy_header.h"
#include "tests/unit/exchange/fixture.h"

namespace gatehouse::exchange {
namespace {

SocketAddress address_of(std::string_view ip, std::uint16_t port = 0) {
    SocketAddress address;
    EXPECT_TRUE(SocketAddress::parse(ip, port, address)) << ip;
    return address;
}

std::string value(Exchange& exchange, std::string_view name) {
    return std::string(exchange.variable(*model::find_builtin_variable(name)).value_or("-"));
}

struct RealIp : testing::Test {
    // What $remote_addr is for a request with these fields on a connection from `peer`.
    static std::string remote_address(const std::string& settings, const std::vector<std::string>& fields,
                                      const SocketAddress& peer = address_of("10.0.0.1", 4000)) {
        ExchangeWorld world("server { " + settings + " }");
        world.client().peer = PeerAddress(peer.storage);
        auto fields_with_host = fields;
        fields_with_host.emplace_back("Host: a");
        auto& exchange = world.request("GET / HTTP/1.1", fields_with_host);
        apply_real_ip(exchange);
        return value(exchange, "remote_addr");
    }
    static std::string forwarded_for(const std::string& settings, const std::vector<std::string>& values,
                                     std::string_view peer = "10.0.0.1") {
        std::vector<std::string> fields;
        for (const auto& text : values) fields.push_back("X-Forwarded-For: " + text);
        return remote_address("real_ip_header X-Forwarded-For; " + settings, fields, address_of(peer));
    }
};

constexpr auto trusted = "set_real_ip_from 10.0.0.0/8; ";
const std::string recursive = std::string(trusted) + "real_ip_recursive on; ";

TEST_F(RealIp, a_trusted_proxy_is_believed_and_no_other) {
    EXPECT_EQ(remote_address(trusted, {"X-Real-IP: 192.0.2.1"}), "192.0.2.1");
    EXPECT_EQ(remote_address(trusted, {"X-Real-IP: 192.0.2.1"}, address_of("11.0.0.1")), "11.0.0.1");
    EXPECT_EQ(remote_address(trusted, {}), "10.0.0.1");
    EXPECT_EQ(remote_address("", {"X-Real-IP: 192.0.2.1"}), "10.0.0.1");
}

TEST_F(RealIp, a_unix_socket_is_trusted_by_its_kind) {
    const auto peer = SocketAddress::from_unix_path("");
    EXPECT_EQ(remote_address("set_real_ip_from unix:;", {"X-Real-IP: ::1"}, peer), "::1");
    EXPECT_EQ(remote_address(trusted, {"X-Real-IP: ::1"}, peer), "unix:");
}

TEST_F(RealIp, a_mapped_address_counts_as_the_ipv4_address_it_is) {
    EXPECT_EQ(forwarded_for(trusted, {"192.0.2.1"}, "::ffff:10.0.0.1"), "192.0.2.1");
}

TEST_F(RealIp, any_field_can_be_the_one_and_its_first_counts) {
    const auto settings = std::string(trusted) + "real_ip_header CF-Connecting-IP;";
    EXPECT_EQ(remote_address(settings, {"X-Real-IP: 192.0.2.1", "cf-connecting-ip: 192.0.2.2"}), "192.0.2.2");
    EXPECT_EQ(remote_address(settings, {"CF-Connecting-IP: 192.0.2.2", "CF-Connecting-IP: 192.0.2.3"}),
              "192.0.2.2");
    EXPECT_EQ(remote_address(settings, {"X-Real-IP: 192.0.2.1"}), "10.0.0.1");
}

TEST_F(RealIp, what_is_no_address_changes_nothing) {
    for (const auto* text : {"", "unknown", "192.0.2", "192.0.2.1:", "192.0.2.1:x", "192.0.2.1:65536", "[::1",
                             "::1]", "unix:", "unix:/run/a", "a.example", "192.0.2.1;", ",", " , ,"}) {
        EXPECT_EQ(remote_address(trusted, {std::string("X-Real-IP: ") + text}), "10.0.0.1") << text;
    }
}

TEST_F(RealIp, an_address_may_have_a_port) {
    for (const auto& [text, ip, port] :
         {std::tuple{"192.0.2.1:123", "192.0.2.1", "123"}, std::tuple{"192.0.2.1", "192.0.2.1", ""},
          std::tuple{"[2001:db8::1]:65535", "2001:db8::1", "65535"}, std::tuple{"[::1]", "::1", ""},
          std::tuple{"2001:DB8::1", "2001:db8::1", ""}}) {
        ExchangeWorld world(std::string("server { set_real_ip_from 0.0.0.0/0; }"));
        auto& exchange = world.get("/", {std::string("X-Real-IP: ") + text});
        apply_real_ip(exchange);
        EXPECT_EQ(value(exchange, "remote_addr"), ip);
        EXPECT_EQ(value(exchange, "remote_port"), port);
    }
}

TEST_F(RealIp, of_a_list_the_last_one_counts) {
    EXPECT_EQ(forwarded_for(trusted, {"198.51.100.1, 192.0.2.1"}), "192.0.2.1");
    EXPECT_EQ(forwarded_for(trusted, {"198.51.100.1,192.0.2.1 , "}), "192.0.2.1");
    EXPECT_EQ(forwarded_for(trusted, {"198.51.100.1", "192.0.2.1"}), "192.0.2.1");
    EXPECT_EQ(forwarded_for(trusted, {"192.0.2.1, 10.0.0.2"}), "10.0.0.2");
    EXPECT_EQ(forwarded_for(trusted, {"192.0.2.1, nonsense"}), "10.0.0.1");
    EXPECT_EQ(remote_address(trusted, {"X-Real-IP: 198.51.100.1, 192.0.2.1"}), "192.0.2.1");
}

TEST_F(RealIp, recursive_goes_on_to_the_first_that_is_not_trusted) {
    EXPECT_EQ(forwarded_for(recursive, {"198.51.100.1, 192.0.2.1, 10.0.0.3, 10.0.0.2"}), "192.0.2.1");
    EXPECT_EQ(forwarded_for(recursive, {"10.0.0.3, 10.0.0.2"}), "10.0.0.3");
    EXPECT_EQ(forwarded_for(recursive, {"192.0.2.1, nonsense, 10.0.0.2"}), "10.0.0.2");
    EXPECT_EQ(forwarded_for(recursive, {"192.0.2.1"}, "203.0.113.1"), "203.0.113.1");
    EXPECT_EQ(forwarded_for(recursive, {"192.0.2.1,,10.0.0.2"}), "192.0.2.1");
}

TEST_F(RealIp, recursive_takes_several_fields_as_one_list) {
    EXPECT_EQ(forwarded_for(recursive, {"10.0.0.4", "192.0.2.1", "10.0.0.2"}), "192.0.2.1");
    EXPECT_EQ(forwarded_for(recursive, {"192.0.2.1, 10.0.0.3", "10.0.0.2"}), "192.0.2.1");
    EXPECT_EQ(forwarded_for(recursive, {"192.0.2.1", "", "10.0.0.2"}), "192.0.2.1");
    EXPECT_EQ(forwarded_for(recursive, {"192.0.2.1", "nonsense", "10.0.0.2"}), "10.0.0.2");
}

TEST_F(RealIp, a_name_is_trusted_for_the_addresses_it_has_now) {
    ExchangeWorld world("server { set_real_ip_from balancer.example; }");
    world.client().peer = PeerAddress(address_of("10.0.0.1", 4000).storage);
    const auto ask = [&] {
        auto& exchange = world.get("/", {"X-Real-IP: 192.0.2.1"});
        apply_real_ip(exchange);
        return value(exchange, "remote_addr");
    };
    const auto& name = *world.get("/").route->real_ip.names.at(0);
    EXPECT_EQ(ask(), "10.0.0.1");
    name.state->replace(
        model::build_endpoint_set(name, {{address_of("10.0.0.1"), address_of("2001:db8::1")}}, nullptr));
    EXPECT_EQ(ask(), "192.0.2.1");
    world.client().peer = PeerAddress(address_of("2001:db8::1", 4000).storage);
    EXPECT_EQ(ask(), "192.0.2.1");
    name.state->replace(model::build_endpoint_set(name, {{address_of("10.0.0.2")}}, nullptr));
    EXPECT_EQ(ask(), "2001:db8::1");
}

TEST_F(RealIp, the_header_of_the_connection_counts_with_its_port) {
    ExchangeWorld world("server { set_real_ip_from 0.0.0.0/0; real_ip_header proxy_protocol; }");
    world.client().peer = PeerAddress(address_of("10.0.0.1", 4000).storage);
    auto& before = world.get("/", {"X-Real-IP: 192.0.2.9"});
    apply_real_ip(before);
    EXPECT_EQ(value(before, "remote_addr"), "10.0.0.1");
    world.client().proxied = std::make_unique<const ProxiedPeer>(
        ProxiedPeer{.source = PeerAddress(address_of("2001:db8::1", 123).storage),
                    .destination = PeerAddress(address_of("2001:db8::2", 443).storage),
                    .tlvs = {}});
    auto& exchange = world.get("/");
    apply_real_ip(exchange);
    EXPECT_EQ(value(exchange, "remote_addr"), "2001:db8::1");
    EXPECT_EQ(value(exchange, "remote_port"), "123");
    EXPECT_EQ(value(exchange, "realip_remote_addr"), "10.0.0.1");
    EXPECT_EQ(value(exchange, "realip_remote_port"), "4000");
    EXPECT_EQ(value(exchange, "proxy_protocol_server_port"), "443");
    EXPECT_EQ(value(exchange, "proxy_add_x_forwarded_for"), "2001:db8::1");
    EXPECT_EQ(value(exchange, "binary_remote_addr").size(), 16U);
}

TEST_F(RealIp, the_first_level_that_finds_an_address_is_the_last_that_looks) {
    ExchangeWorld world(R"(server {
        set_real_ip_from 0.0.0.0/0;
        location / { real_ip_header X-Two; }
    })");
    auto& exchange = world.get("/", {"X-Real-IP: 192.0.2.1", "X-Two: 192.0.2.2"});
    const auto* location = std::exchange(exchange.route, exchange.site->defaults.get());
    apply_real_ip(exchange);
    exchange.route = location;
    apply_real_ip(exchange);
    EXPECT_EQ(value(exchange, "remote_addr"), "192.0.2.1");
    auto& other = world.get("/", {"X-Two: 192.0.2.2"});
    location = std::exchange(other.route, other.site->defaults.get());
    apply_real_ip(other);
    EXPECT_NE(value(other, "remote_addr"), "192.0.2.2");
    other.route = location;
    apply_real_ip(other);
    EXPECT_EQ(value(other, "remote_addr"), "192.0.2.2");
}

}   // namespace
}   // namespace gatehouse::exchange
