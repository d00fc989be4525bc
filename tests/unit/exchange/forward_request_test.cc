// The request as an endpoint sees it: its target, its fields and its framing.

#include "exchange/handlers/forward_request.h"

#include "exchange/rewrite.h"
#include "tests/unit/exchange/fixture.h"

#include <rapidcheck/gtest.h>

namespace gatehouse::exchange {
namespace {

// A server whose "location /" forwards, with these directives.
std::string forwarding(const std::string& directives) {
    return "upstream app { server 10.0.0.1:80; } server { location / { proxy_pass http://app; " + directives +
           "} }";
}

std::string written(Exchange& exchange, const RequestFramingPlan& framing = {}, bool keep_alive = true) {
    const auto& handler = ExchangeWorld::forward_of(exchange);
    exchange.proxy_host = handler.host;
    Buffer out;
    write_forward_head(exchange, handler, forward_uri(exchange, handler, {}), framing, keep_alive, out);
    return lines_of(out.view());
}

TEST(forward_request, keeps_what_is_end_to_end_as_it_was_sent) {
    ExchangeWorld world(forwarding(""));
    auto& exchange = world.get("/a?b=c", {"User-Agent: x/1", "X-Odd:  a  b\tc ", "cookie: a=1; b=2",
                                          "Cookie: c=3", "Range: bytes=0-1"});
    EXPECT_EQ(written(exchange),
              "GET /a?b=c HTTP/1.1|Host: app|User-Agent: x/1|X-Odd: a  b\tc|"
              "cookie: a=1; b=2|Cookie: c=3|Range: bytes=0-1");
}

TEST(forward_request, loses_hop_by_hop_fields) {
    ExchangeWorld world(forwarding(""));
    for (const auto* line :
         {"Connection: keep-alive", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive", "TE: trailers",
          "Trailer: X-Sum", "Upgrade: h2c", "Expect: 100-continue", "HTTP2-Settings: AAA"}) {
        EXPECT_EQ(written(world.get("/", {line, "X-Kept: 1"})), "GET / HTTP/1.1|Host: app|X-Kept: 1") << line;
    }
}

TEST(forward_request, loses_the_fields_that_connection_names) {
    ExchangeWorld world(forwarding(""));
    auto& exchange = world.get("/", {"Connection: x-one, Cookie", "X-One: 1", "X-Two: 2", "Cookie: a=b",
                                     "connection: X-THREE", "x-three: 3"});
    EXPECT_EQ(written(exchange), "GET / HTTP/1.1|Host: app|X-Two: 2");
}

TEST(forward_request, connection_cannot_name_away_what_is_set_here) {
    ExchangeWorld world(forwarding("proxy_set_header X-Real-IP $remote_addr;"));
    auto& exchange = world.get("/", {"Connection: X-Real-IP, Host", "X-Real-IP: 6.6.6.6"});
    EXPECT_EQ(written(exchange),
              "GET / HTTP/1.1|X-Real-IP: " + std::string(exchange.client_ip()) + "|Host: app");
}

TEST(forward_request, set_fields_replace_the_clients_whatever_their_number_and_case) {
    ExchangeWorld world(
        forwarding("proxy_set_header Host $host; proxy_set_header X-A new; "
                   "proxy_set_header X-B \"$http_x_b, me\";"));
    auto& exchange = world.get("/", {"x-a: 1", "X-A: 2", "X-B: you"});
    EXPECT_EQ(written(exchange), "GET / HTTP/1.1|Host: shop.example|X-A: new|X-B: you, me");
}

TEST(forward_request, a_set_field_without_value_removes_the_clients) {
    ExchangeWorld world(
        forwarding("proxy_set_header Accept-Encoding \"\"; proxy_set_header X-A $http_none;"));
    auto& exchange = world.get("/", {"Accept-Encoding: gzip", "X-A: 1", "X-B: 2"});
    EXPECT_EQ(written(exchange), "GET / HTTP/1.1|Host: app|X-B: 2");
}

TEST(forward_request, without_pass_headers_only_what_is_set_goes) {
    ExchangeWorld world(forwarding("proxy_pass_request_headers off; proxy_set_header X-A 1;"));
    EXPECT_EQ(written(world.get("/", {"X-B: 2"})), "GET / HTTP/1.1|X-A: 1|Host: app");
}

TEST(forward_request, framing_is_decided_here) {
    ExchangeWorld world(
        forwarding("proxy_set_header Content-Length 5; proxy_set_header Transfer-Encoding x;"));
    auto& exchange =
        world.request("POST / HTTP/1.1", {"Host: shop.example", "Content-Length: 3", "Content-Type: a/b"});
    const std::string start = "POST / HTTP/1.1|Host: app|", end = "Content-Type: a/b";
    EXPECT_EQ(written(exchange), start + end);
    EXPECT_EQ(written(exchange, {.has_body = true, .length = 3}), start + "Content-Length: 3|" + end);
    EXPECT_EQ(written(exchange, {.has_body = true, .length = 0}), start + "Content-Length: 0|" + end);
    EXPECT_EQ(written(exchange, {.has_body = true, .length = {}}),
              start + "Transfer-Encoding: chunked|" + end);
}

TEST(forward_request, says_close_when_the_connection_will_not_be_kept) {
    ExchangeWorld world(forwarding(""));
    EXPECT_EQ(written(world.get("/"), {}, false), "GET / HTTP/1.1|Host: app|Connection: close");
    ExchangeWorld own(forwarding("proxy_set_header Connection Close;"));
    EXPECT_EQ(written(own.get("/"), {}, false), "GET / HTTP/1.1|Connection: Close|Host: app");
}

TEST(forward_request, method_and_version_are_those_configured) {
    ExchangeWorld world(forwarding("proxy_method PUT; proxy_http_version 1.0;"));
    EXPECT_EQ(written(world.get("/"), {}, false), "PUT / HTTP/1.0|Host: app|Connection: close");
}

TEST(forward_request, a_value_that_variables_bring_cannot_end_its_line) {
    ExchangeWorld world(forwarding("proxy_set_header X-Path $uri;"));
    EXPECT_EQ(written(world.get("/a%0d%0aX-Evil:1")),
              "GET /a%0d%0aX-Evil:1 HTTP/1.1|"
              "X-Path: /a  X-Evil:1|Host: app");
}

constexpr auto upgrading = "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;";

TEST(upgrade, of_a_websocket_passes_where_it_is_forwarded) {
    ExchangeWorld world(forwarding(upgrading));
    auto& exchange = world.get("/", {"Connection: keep-alive, Upgrade", "Upgrade: WebSocket"});
    EXPECT_EQ(written(exchange), "GET / HTTP/1.1|Connection: upgrade|Upgrade: websocket|Host: app");
}

TEST(upgrade, of_a_websocket_needs_no_directive) {
    for (const auto* directives :
         {"", "proxy_set_header Connection '';", "proxy_set_header Connection close;"}) {
        ExchangeWorld world(forwarding(directives));
        auto& exchange = world.get("/", {"Connection: Upgrade", "Upgrade: websocket"});
        EXPECT_EQ(written(exchange), "GET / HTTP/1.1|Connection: upgrade|Upgrade: websocket|Host: app")
            << directives;
    }
}

TEST(upgrade, of_a_websocket_does_not_pass_where_the_route_says_so) {
    for (const auto* directives :
         {"proxy_set_header Upgrade '';", "proxy_upgrade off;", "proxy_upgrade other;"}) {
        ExchangeWorld world(forwarding(directives));
        auto& exchange = world.get("/", {"Connection: Upgrade", "Upgrade: websocket"});
        EXPECT_EQ(written(exchange), "GET / HTTP/1.1|Host: app") << directives;
    }
    ExchangeWorld old(forwarding("proxy_http_version 1.0;"));
    EXPECT_EQ(written(old.get("/", {"Connection: Upgrade", "Upgrade: websocket"}), {}, false),
              "GET / HTTP/1.0|Host: app|Connection: close");
}

TEST(upgrade, of_another_protocol_passes_where_the_route_names_it) {
    ExchangeWorld world(forwarding("proxy_upgrade websocket tcp;"));
    auto& exchange = world.get("/", {"Connection: Upgrade", "Upgrade: h2c, TCP"});
    EXPECT_EQ(written(exchange), "GET / HTTP/1.1|Connection: upgrade|Upgrade: tcp|Host: app");
}

TEST(upgrade, of_anything_else_does_not_pass) {
    ExchangeWorld world(forwarding(upgrading));
    for (const auto* protocol : {"h2c", "TLS/1.0", "websocketx"}) {
        auto& exchange =
            world.get("/", {"Connection: Upgrade, HTTP2-Settings", std::string("Upgrade: ") + protocol});
        EXPECT_EQ(written(exchange), "GET / HTTP/1.1|Host: app") << protocol;
    }
    EXPECT_EQ(written(world.get("/", {"Upgrade: websocket"})), "GET / HTTP/1.1|Host: app")
        << "without its Connection";
}

// Of several protocols the endpoint may choose any.
TEST(upgrade, of_a_websocket_offers_nothing_beside_it) {
    ExchangeWorld world(forwarding(upgrading));
    auto& exchange = world.get("/", {"Connection: Upgrade", "Upgrade: h2c, websocket"});
    EXPECT_EQ(written(exchange), "GET / HTTP/1.1|Connection: upgrade|Upgrade: websocket|Host: app");
}

// `location /p/` with this proxy_pass, asked for each target: what is asked of the endpoint.
std::string target_of(const std::string& location, const std::string& proxy_pass, std::string_view target) {
    ExchangeWorld world("upstream app { server 10.0.0.1:80; } server { location " + location +
                        " { proxy_pass http://app" + proxy_pass + "; } }");
    auto& exchange = world.get(target);
    return std::string(forward_uri(exchange, ExchangeWorld::forward_of(exchange), {}));
}

TEST(forward_uri, without_a_uri_part_is_what_the_client_sent) {
    for (const auto* target : {"/p/", "/p/a%2fb/../c", "/p//x?", "/p/a%20b?d%20=e?f", "/p/%C3%A4", "/p/a\"b"})
        EXPECT_EQ(target_of("/p/", "", target), target);
    EXPECT_EQ(target_of("/p/", "", "http://shop.example/p/x?y"), "/p/x?y") << "without scheme and host";
    EXPECT_EQ(target_of("/", "", "http://shop.example?y"), "/?y");
}

// As nginx 1.22 was seen to do, but that it leaves bytes above 7f and quotes alone that were not encoded.
TEST(forward_uri, with_a_uri_part_has_it_in_the_place_of_the_location) {
    EXPECT_EQ(target_of("/p/", "/base/", "/p/x/y?z=1"), "/base/x/y?z=1");
    EXPECT_EQ(target_of("/p/", "/", "/p/"), "/");
    EXPECT_EQ(target_of("/p", "/base", "/p"), "/base");
    EXPECT_EQ(target_of("/p", "/base/", "/px"), "/base/x");
    EXPECT_EQ(target_of("/p/", "/base/", "/p/a/../b//c"), "/base/b/c") << "the path as it was matched";
}

TEST(forward_uri, with_a_uri_part_encodes_again_what_must_be) {
    EXPECT_EQ(target_of("/p/", "/base/", "/p/a%20b%2Fc?d%20=%2F"), "/base/a%20b/c?d%20=%2F");
    EXPECT_EQ(target_of("/p/", "/base/", "/p/%3F%25%23%0A"), "/base/%3F%25%23%0A");
    EXPECT_EQ(target_of("/p/", "/base/", "/p/%C3%A4"), "/base/%C3%A4");
}

// The target after the location's script has run; where that changed the URI, after another search.
std::string rewritten_target(const std::string& script, const std::string& proxy_pass,
                             std::string_view target) {
    ExchangeWorld world("upstream app { server 10.0.0.1:80; } server { location /p/ { " + script +
                        " proxy_pass http://app" + proxy_pass + "; } location /q/ { proxy_pass http://app" +
                        proxy_pass + "; } }");
    auto& exchange = world.get(target);
    const auto end = run_script(exchange, exchange.route->script, false);
    EXPECT_NE(end.kind, ScriptEnd::Kind::outcome);
    if (end.kind == ScriptEnd::Kind::search_again) ExchangeWorld::find_route(exchange);
    return std::string(forward_uri(exchange, ExchangeWorld::forward_of(exchange), {}));
}

TEST(forward_uri, after_a_rewrite_is_the_new_one) {
    constexpr auto script = "rewrite ^/p/(.*)$ /q/$1;";
    EXPECT_EQ(rewritten_target(script, "", "/p/a%20b?x=1"), "/q/a%20b?x=1");
    EXPECT_EQ(rewritten_target(script, "/base/", "/p/k"), "/base/k") << "in the place of the new location";
    EXPECT_EQ(rewritten_target("rewrite ^/p/(.*)$ /q/$1?new=1;", "/base/", "/p/k?o=2"), "/base/k?new=1&o=2");
}

TEST(forward_uri, after_rewrite_break_ignores_the_uri_part) {
    EXPECT_EQ(rewritten_target("rewrite ^/p/(.*)$ /c/$1 break;", "/base/", "/p/k%20k?o=2"), "/c/k%20k?o=2");
}

TEST(forward_uri, of_arguments_made_of_variables_cannot_end_the_request_line) {
    EXPECT_EQ(rewritten_target("rewrite ^ /z?u=$uri break;", "", "/p/a%20b?v=%20"), "/z?u=/p/a%20b&v=%20");
}

TEST(forward_uri, of_run_time_is_what_the_variables_gave) {
    ExchangeWorld world(forwarding(""));
    auto& exchange = world.get("/client?own=1");
    const auto& handler = ExchangeWorld::forward_of(exchange);
    const auto given = [&](std::string_view uri) { return std::string(forward_uri(exchange, handler, uri)); };
    EXPECT_EQ(given("/x%20y?a=%2F"), "/x%20y?a=%2F");
    EXPECT_EQ(given(""), "/client?own=1");
    EXPECT_EQ(given("?a=b"), "/?a=b") << "a target begins with a slash";
}

// `proxy_pass http://$host$uri?$args`: the path is decoded, the arguments are not.
TEST(forward_uri, of_run_time_cannot_end_the_request_line) {
    ExchangeWorld world(forwarding(""));
    auto& exchange = world.get("/");
    const auto& handler = ExchangeWorld::forward_of(exchange);
    const auto given = [&](std::string_view uri) { return std::string(forward_uri(exchange, handler, uri)); };
    EXPECT_EQ(given("/a b?c=%20&d"), "/a%20b?c=%20&d");
    EXPECT_EQ(given("/a HTTP/1.1\r\nX-Evil: 1"), "/a%20HTTP/1.1%0D%0AX-Evil:%201");
    EXPECT_EQ(given("/\x7f"), "/%7F");
}

RC_GTEST_PROP(forward_uri, of_any_path_can_be_read_back, ()) {
    ExchangeWorld world(
        "upstream app { server 10.0.0.1:80; } server { location / { proxy_pass http://app/base/; } }");
    auto& exchange = world.get("/");
    const auto path = "/" + *rc::gen::arbitrary<std::string>();
    exchange.set_uri(path, {});
    const auto target = forward_uri(exchange, ExchangeWorld::forward_of(exchange), {});
    RC_ASSERT(target.starts_with("/base/"));
    for (const char c : target) RC_ASSERT(c > ' ' && c < 0x7f);
    RC_ASSERT(target.find_first_of("?#") == std::string_view::npos);
    RC_ASSERT(http::unescape(target.substr(5), exchange.arena()) == path);
}

std::string over_http_2(Exchange& exchange, const RequestFramingPlan& framing = {}) {
    const auto& handler = ExchangeWorld::forward_of(exchange);
    exchange.proxy_host = handler.host;
    const auto head = h2_forward_head(exchange, handler, forward_uri(exchange, handler, {}), framing);
    std::string text(head.outgoing.authority);
    text += head.outgoing.path;
    for (const auto& field : head.fields)
        text += "|" + std::string(field.name) + ": " + std::string(field.value);
    return text;
}

TEST(forward_request, over_http_2_has_an_authority_and_no_fields_of_a_connection) {
    ExchangeWorld world(forwarding("proxy_http_version 2; proxy_set_header X-Set yes;"));
    auto& exchange = world.get(
        "/a?b", {"Connection: x-gone, keep-alive", "X-Gone: 1", "Keep-Alive: 5", "Upgrade: h2c", "X-Own: 1"});
    EXPECT_EQ(over_http_2(exchange), "app/a?b|X-Set: yes|X-Own: 1");
}

TEST(forward_request, over_http_2_takes_its_authority_from_host) {
    ExchangeWorld world(forwarding("proxy_http_version 2; proxy_set_header Host other;"));
    EXPECT_EQ(over_http_2(world.get("/", {})), "other/");
}

TEST(forward_request, over_http_2_says_te_to_clients_that_take_trailers_and_to_grpc) {
    ExchangeWorld world(forwarding("proxy_http_version 2;"));
    EXPECT_EQ(over_http_2(world.get("/", {"TE: gzip, trailers"})), "app/|TE: trailers");
    EXPECT_EQ(over_http_2(world.get("/", {"TE: gzip"})), "app/");
    EXPECT_EQ(over_http_2(world.get("/", {"Content-Type: application/grpc"})),
              "app/|TE: trailers|Content-Type: application/grpc");
}

}   // namespace
}   // namespace gatehouse::exchange
