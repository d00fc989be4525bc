// Filters that change the path: what is passed on, and how that is told.

#include "tests/unit/exchange/filters/filtered.h"

namespace gatehouse::exchange {
namespace {

// "URI prefix-field replaced-field", or the status of an answer.
std::string passed(const FilterSettings& filter, const std::string& target) {
    ExchangeWorld world(forwards);
    auto& exchange = world.get(target);
    Filtered filtered(world, exchange, {filter});
    const int status = filtered.enter();
    if (status != 0) return std::to_string(status);
    return filtered.forwarded_uri() + " " + filtered.field("X-Forwarded-Prefix") + " " +
           filtered.field("X-Replaced-Path");
}

model::StripPrefix strip(std::vector<std::string> prefixes) {
    return {.prefixes = std::move(prefixes), .force_slash = false};
}
model::StripPrefixRegex strip_regex(const std::string& pattern) {
    return {.expressions = {model::GoRegex::compile(pattern).value()}};
}
model::ReplacePathRegex replace_regex(const std::string& pattern, const std::string& by) {
    auto regex = model::GoRegex::compile(pattern).value();
    model::GoReplacement replacement(by, *regex);
    return {.regex = std::move(regex), .replacement = std::move(replacement)};
}

TEST(clean_path, passes_on_what_was_matched) {
    EXPECT_EQ(passed(model::CleanPath{}, "/a/../b//c?d=/../"), "/b/c?d=/../ - -");
    EXPECT_EQ(passed(model::CleanPath{}, "/a%2Fb/%7Ec?d"), "/a%2Fb/%7Ec?d - -");
    // %2F separates nothing where rules compare: "/admin/b" may be behind another router
    EXPECT_EQ(passed(model::CleanPath{}, "/a%2F..%2Fadmin/b?c"), "/a%2F..%2Fadmin/b?c - -");
    EXPECT_EQ(passed(model::CleanPath{}, "/a/./%2e%2e/b%2F..%2Fc"), "/b%2F..%2Fc - -");
}

TEST(strip_prefix, takes_the_first_prefix_that_fits_away) {
    EXPECT_EQ(passed(strip({"/api", "/a"}), "/api/x?y=1"), "/x?y=1 /api -");
    EXPECT_EQ(passed(strip({"/a", "/api"}), "/api/x"), "/pi/x /a -");
    EXPECT_EQ(passed(strip({"/other"}), "/api/x"), "/api/x - -");
}

TEST(strip_prefix, leaves_at_least_a_slash) {
    EXPECT_EQ(passed(strip({"/api"}), "/api"), "/ /api -");
    EXPECT_EQ(passed(strip({"/api"}), "/api?x"), "/?x /api -");
    EXPECT_EQ(passed(strip({"/api/"}), "/api/x"), "/x /api/ -");
}

TEST(strip_prefix, is_plain_text_and_of_the_decoded_path) {
    EXPECT_EQ(passed(strip({"/products"}), "/products-x"), "/-x /products -");
    EXPECT_EQ(passed(strip({"/a b"}), "/a%20b/c%2Fd"), "/c%2Fd /a b -");
}

TEST(strip_prefix, leaves_what_is_encoded_encoded) {
    EXPECT_EQ(passed(strip({"/api"}), "/api/a%2Fb%20c?d=%20"), "/a%2Fb%20c?d=%20 /api -");
}

TEST(strip_prefix, works_on_the_path_that_was_matched) {
    EXPECT_EQ(passed(strip({"/api"}), "/x/../api/y"), "/y /api -");
    EXPECT_EQ(passed(strip({"/api"}), "/%61pi/y"), "/y /api -");
}

TEST(strip_prefix, refuses_to_make_dot_segments) {
    EXPECT_EQ(passed(strip({"/api"}), "/api../secret"), "400");
    EXPECT_EQ(passed(strip({"/api"}), "/api./x"), "400");
    EXPECT_EQ(passed(strip({"/a/"}), "/a/b/"), "/b/ /a/ -");
}

TEST(strip_prefix_regex, takes_what_matches_at_the_beginning_away) {
    EXPECT_EQ(passed(strip_regex("^/users/[0-9]+"), "/users/12/x?y"), "/x?y /users/12 -");
    EXPECT_EQ(passed(strip_regex("/[0-9]+"), "/users/12"), "/users/12 - -") << "not at the beginning";
    EXPECT_EQ(passed(strip_regex("^/(foo|bar)"), "/bar/x%2Fy"), "/x%2Fy /bar -");
    EXPECT_EQ(passed(strip_regex("^/a"), "/a../x"), "400");
}

TEST(add_prefix, puts_it_in_front) {
    EXPECT_EQ(passed(model::AddPrefix{.prefix = "/v1"}, "/a%2Fb?c"), "/v1/a%2Fb?c - -");
    EXPECT_EQ(passed(model::AddPrefix{.prefix = "v1"}, "/a"), "/v1/a - -");
}

TEST(replace_path, keeps_the_query_and_tells_the_old_path) {
    EXPECT_EQ(passed(model::ReplacePath{.path = "/new"}, "/old%20one?a=b"), "/new?a=b - /old%20one");
    EXPECT_EQ(passed(model::ReplacePath{.path = "/n%2Fw x?"}, "/a"), "/n%2Fw%20x%3F - /a");
}

TEST(replace_path_regex, replaces_in_the_encoded_path) {
    EXPECT_EQ(passed(replace_regex("^/foo/(.*)", "/bar/$1"), "/foo/a%2Fb?q"), "/bar/a%2Fb?q - /foo/a%2Fb");
    EXPECT_EQ(passed(replace_regex("^/foo/(.*)", "/bar/$1"), "/else"), "/else - -");
    EXPECT_EQ(passed(replace_regex("^/foo(.*)", "/x/..$1"), "/foo/y"), "400");
}

TEST(filters_of_paths, follow_each_other) {
    ExchangeWorld world(forwards);
    auto& exchange = world.get("/api/a%2Fb?x");
    Filtered filtered(world, exchange, {strip({"/api"}), model::AddPrefix{.prefix = "/v2"}, strip({"/v"})});
    EXPECT_EQ(filtered.enter(), 0);
    EXPECT_EQ(filtered.forwarded_uri(), "/2/a%2Fb?x");
    EXPECT_EQ(filtered.field("X-Forwarded-Prefix"), "/api, /v");
    EXPECT_EQ(exchange.variable({.id = model::VariableId::request_uri, .argument = {}}).value_or(""),
              "/api/a%2Fb?x");
}

}   // namespace
}   // namespace gatehouse::exchange
