// The PROXY protocol header in front of a connection: read in any pieces, and never a byte too far where that
// was asked for.

#include "exchange/proxy_header.h"

#include "net/proxy_protocol.h"
#include "tests/unit/exchange/fixture.h"

namespace gatehouse::exchange {
namespace {

using namespace std::string_view_literals;

constexpr auto configuration = "server { listen 80 proxy_protocol; client_header_timeout 30s; }";
constexpr auto line = "PROXY TCP4 192.0.2.1 192.0.2.2 123 5678\r\n"sv;
constexpr auto hello = "\x16\x03\x01 and what else a client says"sv;

std::string binary_header(std::string_view tlvs = {}) {
    SocketAddress source, destination;
    EXPECT_TRUE(SocketAddress::parse("2001:db8::1", 123, source));
    EXPECT_TRUE(SocketAddress::parse("2001:db8::2", 443, destination));
    return net::write_proxy_v2(source, destination, tlvs);
}

class Reading {
public:
    Reading() {
        EXPECT_TRUE(world.client().stream.start());
        world.worker().scope.spawn(run(world.client(), result));
    }
    // Sends it in two pieces, and lets the reader see the first before the second comes.
    void send_cut(std::string_view bytes, std::size_t at) {
        world.send(bytes.substr(0, at));
        bool later = false;
        const auto wake = [&] { later = true; };
        world.after(std::chrono::seconds(1), wake);
        EXPECT_TRUE(world.run_until([&] { return later; }));
        EXPECT_FALSE(result);
        world.send(bytes.substr(at));
    }
    [[nodiscard]] bool finished() {
        return world.run_until([&] { return result.has_value(); });
    }
    [[nodiscard]] std::string variable(std::string_view name) {
        auto& exchange = world.get("/");
        return std::string(exchange.variable(*model::find_builtin_variable(name)).value_or("-"));
    }
    ExchangeWorld world{configuration};
    std::optional<bool> result;

private:
    static loop::Task<void> run(ClientConnection& connection, std::optional<bool>& to) {
        const auto read = co_await read_proxy_header(connection, settings_of(connection).header_timeout);
        to = read == ProxyHeaderRead::done;
    }
};

TEST(proxy_header, is_shown_by_variables) {
    std::string tls, tlvs;
    net::append_proxy_tlv(tls, net::ProxyTlv::tls_cipher, "AES");
    net::append_proxy_tlv(tlvs, net::ProxyTlv::alpn, "h2");
    net::append_proxied_tls(tlvs, {.flags = net::ProxiedTls::used, .verify = 255, .tlvs = tls});
    Reading reading;
    reading.world.send(binary_header(tlvs));
    ASSERT_TRUE(reading.finished());
    ASSERT_TRUE(*reading.result);
    EXPECT_EQ(reading.variable("proxy_protocol_addr"), "2001:db8::1");
    EXPECT_EQ(reading.variable("proxy_protocol_port"), "123");
    EXPECT_EQ(reading.variable("proxy_protocol_server_addr"), "2001:db8::2");
    EXPECT_EQ(reading.variable("proxy_protocol_server_port"), "443");
    EXPECT_EQ(reading.variable("proxy_protocol_tlv_alpn"), "h2");
    EXPECT_EQ(reading.variable("proxy_protocol_tlv_authority"), "-");
    EXPECT_EQ(reading.variable("proxy_protocol_tlv_ssl_verify"), "255");
    EXPECT_EQ(reading.variable("proxy_protocol_tlv_ssl_cipher"), "AES");
    EXPECT_EQ(reading.variable("proxy_protocol_tlv_ssl_cn"), "-");
    EXPECT_EQ(reading.variable("proxy_protocol_tlv_0x3").size(), 4U);
    EXPECT_NE(reading.variable("remote_addr"), "2001:db8::1");
}

TEST(proxy_header, of_nobody_leaves_the_variables_unset) {
    Reading reading;
    reading.world.send("PROXY UNKNOWN\r\n");
    ASSERT_TRUE(reading.finished());
    EXPECT_TRUE(*reading.result);
    EXPECT_EQ(reading.variable("proxy_protocol_addr"), "-");
    EXPECT_EQ(reading.variable("proxy_protocol_server_port"), "-");
    EXPECT_EQ(reading.variable("proxy_protocol_tlv_alpn"), "-");
}

TEST(proxy_header, cut_anywhere_leaves_what_follows_it) {
    for (const auto& header : {std::string(line), binary_header()}) {
        const auto bytes = header + std::string(hello);
        for (std::size_t at = 1; at < header.size(); at += 3) {
            Reading reading;
            reading.send_cut(bytes, at);
            ASSERT_TRUE(reading.finished());
            EXPECT_TRUE(*reading.result);
            EXPECT_EQ(reading.world.client().in.view(), hello) << at;
        }
    }
}

TEST(proxy_header, that_is_none_ends_the_connection) {
    for (const auto bytes : {"GET / HTTP/1.1\r\n\r\n"sv, hello, "PROXY TCP4 a b 1 2\r\n"sv}) {
        Reading reading;
        reading.world.send(bytes);
        ASSERT_TRUE(reading.finished());
        EXPECT_FALSE(*reading.result);
    }
}

TEST(proxy_header, that_does_not_come_in_time_ends_the_connection) {
    for (const auto bytes : {""sv, "PROXY TCP4 "sv}) {
        Reading reading;
        const auto begin = reading.world.worker().loop.now();
        if (!bytes.empty()) reading.world.send(bytes);
        ASSERT_TRUE(reading.finished());
        EXPECT_FALSE(*reading.result);
        const auto took = reading.world.worker().loop.now() - begin;
        EXPECT_GE(took, std::chrono::seconds(30));
        EXPECT_LT(took, std::chrono::seconds(31));
    }
}

TEST(proxy_header, of_a_client_that_hangs_up_ends_the_connection) {
    for (const auto bytes : {""sv, "PROXY TCP4 "sv}) {
        Reading reading;
        if (!bytes.empty()) reading.world.send(bytes);
        reading.world.hang_up();
        ASSERT_TRUE(reading.finished());
        EXPECT_FALSE(*reading.result);
    }
}

TEST(proxy_header, of_which_nothing_has_come_leaves_the_connection_idle) {
    Reading reading;
    EXPECT_FALSE(reading.result);
    EXPECT_TRUE(reading.world.worker().close_longest_idle());
    ASSERT_TRUE(reading.finished());
    EXPECT_FALSE(*reading.result);
}

TEST(proxy_header, of_which_a_part_has_come_makes_the_connection_busy) {
    Reading reading;
    reading.world.send("PROXY");
    ASSERT_TRUE(reading.world.run_until([&] { return !reading.world.client().in.empty(); }));
    EXPECT_FALSE(reading.world.worker().close_longest_idle());
    reading.world.send(line.substr(5));
    ASSERT_TRUE(reading.finished());
    EXPECT_TRUE(*reading.result);
}

}   // namespace
}   // namespace gatehouse::exchange
