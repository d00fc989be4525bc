// Redirects to another scheme and by an expression.

#include "tests/unit/exchange/filters/filtered.h"

namespace gatehouse::exchange {
namespace {

model::RedirectRegex by(const std::string& pattern, const std::string& replacement, bool permanent = false) {
    auto regex = model::LinearRegex::compile(pattern).value();
    model::GoReplacement to(replacement, *regex);
    return {.regex = std::move(regex), .replacement = std::move(to), .permanent = permanent};
}

// "302 https://…", or "-": passed.
std::string redirected(const FilterSettings& filter, const std::string& line,
                       std::vector<std::string> fields = {}) {
    ExchangeWorld world(forwards);
    fields.insert(fields.begin(), "Host: shop.example:8080");
    auto& exchange = world.request(line + " HTTP/1.1", fields);
    Filtered filtered(world, exchange, {filter});
    const int status = filtered.enter();
    if (status == 0) return "-";
    return std::to_string(status) + " " +
           std::string(exchange.response.fields.value_of(http::FieldId::location));
}

const model::RedirectScheme to_https{.scheme = "https", .port = "", .permanent = false};

TEST(redirect_scheme, keeps_host_path_and_query) {
    EXPECT_EQ(redirected(to_https, "GET /a%2Fb?c=d%20e"), "302 https://shop.example/a%2Fb?c=d%20e");
}

TEST(redirect_scheme, has_statuses_that_keep_other_methods) {
    const model::RedirectScheme permanent{.scheme = "https", .port = "", .permanent = true};
    EXPECT_EQ(redirected(to_https, "POST /"), "307 https://shop.example/");
    EXPECT_EQ(redirected(permanent, "GET /"), "301 https://shop.example/");
    EXPECT_EQ(redirected(permanent, "HEAD /"), "308 https://shop.example/");
}

TEST(redirect_scheme, names_only_an_unusual_port) {
    EXPECT_EQ(
        redirected({model::RedirectScheme{.scheme = "https", .port = "443", .permanent = false}}, "GET /"),
        "302 https://shop.example/");
    EXPECT_EQ(
        redirected({model::RedirectScheme{.scheme = "https", .port = "8443", .permanent = false}}, "GET /"),
        "302 https://shop.example:8443/");
}

TEST(redirect_scheme, passes_whom_a_proxy_took_over_tls_already) {
    EXPECT_EQ(redirected({model::RedirectScheme{.scheme = "https", .port = "8080", .permanent = false}},
                         "GET /", {"X-Forwarded-Proto: https"}),
              "-");
    EXPECT_EQ(redirected({model::RedirectScheme{.scheme = "https", .port = "8080", .permanent = false}},
                         "GET /", {"X-Forwarded-Proto: WSS"}),
              "-");
    EXPECT_EQ(redirected(to_https, "GET /", {"X-Forwarded-Proto: ftp"}), "302 https://shop.example/");
}

TEST(redirect_scheme, passes_who_came_by_it) {
    EXPECT_EQ(
        redirected({model::RedirectScheme{.scheme = "http", .port = "8080", .permanent = false}}, "GET /"),
        "-");
}

TEST(redirect_regex, rewrites_the_whole_url) {
    EXPECT_EQ(redirected(by("^http://shop.example:8080/(.*)", "https://other.example/${1}"), "GET /a?b"),
              "302 https://other.example/a?b");
    EXPECT_EQ(redirected(by("^http://([^/]+)/old/(?P<rest>.*)$", "http://$1/new/$rest", true), "GET /old/x"),
              "301 http://shop.example:8080/new/x");
}

TEST(redirect_regex, passes_what_it_does_not_match_or_change) {
    EXPECT_EQ(redirected(by("^https://", "http://x"), "GET /"), "-");
    EXPECT_EQ(redirected(by("shop", "shop"), "GET /"), "-");
}

TEST(redirect_regex, never_writes_a_second_line) {
    EXPECT_EQ(redirected(by("^.*$", "http://x/\r\nSet-Cookie: a"), "GET /"), "500 ");
}

}   // namespace
}   // namespace gatehouse::exchange
