// An endpoint's head as it will be answered: what is hidden, what is rewritten, what is obeyed.

#include "exchange/handlers/forward_response.h"

#include "http/date.h"
#include "http/h1_parser.h"
#include "tests/unit/exchange/fixture.h"

namespace gatehouse::exchange {
namespace {

std::string forwarding(const std::string& directives, const std::string& proxy_pass = "http://app") {
    return "upstream app { server 10.0.0.1:80; } server { location / { proxy_pass " + proxy_pass + "; " +
           directives + "} }";
}

// What of the endpoint's head becomes the response; its text lives in the exchange.
AccelOrders answer(Exchange& exchange, const std::vector<std::string>& lines,
                   std::string_view status_line = "HTTP/1.1 200 OK") {
    std::string text(status_line);
    for (const auto& line : lines) text += "\r\n" + line;
    http::ResponseHead head;
    http::ResponseParser parser;
    const auto progress = parser.parse(exchange.keep(text + "\r\n\r\n"), exchange.arena(), head);
    EXPECT_EQ(progress.state, http::Progress::State::done) << progress.error.rule;
    const auto framing = http::response_framing(head, exchange.method);
    EXPECT_TRUE(framing.has_value());
    return take_response_head(exchange, ExchangeWorld::forward_of(exchange), head, *framing);
}

std::string fields_of(const Exchange& exchange) {
    std::string out;
    for (const auto& field : exchange.response.fields) {
        if (!out.empty()) out += "|";
        out += std::string(field.name) + ": " + std::string(field.value);
    }
    return out;
}

// One field through a location with these directives.
std::string passed(const std::string& directives, const std::string& line) {
    ExchangeWorld world(forwarding(directives));
    auto& exchange = world.get("/");
    answer(exchange, {line});
    return fields_of(exchange);
}

TEST(forward_response, keeps_status_reason_and_end_to_end_fields) {
    ExchangeWorld world(forwarding(""));
    auto& exchange = world.get("/");
    answer(exchange, {"ETag: W/\"a\"", "X-Odd: a  b", "x-odd: c", "Content-Type: a/b", "Content-Length: 7"},
           "HTTP/1.1 299 Rather Good");
    EXPECT_EQ(fields_of(exchange), "ETag: W/\"a\"|X-Odd: a  b|x-odd: c");
    EXPECT_EQ(exchange.response.status, 299);
    EXPECT_EQ(exchange.response.reason, "Rather Good");
    EXPECT_EQ(exchange.response.content_type, "a/b");
    EXPECT_EQ(exchange.response.length, 7U);
    EXPECT_TRUE(exchange.response.from_upstream);
}

TEST(forward_response, loses_hop_by_hop_fields_and_those_that_connection_names) {
    for (const auto* line : {"Connection: close", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive",
                             "TE: x", "Trailer: X-Sum", "Transfer-Encoding: chunked", "Upgrade: h2c"})
        EXPECT_EQ(passed("", line), "") << line;
    ExchangeWorld world(forwarding(""));
    auto& exchange = world.get("/");
    answer(exchange, {"Connection: x-mine, ETag", "X-Mine: 1", "X-Yours: 2", "ETag: \"a\""});
    EXPECT_EQ(fields_of(exchange), "X-Yours: 2");
}

TEST(forward_response, hides_what_nginx_hides_unless_it_is_passed) {
    for (const auto* line :
         {"Server: x", "Date: Thu, 01 Jan 1970 00:00:00 GMT", "X-Pad: a", "X-Accel-Redirect: /a",
          "X-Accel-Expires: 1", "X-Accel-Buffering: no", "X-Accel-Charset: utf-8", "X-Accel-Limit-Rate: 1"}) {
        EXPECT_EQ(passed("", line), "") << line;
        const std::string name = std::string(line).substr(0, std::string(line).find(':'));
        EXPECT_EQ(passed("proxy_pass_header " + name + ";", line), line);
    }
}

TEST(forward_response, hides_what_the_configuration_names_in_any_case) {
    EXPECT_EQ(passed("proxy_hide_header X-Powered-By;", "x-powered-by: y"), "");
    EXPECT_EQ(passed("proxy_hide_header X-Powered-By;", "X-Powered: y"), "X-Powered: y");
    ExchangeWorld world(forwarding("proxy_hide_header Content-Type;"));
    auto& exchange = world.get("/");
    answer(exchange, {"Content-Type: a/b"});
    EXPECT_EQ(exchange.response.content_type, "");
}

TEST(forward_response, has_the_length_of_its_framing) {
    ExchangeWorld world(forwarding(""));
    auto& exchange = world.get("/");
    answer(exchange, {"Transfer-Encoding: chunked"});
    EXPECT_EQ(exchange.response.length, std::nullopt);
    answer(exchange, {});
    EXPECT_EQ(exchange.response.length, std::nullopt) << "until the connection ends";
    answer(exchange, {"Content-Length: 0"});
    EXPECT_EQ(exchange.response.length, 0U);
    auto& head = world.request("HEAD / HTTP/1.1", {"Host: shop.example"});
    answer(head, {"Content-Length: 12"});
    EXPECT_EQ(head.response.length, 12U) << "a HEAD's answer says it without a body";
}

TEST(forward_response, remembers_when_it_was_modified) {
    ExchangeWorld world(forwarding(""));
    auto& exchange = world.get("/");
    answer(exchange, {"Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT"});
    EXPECT_EQ(exchange.response.last_modified, http::parse_http_date("Thu, 01 Jan 2026 00:00:00 GMT"));
    EXPECT_TRUE(exchange.response.fields.contains(http::FieldId::last_modified));
    answer(exchange, {"Last-Modified: yesterday"});
    EXPECT_EQ(exchange.response.last_modified, std::nullopt);
}

TEST(forward_response, of_events_is_never_buffered) {
    ExchangeWorld world(forwarding(""));
    auto& exchange = world.get("/");
    for (const auto* type : {"text/event-stream", "Text/Event-Stream; charset=utf-8"}) {
        answer(exchange, {std::string("Content-Type: ") + type});
        EXPECT_TRUE(exchange.response.unbuffered) << type;
    }
    answer(exchange, {"Content-Type: text/event-streams"});
    EXPECT_FALSE(exchange.response.unbuffered);
}

TEST(forward_response, forgets_the_response_before) {
    ExchangeWorld world(forwarding(""));
    auto& exchange = world.get("/");
    answer(exchange, {"X-A: 1", "Content-Type: a/b", "Content-Length: 5", "X-Accel-Buffering: no"});
    answer(exchange, {"X-B: 2"});
    EXPECT_EQ(fields_of(exchange), "X-B: 2");
    EXPECT_EQ(exchange.response.content_type, "");
    EXPECT_FALSE(exchange.response.unbuffered);
}

TEST(x_accel, orders_are_obeyed) {
    ExchangeWorld world(forwarding(""));
    auto& exchange = world.get("/");
    const auto orders = answer(
        exchange, {"x-accel-redirect: /protected/a?b", "X-Accel-Buffering: No", "X-Accel-Limit-Rate: 1000"});
    EXPECT_EQ(orders.redirect, "/protected/a?b");
    EXPECT_TRUE(exchange.response.unbuffered);
    EXPECT_EQ(exchange.limit_rate, 1000U);
}

TEST(x_accel, orders_that_are_ignored_are_hidden_all_the_same) {
    ExchangeWorld world(
        forwarding("proxy_ignore_headers X-Accel-Redirect X-Accel-Buffering X-Accel-Limit-Rate;"));
    auto& exchange = world.get("/");
    const auto orders =
        answer(exchange, {"X-Accel-Redirect: /a", "X-Accel-Buffering: no", "X-Accel-Limit-Rate: 1000"});
    EXPECT_EQ(orders.redirect, "");
    EXPECT_FALSE(exchange.response.unbuffered);
    EXPECT_EQ(exchange.limit_rate, std::nullopt);
    EXPECT_EQ(fields_of(exchange), "");
}

TEST(proxy_redirect, rewrites_the_prefix_by_the_first_rule_that_fits) {
    constexpr auto rules = "proxy_redirect http://in.test/a/ /one/; proxy_redirect http://in.test/ /two/;";
    EXPECT_EQ(passed(rules, "Location: http://in.test/a/b"), "Location: /one/b");
    EXPECT_EQ(passed(rules, "Location: http://in.test/b?c"), "Location: /two/b?c");
    EXPECT_EQ(passed(rules, "Location: http://other.test/"), "Location: http://other.test/");
    EXPECT_EQ(passed(rules, "Location: HTTP://in.test/b"), "Location: HTTP://in.test/b");
    EXPECT_EQ(passed(rules, "Content-Location: http://in.test/b"), "Content-Location: http://in.test/b");
}

TEST(proxy_redirect, by_default_leads_back_to_the_location) {
    EXPECT_EQ(passed("", "Location: http://app/x"), "Location: /x");
    EXPECT_EQ(passed("proxy_redirect off;", "Location: http://app/x"), "Location: http://app/x");
    ExchangeWorld world("server { location /here/ { proxy_pass http://10.0.0.1:81/there/; } }");
    auto& exchange = world.get("/here/");
    answer(exchange, {"Location: http://10.0.0.1:81/there/x"});
    EXPECT_EQ(fields_of(exchange), "Location: /here/x");
}

TEST(proxy_redirect, may_be_an_expression_that_stands_for_the_whole) {
    constexpr auto rules = "proxy_redirect ~^http://([^/]+)\\.in\\.test(/.*)$ http://$host/$1$2;";
    EXPECT_EQ(passed(rules, "Location: http://app.in.test/x"), "Location: http://shop.example/app/x");
    EXPECT_EQ(passed(rules, "Location: http://in.test/x"), "Location: http://in.test/x");
}

TEST(proxy_redirect, leaves_the_captures_of_the_route_alone) {
    ExchangeWorld world(
        "upstream app { server 10.0.0.1:80; } server { location ~ ^/(\\w+)/ { "
        "proxy_pass http://app; proxy_redirect ~^http://(\\w+)/ /$1/; } }");
    auto& exchange = world.get("/mine/");
    answer(exchange, {"Location: http://theirs/x"});
    EXPECT_EQ(fields_of(exchange), "Location: /theirs/");
    EXPECT_EQ(exchange.captures.at(1), "mine");
}

TEST(proxy_redirect, concerns_refresh_too) {
    constexpr auto rules = "proxy_redirect http://in.test/ /;";
    EXPECT_EQ(passed(rules, "Refresh: 5; url=http://in.test/x"), "Refresh: 5; url=/x");
    EXPECT_EQ(passed(rules, "Refresh: 5; URL=http://in.test/x"), "Refresh: 5; URL=/x");
    EXPECT_EQ(passed(rules, "Refresh: 5"), "Refresh: 5");
}

TEST(proxy_redirect, that_changed_nothing_does_not_make_the_location_ours) {
    ExchangeWorld world(forwarding("proxy_redirect http://in.test/ /;"));
    auto& exchange = world.get("/");
    answer(exchange, {"Location: http://in.test/x"});
    EXPECT_TRUE(exchange.response.location_rewritten);
    answer(exchange, {"Location: /x"});
    EXPECT_FALSE(exchange.response.location_rewritten);
}

constexpr auto cookies =
    "proxy_cookie_domain localhost example.org; proxy_cookie_domain .dot.test .new.test; "
    "proxy_cookie_path /one/ /two/; proxy_cookie_flags one secure samesite=lax;";

std::string cookie(const std::string& directives, const std::string& value) {
    const auto line = passed(directives, "Set-Cookie: " + value);
    return line.substr(line.find(": ") + 2);
}

TEST(cookies, path_is_rewritten_by_its_beginning) {
    EXPECT_EQ(cookie(cookies, "a=1; Path=/one/x; HttpOnly"), "a=1; Path=/two/x; HttpOnly");
    EXPECT_EQ(cookie(cookies, "a=1; path=/x/one/"), "a=1; path=/x/one/");
    EXPECT_EQ(cookie(cookies, "Path=/one/; a=1"), "Path=/one/; a=1") << "that is the cookie's name";
}

// As nginx 1.22 was seen to do.
TEST(cookies, domain_is_rewritten_whole_in_any_case_with_or_without_its_dot) {
    EXPECT_EQ(cookie(cookies, "a=1; Domain=localhost"), "a=1; Domain=example.org");
    EXPECT_EQ(cookie(cookies, "a=1; domain=.LOCALHOST"), "a=1; domain=.example.org");
    EXPECT_EQ(cookie(cookies, "a=1; Domain=localhost.evil"), "a=1; Domain=localhost.evil");
    EXPECT_EQ(cookie(cookies, "a=1; Domain=x.localhost"), "a=1; Domain=x.localhost");
    EXPECT_EQ(cookie(cookies, "a=1; domain=.dot.test"), "a=1; domain=.new.test");
    EXPECT_EQ(cookie(cookies, "a=1; domain=dot.test"), "a=1; domain=new.test");
}

TEST(cookies, domain_may_be_an_expression) {
    constexpr auto rule = "proxy_cookie_domain ~^(\\w+)\\.in\\.test$ $1.example.org;";
    EXPECT_EQ(cookie(rule, "a=1; Domain=APP.in.test"), "a=1; Domain=APP.example.org");
}

TEST(cookies, flags_are_set_and_taken_away_by_name) {
    EXPECT_EQ(cookie(cookies, "one=1"), "one=1; Secure; SameSite=Lax");
    EXPECT_EQ(cookie(cookies, "two=1"), "two=1");
    EXPECT_EQ(cookie(cookies, "one=1; secure; SameSite=Strict; Path=/x"),
              "one=1; Path=/x; Secure; SameSite=Lax");
    constexpr auto without = "proxy_cookie_flags ~^s nosecure nohttponly nosamesite;";
    EXPECT_EQ(cookie(without, "sid=1; Secure; HttpOnly; SameSite=None; Path=/"), "sid=1; Path=/");
    EXPECT_EQ(cookie(without, "id=1; Secure"), "id=1; Secure");
}

TEST(cookies, are_left_alone_where_nothing_is_said_of_them) {
    EXPECT_EQ(cookie("", "a = 1 ;Path=/one/;  x"), "a = 1 ;Path=/one/;  x");
}

TEST(cookies, each_is_rewritten_by_itself) {
    ExchangeWorld world(forwarding(cookies));
    auto& exchange = world.get("/");
    answer(exchange, {"Set-Cookie: one=1", "Set-Cookie: two=2; Path=/one/"});
    EXPECT_EQ(fields_of(exchange), "Set-Cookie: one=1; Secure; SameSite=Lax|Set-Cookie: two=2; Path=/two/");
}

}   // namespace
}   // namespace gatehouse::exchange
