// Fields set and removed, CORS, and what browsers are told.

#include "tests/unit/exchange/filters/filtered.h"

namespace gatehouse::exchange {
namespace {

void add(Exchange& exchange, std::string_view name, std::string_view value) {
    exchange.response.fields.add(exchange.arena(), http::make_field(name, value));
}

// What the answer of a handler with these fields has become.
std::string answered(const model::EditHeaders& settings, std::vector<std::string> request_fields = {},
                     const std::vector<std::pair<std::string, std::string>>& response_fields = {}) {
    ExchangeWorld world(forwards);
    auto& exchange = world.get("/", std::move(request_fields));
    Filtered filtered(world, exchange, {settings});
    const int status = filtered.enter();
    if (status == 0) exchange.response = Response{};
    for (const auto& [name, value] : response_fields) add(exchange, name, value);
    return filtered.answer();
}

TEST(edit_headers, sets_and_removes_fields_of_the_request) {
    ExchangeWorld world(forwards);
    auto& exchange = world.get("/", {"X-Mine: a", "X-Mine: b", "X-Secret: s", "X-Stays: 1"});
    model::EditHeaders settings;
    settings.request = {{"x-mine", "new"}, {"X-Secret", ""}, {"X-Added", "2"}};
    Filtered filtered(world, exchange, {settings});
    EXPECT_EQ(filtered.enter(), 0);
    EXPECT_EQ(filtered.field("X-Mine"), "new");
    EXPECT_EQ(filtered.field("X-Secret"), "-");
    EXPECT_EQ(filtered.field("X-Stays"), "1");
    EXPECT_EQ(filtered.field("X-Added"), "2");
}

TEST(edit_headers, changes_the_host) {
    ExchangeWorld world(forwards);
    auto& exchange = world.get("/");
    model::EditHeaders settings;
    settings.request = {{"host", "Other.example:81"}};
    Filtered filtered(world, exchange, {settings});
    EXPECT_EQ(filtered.enter(), 0);
    EXPECT_EQ(filtered.field("Host"), "Other.example:81");
    EXPECT_EQ(exchange.host.name, "other.example");
    EXPECT_EQ(exchange.host.port_text, "81");
}

TEST(edit_headers, sets_and_removes_fields_of_the_response) {
    model::EditHeaders settings;
    settings.response = {{"Server", ""}, {"x-mine", "new"}, {"X-Added", "2"}};
    EXPECT_EQ(answered(settings, {}, {{"Server", "app"}, {"X-Mine", "a"}, {"X-Mine", "b"}, {"X-Stays", "1"}}),
              "200|X-Stays: 1|x-mine: new|X-Added: 2");
}

TEST(edit_headers, changes_the_content_type_but_no_framing) {
    ExchangeWorld world(forwards);
    auto& exchange = world.get("/");
    model::EditHeaders settings;
    settings.response = {{"Content-Type", "text/plain"}, {"Content-Length", "7"}, {"Transfer-Encoding", "x"}};
    Filtered filtered(world, exchange, {settings});
    EXPECT_EQ(filtered.enter(), 0);
    exchange.response.content_type = "text/html";
    exchange.response.length = 5;
    EXPECT_EQ(filtered.answer(), "200");
    EXPECT_EQ(exchange.response.content_type, "text/plain");
    EXPECT_EQ(exchange.response.length, 5U);
}

TEST(edit_headers, concerns_what_a_later_filter_answers) {
    ExchangeWorld world(forwards);
    auto& exchange = world.get("/");
    model::EditHeaders outer, inner;
    outer.response = {{"X-Outer", "1"}, {"X-Both", "outer"}};
    inner.response = {{"X-Inner", "1"}, {"X-Both", "inner"}};
    const model::AllowAddresses nobody{.networks = {}, .address = {}};
    Filtered filtered(world, exchange, {outer, nobody, inner});
    EXPECT_EQ(filtered.enter(), 403);
    EXPECT_EQ(filtered.answer(), "403|X-Outer: 1|X-Both: outer") << "the inner one was never reached";
}

TEST(edit_headers, of_the_outer_filter_has_the_last_word) {
    ExchangeWorld world(forwards);
    auto& exchange = world.get("/");
    model::EditHeaders outer, inner;
    outer.response = {{"X-Both", "outer"}};
    inner.response = {{"X-Both", "inner"}};
    Filtered filtered(world, exchange, {outer, inner});
    EXPECT_EQ(filtered.enter(), 0);
    EXPECT_EQ(filtered.answer(), "200|X-Both: outer");
}

model::EditHeaders cors(std::vector<std::string> origins) {
    model::EditHeaders settings;
    settings.cors.origins = std::move(origins);
    return settings;
}

TEST(cors, names_the_origin_that_is_allowed) {
    const auto settings = cors({"https://a.test", "https://b.test"});
    EXPECT_EQ(answered(settings, {"Origin: https://b.test"}),
              "200|Access-Control-Allow-Origin: https://b.test");
    EXPECT_EQ(answered(settings, {"Origin: https://c.test"}), "200");
    EXPECT_EQ(answered(settings), "200");
    EXPECT_EQ(answered(cors({"*"}), {"Origin: https://c.test"}), "200|Access-Control-Allow-Origin: *");
}

TEST(cors, takes_the_place_of_what_the_service_said) {
    EXPECT_EQ(answered(cors({"https://a.test"}), {"Origin: https://a.test"},
                       {{"Access-Control-Allow-Origin", "*"}}),
              "200|Access-Control-Allow-Origin: https://a.test");
}

TEST(cors, names_the_origin_where_credentials_are_allowed) {
    auto settings = cors({"*"});
    settings.cors.credentials = true;
    EXPECT_EQ(answered(settings, {"Origin: https://c.test"}),
              "200|Access-Control-Allow-Origin: https://c.test|Access-Control-Allow-Credentials: true");
}

TEST(cors, allows_origins_by_expression) {
    model::EditHeaders settings;
    settings.cors.origin_patterns = {model::LinearRegex::compile("^https://[a-z]+\\.test$").value()};
    settings.cors.expose_headers = {"X-A", "X-B"};
    settings.cors.add_vary = true;
    EXPECT_EQ(answered(settings, {"Origin: https://x.test"}, {{"Vary", "Accept"}}),
              "200|Access-Control-Allow-Origin: https://x.test|Access-Control-Expose-Headers: X-A,X-B|"
              "Vary: Accept, Origin");
    EXPECT_EQ(answered(settings, {"Origin: https://x.test.evil"}, {{"Vary", "accept, ORIGIN"}}),
              "200|Vary: accept, ORIGIN|Access-Control-Expose-Headers: X-A,X-B");
}

TEST(cors, answers_preflights_itself) {
    ExchangeWorld world(forwards);
    auto& exchange = world.request("OPTIONS / HTTP/1.1", {"Host: shop.example", "Origin: https://a.test",
                                                          "Access-Control-Request-Method: PUT"});
    auto settings = cors({"https://a.test"});
    settings.cors.methods = {"GET", "PUT"};
    settings.cors.headers = {"X-A", "X-B"};
    settings.cors.max_age = 100;
    settings.response = {{"X-Not", "for preflights"}};
    Filtered filtered(world, exchange, {settings});
    EXPECT_EQ(filtered.enter(), 200);
    EXPECT_EQ(exchange.response.length, 0U);
    EXPECT_EQ(filtered.answer(),
              "200|Access-Control-Allow-Headers: X-A,X-B|Access-Control-Allow-Methods: GET,PUT|"
              "Access-Control-Allow-Origin: https://a.test|Access-Control-Max-Age: 100");
}

TEST(cors, leaves_other_options_requests_to_the_service) {
    ExchangeWorld world(forwards);
    auto& exchange = world.request("OPTIONS / HTTP/1.1", {"Host: shop.example", "Origin: https://a.test"});
    Filtered filtered(world, exchange, {cors({"*"})});
    EXPECT_EQ(filtered.enter(), 0);
}

model::EditHeaders safe() {
    model::EditHeaders settings;
    settings.safety.is_set = true;
    return settings;
}

TEST(browser_safety, says_what_is_configured) {
    auto settings = safe();
    settings.safety.frame_deny = true;
    settings.safety.content_type_nosniff = true;
    settings.safety.xss_filter = true;
    settings.safety.content_security_policy = "default-src 'self'";
    settings.safety.referrer_policy = "no-referrer";
    settings.safety.permissions_policy = "camera=()";
    EXPECT_EQ(answered(settings),
              "200|X-Frame-Options: DENY|X-Content-Type-Options: nosniff|X-XSS-Protection: 1; mode=block|"
              "Content-Security-Policy: default-src 'self'|Referrer-Policy: no-referrer|"
              "Permissions-Policy: camera=()");
    settings = safe();
    settings.safety.frame_deny = true;
    settings.safety.frame_options = "SAMEORIGIN";
    EXPECT_EQ(answered(settings), "200|X-Frame-Options: SAMEORIGIN");
}

TEST(browser_safety, binds_to_tls_only_who_came_over_it) {
    auto settings = safe();
    settings.safety.sts_seconds = 300;
    settings.safety.sts_subdomains = settings.safety.sts_preload = true;
    EXPECT_EQ(answered(settings), "200");
    settings.safety.ssl_proxy_headers = {{"X-Forwarded-Proto", "https"}};
    constexpr auto bound = "200|Strict-Transport-Security: max-age=300; includeSubDomains; preload";
    EXPECT_EQ(answered(settings, {"X-Forwarded-Proto: https"}), bound);
    settings.safety.force_sts = true;
    EXPECT_EQ(answered(settings), bound);
    settings.safety.is_development = true;
    EXPECT_EQ(answered(settings), "200");
}

TEST(browser_safety, serves_only_the_hosts_that_are_allowed) {
    auto settings = safe();
    settings.safety.allowed_hosts = {"shop.example"};
    EXPECT_EQ(answered(settings), "200");
    settings.safety.hosts_proxy_headers = {"X-Forwarded-Host"};
    EXPECT_EQ(answered(settings, {"X-Forwarded-Host: evil.test"}), "500");
    settings.safety.allowed_hosts = {"evil.test"};
    EXPECT_EQ(answered(settings), "500");
}

}   // namespace
}   // namespace gatehouse::exchange
