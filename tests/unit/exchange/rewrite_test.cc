// Rewrite scripts, run as the pipeline runs them: where a request goes, and with which arguments.

#include "exchange/rewrite.h"

#include "tests/unit/exchange/fixture.h"

#include <fmt/format.h>
#include <rapidcheck/gtest.h>

#include <filesystem>

namespace gatehouse::exchange {
namespace {

std::string described(const Exchange& exchange, const ScriptEnd& end) {
    const auto where =
        std::string(exchange.uri) + (exchange.args.empty() ? "" : "?") + std::string(exchange.args);
    switch (end.kind) {
        case ScriptEnd::Kind::finished: return "stay " + where;
        case ScriptEnd::Kind::search_again: return "search " + where;
        case ScriptEnd::Kind::outcome: break;
    }
    const auto& response = exchange.response;
    switch (end.outcome.kind) {
        case Outcome::Kind::close: return "close";
        case Outcome::Kind::respond:
            return fmt::format("{} \"{}\"", response.status, std::get<std::string_view>(response.body));
        default:
            return fmt::format("{} {}", end.outcome.status,
                               response.fields.value_of(http::FieldId::location));
    }
}

// The script of "location /" for this target.
std::string run(const std::string& script, std::string_view target,
                const std::vector<std::string>& fields = {}) {
    ExchangeWorld world("server { location / { " + script + " } }");
    auto& exchange = world.get(target, fields);
    const auto end = run_script(exchange, exchange.route->script, false);
    return described(exchange, end);
}

std::string run_of_site(const std::string& script, std::string_view target) {
    ExchangeWorld world("server { " + script + " location / { } }");
    auto& exchange = world.get(target);
    const auto end = run_script(exchange, exchange.site->script, true);
    return described(exchange, end);
}

TEST(rewrite, that_does_not_match_changes_nothing) {
    EXPECT_EQ(run("rewrite ^/b /c;", "/a%20b?x=1"), "stay /a b?x=1");
    ExchangeWorld world("server { location / { rewrite ^/b /c; } }");
    auto& exchange = world.get("/a");
    [[maybe_unused]] const auto end = run_script(exchange, exchange.route->script, false);
    EXPECT_TRUE(exchange.uri_is_raw);
    EXPECT_FALSE(exchange.is_internal);
}

TEST(rewrite, of_a_location_ends_in_another_search) {
    EXPECT_EQ(run("rewrite ^/a/(.*)$ /b/$1;", "/a/x"), "search /b/x");
    EXPECT_EQ(run("rewrite ^/a /b; rewrite ^/b /c;", "/a"), "search /c")
        << "the rest of the script still runs";
    EXPECT_EQ(run("rewrite ^/a /b last; rewrite ^/b /c;", "/a"), "search /b");
}

TEST(rewrite, of_a_site_is_before_the_search_anyway) {
    EXPECT_EQ(run_of_site("rewrite ^/a /b; rewrite ^/b /c;", "/a"), "stay /c");
    EXPECT_EQ(run_of_site("rewrite ^/a /b last; rewrite ^/b /c;", "/a"), "search /b");
}

TEST(rewrite, with_break_stays_in_the_location) {
    EXPECT_EQ(run("rewrite ^/a /b break; rewrite ^/b /c;", "/a"), "stay /b");
    EXPECT_EQ(run("rewrite ^/a /b; rewrite ^/b /c break;", "/a"), "stay /c");
    EXPECT_EQ(run("rewrite ^/a /b; break; rewrite ^/b /c;", "/a"), "stay /b");
}

TEST(rewrite, adds_the_arguments_unless_it_ends_with_a_question_mark) {
    EXPECT_EQ(run("rewrite ^ /b;", "/a?o=1"), "search /b?o=1");
    EXPECT_EQ(run("rewrite ^ /b?n=2;", "/a?o=1"), "search /b?n=2&o=1");
    EXPECT_EQ(run("rewrite ^ /b?n=2;", "/a"), "search /b?n=2");
    EXPECT_EQ(run("rewrite ^ /b?;", "/a?o=1"), "search /b");
    EXPECT_EQ(run("rewrite ^ /b?n=2?;", "/a?o=1"), "search /b?n=2");
}

// What nginx 1.22 was seen to make of it: captures are encoded again where they become arguments, if the
// request had anything encoded.
TEST(rewrite, a_capture_in_the_arguments_stays_one_argument) {
    constexpr auto both = "rewrite ^/a/(.*)$ /z/$1?q=$1&n=1;";
    EXPECT_EQ(run(both, "/a/k"), "search /z/k?q=k&n=1");
    EXPECT_EQ(run(both, "/a/k%20l%26m%23"), "search /z/k l&m#?q=k%20l%26m%23&n=1");
    EXPECT_EQ(run(both, "/a/k+l&m"), "search /z/k+l&m?q=k%2Bl%26m&n=1");
    EXPECT_EQ(run(both, "/a/k&l=2"), "search /z/k&l=2?q=k&l=2&n=1");
    EXPECT_EQ(run("rewrite ^/b/(.*)$ /z?$1;", "/b/a=1&b=2"), "search /z?a=1&b=2");
    EXPECT_EQ(run("rewrite ^/b/(.*)$ /z?$1;", "/b/%25%C3%A4"), "search /z?%25%C3%A4");
}

TEST(rewrite, a_question_mark_in_a_capture_begins_no_arguments) {
    ExchangeWorld world("server { location / { rewrite ^/a/(.*)$ /z/$1?n=1; } }");
    auto& exchange = world.get("/a/k%3Fl");
    [[maybe_unused]] const auto end = run_script(exchange, exchange.route->script, false);
    EXPECT_EQ(exchange.uri, "/z/k?l");
    EXPECT_EQ(exchange.args, "n=1");
}

TEST(rewrite, to_nothing_is_an_error) { EXPECT_EQ(run("rewrite ^/a$ $http_none last;", "/a"), "500 "); }

TEST(rewrite, may_enter_internal_locations_and_is_no_longer_what_was_sent) {
    ExchangeWorld world("server { location / { rewrite ^/a /b break; } }");
    auto& exchange = world.get("/a");
    [[maybe_unused]] const auto end = run_script(exchange, exchange.route->script, false);
    EXPECT_TRUE(exchange.is_internal);
    EXPECT_FALSE(exchange.uri_is_raw);
    EXPECT_TRUE(exchange.uri_changed_by_break);
}

TEST(rewrite, redirects_with_the_arguments) {
    EXPECT_EQ(run("rewrite ^/a/(.*)$ /b/$1 redirect;", "/a/x?o=1"), "302 /b/x?o=1");
    EXPECT_EQ(run("rewrite ^/a/(.*)$ /b/$1? permanent;", "/a/x?o=1"), "301 /b/x");
    EXPECT_EQ(run("rewrite ^/a https://other.example/?n=1;", "/a?o=1"), "302 https://other.example/?n=1&o=1");
}

TEST(rewrite, a_redirect_encodes_what_was_decoded) {
    EXPECT_EQ(run("rewrite ^/a/(.*)$ /b/$1 redirect;", "/a/k%20l%3Fm"), "302 /b/k%20l%3Fm");
    EXPECT_EQ(run("rewrite ^ /b$uri redirect;", "/%C3%A4%0A"), "302 /b/%C3%A4%0A");
    EXPECT_EQ(run("rewrite ^/a/(.*)$ /z?q=$1 redirect;", "/a/k%26l%3F"), "302 /z?q=k%26l%3F");
}

RC_GTEST_PROP(rewrite, a_redirect_never_holds_what_ends_a_line, ()) {
    ExchangeWorld world("server { location / { rewrite ^/(?s)(.*)$ /b/$1?q=$1&u=$uri redirect; } }");
    auto& exchange = world.get("/%20");
    exchange.set_uri(exchange.keep("/" + *rc::gen::arbitrary<std::string>()), {});
    const auto end = run_script(exchange, exchange.route->script, false);
    RC_ASSERT(end.outcome.status == 302);
    for (const char c : exchange.response.fields.value_of(http::FieldId::location))
        RC_ASSERT(c > ' ' && c < 0x7f);
}

TEST(return_, answers_redirects_or_closes) {
    EXPECT_EQ(run("return 204;", "/"), "204 ");
    EXPECT_EQ(run("return 200 \"$uri $arg_a\";", "/x?a=b"), "200 \"/x b\"");
    EXPECT_EQ(run("return 302 /x?$args;", "/?a=b"), "302 /x?a=b");
    EXPECT_EQ(run("return https://other.example$request_uri;", "/a%20b?c"),
              "302 https://other.example/a%20b?c");
    EXPECT_EQ(run("return 444;", "/"), "close");
    EXPECT_EQ(run("return 403; return 200;", "/"), "403 ");
}

TEST(set, is_seen_by_what_follows) {
    EXPECT_EQ(run("set $a 1; set $b $a$a; set $a 2; return 200 \"$a $b\";", "/"), "200 \"2 11\"");
    EXPECT_EQ(run("rewrite ^/(?<name>\\w+) /x; return 200 \"$name\";", "/abc"), "200 \"abc\"");
}

TEST(if_, reads_a_value_as_nginx_does) {
    constexpr auto script = "if ($arg_a) { return 200 yes; } return 200 no;";
    EXPECT_EQ(run(script, "/"), "200 \"no\"");
    EXPECT_EQ(run(script, "/?a="), "200 \"no\"");
    EXPECT_EQ(run(script, "/?a=0"), "200 \"no\"");
    EXPECT_EQ(run(script, "/?a=00"), "200 \"yes\"");
    EXPECT_EQ(run(script, "/?a=no"), "200 \"yes\"");
}

TEST(if_, compares_and_matches) {
    EXPECT_EQ(run("if ($arg_a = b) { return 200 yes; }", "/?a=b"), "200 \"yes\"");
    EXPECT_EQ(run("if ($arg_a = b) { return 200 yes; }", "/?a=B"), "stay /?a=B");
    EXPECT_EQ(run("if ($arg_a != b) { return 200 yes; }", "/"), "200 \"yes\"");
    EXPECT_EQ(run("if ($http_x ~ ^(a)(b)$) { return 200 $2$1; }", "/", {"X: ab"}), "200 \"ba\"");
    EXPECT_EQ(run("if ($http_x ~ ^a$) { return 200 yes; }", "/", {"X: A"}), "stay /");
    EXPECT_EQ(run("if ($http_x ~* ^a$) { return 200 yes; }", "/", {"X: A"}), "200 \"yes\"");
    EXPECT_EQ(run("if ($http_x !~ ^a$) { return 200 yes; }", "/", {"X: A"}), "200 \"yes\"");
    EXPECT_EQ(run("if ($http_x !~* ^a$) { return 200 yes; }", "/", {"X: A"}), "stay /");
}

TEST(if_, looks_at_files) {
    const auto directory = std::filesystem::temp_directory_path().string();
    const auto holds = [&](const std::string& test, const std::string& path) {
        return run("if (" + test + " \"" + path + "\") { return 200 yes; }", "/") == "200 \"yes\"";
    };
    EXPECT_TRUE(holds("-d", directory));
    EXPECT_FALSE(holds("-f", directory));
    EXPECT_TRUE(holds("-e", directory));
    EXPECT_TRUE(holds("-x", directory));
    EXPECT_TRUE(holds("!-f", directory));
    EXPECT_FALSE(holds("-e", directory + "/no/such/file"));
    EXPECT_TRUE(holds("!-e", directory + "/no/such/file"));
    EXPECT_TRUE(holds("!-d", directory + "/no/such/file"));
}

TEST(if_, the_last_that_is_true_chooses_the_route) {
    ExchangeWorld world(
        "server { location / { if ($arg_a) { add_header X a; } if ($arg_b) { add_header X b; } } }");
    const auto chosen = [&](std::string_view target) -> std::string {
        auto& exchange = world.get(target);
        const auto end = run_script(exchange, exchange.route->script, false);
        if (end.chosen == nullptr) return "none";
        return std::string(exchange.render(end.chosen->add_headers.front().value));
    };
    EXPECT_EQ(chosen("/"), "none");
    EXPECT_EQ(chosen("/?a=1"), "a");
    EXPECT_EQ(chosen("/?b=1"), "b");
    EXPECT_EQ(chosen("/?a=1&b=1"), "b");
}

TEST(if_, with_break_ends_the_whole_script) {
    constexpr auto script = "set $x 1; if ($arg_b) { set $x 2; break; set $x 3; } return 200 $x;";
    EXPECT_EQ(run(script, "/"), "200 \"1\"");
    EXPECT_EQ(run(script, "/?b=1"), "stay /?b=1");
}

TEST(is_true, is_all_but_nothing_and_zero) {
    EXPECT_FALSE(is_true(""));
    EXPECT_FALSE(is_true("0"));
    for (const auto* text : {"00", "0.0", " ", "false", "1"}) EXPECT_TRUE(is_true(text)) << text;
}

}   // namespace
}   // namespace gatehouse::exchange
