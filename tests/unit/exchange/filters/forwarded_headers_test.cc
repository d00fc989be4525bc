// X-Forwarded-… of trusted and other clients.

#include "tests/unit/exchange/filters/filtered.h"

#include "exchange/filters/forwarded_headers.h"

namespace gatehouse::exchange {
namespace {

std::string seen(const model::ForwardedHeaders& settings, std::vector<std::string> fields,
                 const std::vector<std::string>& asked) {
    ExchangeWorld world(forwards);
    fields.insert(fields.begin(), "Host: shop.example:8080");
    auto& exchange = world.request("GET / HTTP/1.1", fields);
    Filtered filtered(world, exchange, {settings});
    EXPECT_EQ(filtered.enter(), 0);
    std::string out;
    for (const auto& name : asked) out += (out.empty() ? "" : "|") + filtered.field(name);
    return out;
}

const std::vector<std::string> all = {"X-Forwarded-For",  "X-Forwarded-Proto",  "X-Forwarded-Host",
                                      "X-Forwarded-Port", "X-Forwarded-Server", "X-Real-Ip"};

TEST(forwarded_headers, are_set_where_there_are_none) {
    EXPECT_EQ(seen({.trust_all = false, .trusted = {}, .server = "gate"}, {}, all),
              "-|http|shop.example:8080|8080|gate|127.0.0.1");
}

TEST(forwarded_headers, of_clients_nobody_trusts_are_dropped) {
    EXPECT_EQ(seen({},
                   {"X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil",
                    "X-Forwarded-Port: 1", "X-Forwarded-Server: evil", "X-Real-Ip: 1.2.3.4"},
                   all),
              "-|http|shop.example:8080|8080|-|127.0.0.1");
    EXPECT_EQ(seen({},
                   {"X-Forwarded-Uri: /", "X-Forwarded-Method: X", "X-Forwarded-Prefix: /",
                    "X-Forwarded-Tls-Client-Cert: x", "X-Scheme: https", "X-Other: 1"},
                   {"X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Prefix",
                    "X-Forwarded-Tls-Client-Cert", "X-Scheme", "X-Other"}),
              "-|-|-|-|-|1");
}

TEST(forwarded_headers, are_dropped_in_every_spelling) {
    for (const std::string name : {"X_Forwarded_For", "x-forwarded_for", "X_FORWARDED-FOR", "X_Real_Ip"})
        EXPECT_EQ(seen({}, {name + ": 1.2.3.4"}, {name}), "-") << name;
    EXPECT_EQ(seen({}, {"X_Forwarded_Forx: 1"}, {"X_Forwarded_Forx"}), "1");
}

TEST(forwarded_headers, of_trusted_clients_stay) {
    bool host_bits = false;
    const model::ForwardedHeaders trusting{
        .trust_all = false, .trusted = {*model::Network::parse("127.0.0.0/8", host_bits)}, .server = ""};
    EXPECT_EQ(seen(trusting,
                   {"X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: https", "X-Forwarded-Host: a.test",
                    "X-Real-Ip: 1.2.3.4"},
                   all),
              "1.2.3.4|https|a.test|8080|-|1.2.3.4");
    EXPECT_EQ(seen({.trust_all = true, .trusted = {}, .server = ""},
                   {"X-Forwarded-For: 1.2.3.4", "X-Forwarded-For: 5.6.7.8"}, {"X-Forwarded-For"}),
              "1.2.3.4, 5.6.7.8");
}

TEST(forwarded_headers, have_the_port_of_the_scheme_where_the_host_names_none) {
    ExchangeWorld world(forwards);
    auto& exchange = world.get("/", {"X-Forwarded-Proto: https"});
    Filtered filtered(world, exchange,
                      {model::ForwardedHeaders{.trust_all = true, .trusted = {}, .server = ""}});
    EXPECT_EQ(filtered.enter(), 0);
    EXPECT_EQ(filtered.field("X-Forwarded-Port"), "443");
}

TEST(forwarded_headers, say_when_a_websocket_is_asked_for) {
    EXPECT_EQ(seen({}, {"Connection: Upgrade", "Upgrade: websocket"}, {"X-Forwarded-Proto", "Connection"}),
              "ws|Upgrade");
}

TEST(forwarded_headers, cannot_be_named_in_connection) {
    EXPECT_EQ(seen({}, {"Connection: close, X-Forwarded-Host, x_real_ip"}, {"Connection"}), "close");
    EXPECT_EQ(seen({}, {"Connection: X-Real-Ip"}, {"Connection", "X-Real-Ip"}), "-|127.0.0.1");
}

}   // namespace
}   // namespace gatehouse::exchange
