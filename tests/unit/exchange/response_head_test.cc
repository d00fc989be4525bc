// The head of a response as text: the route's response steps, the framing, and what it says of the
// connection.

#include "exchange/response_head.h"

#include "http/date.h"
#include "tests/unit/exchange/fixture.h"

#include <algorithm>
#include <array>
#include <optional>

namespace gatehouse::exchange {
namespace {

// The head in the order of respond(); `expected_framing` only where a test says something of it.
std::string head_of(Exchange& exchange, std::optional<BodyFraming> expected_framing = {}) {
    run_response_steps(exchange);
    const auto framing = choose_framing(exchange);
    EXPECT_EQ(framing, expected_framing.value_or(framing));
    Buffer out;
    write_response_head(exchange, framing, out);
    return lines_of(out.view());
}

std::string field_of(std::string_view head, std::string_view name) {
    const auto at = head.find("|" + std::string(name) + ": ");
    if (at == std::string_view::npos) return {};
    const auto value = head.substr(at + name.size() + 3);
    return std::string(value.substr(0, value.find('|')));
}

std::string site(const std::string& directives) {
    return "server { server_name shop.example; " + directives + " }";
}

Response& with(Exchange& exchange, int status, std::optional<std::uint64_t> length = 5) {
    exchange.response.status = status;
    exchange.response.length = length;
    if (length) exchange.response.body = std::string_view("hello").substr(0, *length);
    return exchange.response;
}

void add(Exchange& exchange, std::string_view name, std::string_view value) {
    exchange.response.fields.add(exchange.arena(), http::make_field(name, value));
}

TEST(response_head, says_what_it_is_and_then_what_the_handler_said) {
    ExchangeWorld world(site("server_tokens off; location / { }"));
    auto& exchange = world.get("/");
    with(exchange, 200).content_type = "text/plain";
    add(exchange, "X-One", "1");
    add(exchange, "X-Two", "2");
    EXPECT_EQ(
        head_of(exchange, BodyFraming::length),
        "HTTP/1.1 200 OK|Server: gatehouse|Date: Thu, 01 Jan 2026 00:00:00 GMT|Content-Type: text/plain|"
        "Content-Length: 5|Connection: keep-alive|X-One: 1|X-Two: 2");
}

TEST(response_head, announces_no_body_that_is_not_there) {
    ExchangeWorld world(site("location / { }"));
    auto& exchange = world.get("/");
    with(exchange, 200).body = std::monostate();
    static_cast<void>(choose_framing(exchange));
    EXPECT_EQ(exchange.response.length, 0U);
}

TEST(response_head, keeps_the_reason_server_and_date_it_was_given) {
    ExchangeWorld world(site("location / { }"));
    auto& exchange = world.get("/");
    with(exchange, 200).reason = "Rather Good";
    add(exchange, "Server", "theirs");
    add(exchange, "Date", "then");
    EXPECT_EQ(head_of(exchange),
              "HTTP/1.1 200 Rather Good|Content-Length: 5|Connection: keep-alive|"
              "Server: theirs|Date: then");
}

TEST(response_head, error_page_may_have_set_the_status) {
    ExchangeWorld world(site("location / { }"));
    auto& exchange = world.get("/");
    with(exchange, 200);
    exchange.error_status = 404;
    EXPECT_TRUE(head_of(exchange).starts_with("HTTP/1.1 404 Not Found|"));
}

TEST(response_head, says_when_the_content_was_modified_once) {
    ExchangeWorld world(site("location / { }"));
    const auto date = "Sun, 06 Nov 1994 08:49:37 GMT";
    auto& own = world.get("/");
    with(own, 200).last_modified = http::parse_http_date(date);
    EXPECT_EQ(field_of(head_of(own), "Last-Modified"), date);
    auto& other = world.get("/");
    with(other, 200).last_modified = http::parse_http_date(date);
    add(other, "Last-Modified", "as the endpoint wrote it");
    const auto head = head_of(other);
    EXPECT_EQ(field_of(head, "Last-Modified"), "as the endpoint wrote it");
    EXPECT_EQ(head.find(date), std::string::npos);
}

TEST(framing, of_a_known_length_is_that_length) {
    ExchangeWorld world(site("location / { }"));
    auto& exchange = world.get("/");
    with(exchange, 200, 0);
    EXPECT_EQ(field_of(head_of(exchange, BodyFraming::length), "Content-Length"), "0");
}

TEST(framing, of_a_status_without_body_is_none) {
    ExchangeWorld world(site("location / { }"));
    for (const int status : {204, 304}) {
        auto& exchange = world.get("/");
        with(exchange, status, 5);
        const auto head = head_of(exchange, BodyFraming::none);
        EXPECT_EQ(field_of(head, "Content-Length"), "");
        EXPECT_EQ(field_of(head, "Transfer-Encoding"), "");
        EXPECT_EQ(field_of(head, "Connection"), "keep-alive");
    }
}

TEST(framing, of_an_unknown_length_is_chunked_where_the_client_knows_chunks) {
    ExchangeWorld world(site("location / { } location /plain { chunked_transfer_encoding off; }"));
    auto& chunked = world.get("/");
    with(chunked, 200, {});
    const auto head = head_of(chunked, BodyFraming::chunked);
    EXPECT_EQ(field_of(head, "Transfer-Encoding"), "chunked");
    EXPECT_EQ(field_of(head, "Connection"), "keep-alive");
    auto& old = world.request("GET / HTTP/1.0", {"Connection: keep-alive"});
    auto& off = world.get("/plain");
    for (auto* exchange : {&old, &off}) {
        with(*exchange, 200, {});
        const auto until_close = head_of(*exchange, BodyFraming::until_close);
        EXPECT_EQ(field_of(until_close, "Transfer-Encoding"), "");
        EXPECT_EQ(field_of(until_close, "Connection"), "close");
    }
}

std::string connection_of(Exchange& exchange) {
    with(exchange, 200);
    return field_of(head_of(exchange), "Connection");
}

TEST(keep_alive, is_what_the_client_wants) {
    ExchangeWorld world(site("location / { }"));
    EXPECT_EQ(connection_of(world.get("/")), "keep-alive");
    EXPECT_EQ(connection_of(world.get("/", {"Connection: close"})), "close");
    EXPECT_EQ(connection_of(world.request("GET / HTTP/1.0")), "close");
    EXPECT_EQ(connection_of(world.request("GET / HTTP/1.0", {"Connection: keep-alive"})), "keep-alive");
}

TEST(keep_alive, ends_with_its_limits) {
    ExchangeWorld world(
        site("location / { keepalive_requests 3; } location /0 { keepalive_timeout 0; } "
             "location /t { keepalive_time 10s; }"));
    EXPECT_EQ(connection_of(world.get("/")), "keep-alive");
    EXPECT_EQ(connection_of(world.get("/")), "keep-alive");
    EXPECT_EQ(connection_of(world.get("/")), "close") << "the third request";
    EXPECT_EQ(connection_of(world.get("/0")), "close");
    EXPECT_EQ(connection_of(world.get("/t")), "keep-alive");
    world.client().opened -= std::chrono::seconds(10);
    EXPECT_EQ(connection_of(world.get("/t")), "close");
}

TEST(keep_alive, ends_while_the_worker_drains) {
    ExchangeWorld world(site("location / { }"));
    world.worker().draining = true;
    EXPECT_EQ(connection_of(world.get("/")), "close");
}

TEST(keep_alive, says_how_long_where_it_is_told_to) {
    ExchangeWorld world(site("keepalive_timeout 60s 20s; location / { }"));
    auto& exchange = world.get("/");
    with(exchange, 200);
    EXPECT_EQ(field_of(head_of(exchange), "Keep-Alive"), "timeout=20");
    auto& last = world.get("/", {"Connection: close"});
    with(last, 200);
    EXPECT_EQ(field_of(head_of(last), "Keep-Alive"), "");
}

TEST(keep_alive, ends_when_a_body_is_still_on_its_way) {
    ExchangeWorld world(site("location / { }"));
    auto& streamed = world.request("POST / HTTP/1.1", {"Host: shop.example", "Content-Length: 5"});
    streamed.response.from_upstream = true;
    EXPECT_EQ(connection_of(streamed), "close") << "an endpoint answered before it had all of it";
    auto& waits =
        world.request("POST / HTTP/1.1", {"Host: shop.example", "Content-Length: 5", "Expect: 100-continue"});
    EXPECT_EQ(connection_of(waits), "close") << "the client need not send it at all";
    auto& dropped = world.request("POST / HTTP/1.1", {"Host: shop.example", "Content-Length: 5"});
    EXPECT_EQ(connection_of(dropped), "keep-alive") << "it will be read and dropped";
}

TEST(add_header, is_for_the_statuses_nginx_lists_unless_always) {
    ExchangeWorld world(site("location / { add_header X-A 1; add_header X-B 2 always; }"));
    for (int status = 200; status < 600; ++status) {
        auto& exchange = world.get("/");
        with(exchange, status);
        const auto head = head_of(exchange);
        constexpr std::array listed = {200, 201, 204, 206, 301, 302, 303, 304, 307, 308};
        const bool usual = std::ranges::count(listed, status) > 0;
        EXPECT_EQ(field_of(head, "X-A"), usual ? "1" : "") << status;
        EXPECT_EQ(field_of(head, "X-B"), "2") << status;
    }
}

TEST(add_header, without_a_value_adds_none) {
    ExchangeWorld world(site("location / { add_header X-A $arg_a; }"));
    auto& none = world.get("/");
    with(none, 200);
    EXPECT_EQ(head_of(none).find("X-A"), std::string::npos);
    auto& some = world.get("/?a=b");
    with(some, 200);
    EXPECT_EQ(field_of(head_of(some), "X-A"), "b");
}

TEST(add_header, adds_beside_what_is_there_but_replaces_validators) {
    ExchangeWorld world(
        site("location / { add_header X-A mine; add_header ETag '\"mine\"'; "
             "add_header Last-Modified \"\"; }"));
    auto& exchange = world.get("/");
    with(exchange, 200);
    add(exchange, "X-A", "theirs");
    add(exchange, "ETag", "\"theirs\"");
    add(exchange, "Last-Modified", "then");
    const auto head = head_of(exchange);
    EXPECT_NE(head.find("|X-A: theirs|X-A: mine"), std::string::npos) << head;
    EXPECT_EQ(field_of(head, "ETag"), "\"mine\"");
    EXPECT_EQ(head.find("theirs\""), std::string::npos);
    EXPECT_EQ(field_of(head, "Last-Modified"), "");
}

TEST(add_header, of_last_modified_without_value_hides_also_what_a_file_says) {
    ExchangeWorld world(site("location / { add_header Last-Modified \"\"; }"));
    auto& exchange = world.get("/");
    with(exchange, 200).last_modified = 784111777;
    EXPECT_EQ(field_of(head_of(exchange), "Last-Modified"), "");
}

std::string location_after(const std::string& directives, std::uint16_t port, std::string_view location,
                           bool from_upstream = false, bool rewritten = false) {
    ExchangeWorld world("server { listen " + std::to_string(port) +
                            "; server_name first.example shop.example; " + directives + " location / { } }",
                        port);
    auto& exchange = world.get("/");
    with(exchange, 301);
    add(exchange, "Location", location);
    exchange.response.from_upstream = from_upstream;
    exchange.response.location_rewritten = rewritten;
    return field_of(head_of(exchange), "Location");
}

TEST(location, made_from_a_path_becomes_absolute) {
    EXPECT_EQ(location_after("", 80, "/x/"), "http://shop.example/x/");
    EXPECT_EQ(location_after("", 8080, "/x/"), "http://shop.example:8080/x/");
    EXPECT_EQ(location_after("port_in_redirect off;", 8080, "/x/"), "http://shop.example/x/");
    EXPECT_EQ(location_after("server_name_in_redirect on;", 80, "/x/"), "http://first.example/x/");
    EXPECT_EQ(location_after("absolute_redirect off;", 80, "/x/"), "/x/");
    EXPECT_EQ(location_after("", 80, "https://other.example/"), "https://other.example/");
}

TEST(location, of_an_endpoint_stays_unless_it_was_rewritten_here) {
    EXPECT_EQ(location_after("", 80, "/x/", true, false), "/x/");
    EXPECT_EQ(location_after("", 80, "/x/", true, true), "http://shop.example/x/");
}

std::string type_after(const std::string& directives, std::string_view type) {
    ExchangeWorld world(site("location / { " + directives + " }"));
    auto& exchange = world.get("/");
    with(exchange, 200).content_type = type;
    return field_of(head_of(exchange), "Content-Type");
}

TEST(charset, is_named_for_the_listed_types_that_name_none) {
    EXPECT_EQ(type_after("charset utf-8;", "text/html"), "text/html; charset=utf-8");
    EXPECT_EQ(type_after("charset utf-8;", "image/png"), "image/png");
    EXPECT_EQ(type_after("charset utf-8;", "text/html; charset=koi8-r"), "text/html; charset=koi8-r");
    EXPECT_EQ(type_after("charset off;", "text/html"), "text/html");
    EXPECT_EQ(type_after("charset utf-8; charset_types image/png;", "image/png"), "image/png; charset=utf-8");
    EXPECT_EQ(type_after("charset utf-8;", ""), "");
}

// "Expires, Cache-Control"; the clock stands at the beginning of 2026.
std::string expires_after(const std::string& value, int status = 200,
                          std::optional<std::time_t> last_modified = {}) {
    ExchangeWorld world(site("location / { expires " + value + "; }"));
    auto& exchange = world.get("/?e=1m");
    with(exchange, status).last_modified = last_modified;
    add(exchange, "Cache-Control", "private");
    const auto head = head_of(exchange);
    return field_of(head, "Expires") + ", " + field_of(head, "Cache-Control");
}

TEST(expires, counts_from_now_or_from_the_modification) {
    EXPECT_EQ(expires_after("1h"), "Thu, 01 Jan 2026 01:00:00 GMT, max-age=3600");
    EXPECT_EQ(expires_after("0"), "Thu, 01 Jan 2026 00:00:00 GMT, max-age=0");
    EXPECT_EQ(expires_after("-1"), "Wed, 31 Dec 2025 23:59:59 GMT, no-cache");
    const auto yesterday = http::parse_http_date("Wed, 31 Dec 2025 00:00:00 GMT");
    EXPECT_EQ(expires_after("modified 25h", 200, yesterday), "Thu, 01 Jan 2026 01:00:00 GMT, max-age=3600");
    EXPECT_EQ(expires_after("modified 1h", 200, yesterday), "Wed, 31 Dec 2025 01:00:00 GMT, no-cache");
}

TEST(expires, has_its_words_and_may_be_a_variable) {
    EXPECT_EQ(expires_after("epoch"), "Thu, 01 Jan 1970 00:00:01 GMT, no-cache");
    EXPECT_EQ(expires_after("max"), "Thu, 31 Dec 2037 23:55:55 GMT, max-age=315360000");
    EXPECT_EQ(expires_after("off"), ", private");
    EXPECT_EQ(expires_after("$arg_e"), "Thu, 01 Jan 2026 00:01:00 GMT, max-age=60");
    EXPECT_EQ(expires_after("$arg_none"), ", private");
}

TEST(expires, is_for_good_answers) { EXPECT_EQ(expires_after("1h", 404), ", private"); }

TEST(accel, what_the_endpoint_said_of_the_content_stays) {
    ExchangeWorld world(site("location / { }"));
    auto& exchange = world.get("/");
    with(exchange, 200).content_type = "text/plain";
    add(exchange, "Cache-Control", "of the file");
    add(exchange, "Set-Cookie", "file=1");
    exchange.accel_content_type = "application/pdf";
    for (const auto& [name, value] : {std::pair("Cache-Control", "of the endpoint"), {"Set-Cookie", "app=1"}})
        exchange.kept_fields.add(exchange.arena(), http::make_field(name, value));
    const auto head = head_of(exchange);
    EXPECT_EQ(field_of(head, "Content-Type"), "application/pdf");
    EXPECT_EQ(field_of(head, "Cache-Control"), "of the endpoint");
    EXPECT_NE(head.find("|Set-Cookie: file=1|"), std::string::npos) << head;
    EXPECT_NE(head.find("|Set-Cookie: app=1"), std::string::npos) << head;
}

}   // namespace
}   // namespace gatehouse::exchange
