#include "check/rule_logic.h"

#include "faces/traefik/rule_parser.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::check {
namespace {

model::Rule rule(std::string_view text) {
    const auto parsed = traefik::parse_rule(text, traefik::RuleKind::http, traefik::RuleSyntax::v3);
    if (!parsed) {
        ADD_FAILURE() << text << ": " << parsed.error().message;
        return {};
    }
    return *parsed->rule;
}

TEST(rule_logic, a_narrower_rule_implies_a_wider_one) {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"Host(`a.example`)", "Host(`a.example`)"},
        {"Host(`a.example`) && Path(`/x`)", "Host(`a.example`)"},
        {"Host(`a.example`)", "Host(`a.example`) || Host(`b.example`)"},
        {"Host(`a.example`)", "Host(`*.example`)"},
        {"Host(`a.example`)", "HostRegexp(`^[a-z]+[.]example$`)"},
        {"Host(`a.example`)", "HostRegexp(`^.+$`)"},
        {"Path(`/api/x`)", "PathPrefix(`/api`)"},
        {"PathPrefix(`/api/x`)", "PathPrefix(`/api`)"},
        {"PathPrefix(`/api`)", "PathPrefix(`/`)"},
        {"Method(`GET`)", "PathPrefix(`/`)"},
        {"(Host(`a`) || Host(`b`)) && Path(`/x`)", "Host(`b`) || Host(`a`)"},
        {"Host(`a`)", "!Host(`b`)"},
        {"!PathPrefix(`/a`)", "!PathPrefix(`/a/b`)"},
        {"ClientIP(`10.1.0.0/16`)", "ClientIP(`10.0.0.0/8`)"},
        {"Header(`X`, `abc`)", "HeaderRegexp(`x`, `b`)"},
    };
    for (const auto& [narrow, wide] : table) EXPECT_TRUE(implies(rule(narrow), rule(wide))) << narrow << wide;
}

TEST(rule_logic, what_is_not_sure_is_not_said) {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"Host(`a.example`)", "Host(`b.example`)"},
        {"Host(`a.example`) || Host(`b.example`)", "Host(`a.example`)"},
        {"Host(`a.example`)", "Host(`a.example`) && Path(`/x`)"},
        {"PathPrefix(`/api`)", "Path(`/api`)"},
        {"PathPrefix(`/api`)", "PathPrefix(`/api/x`)"},
        {"HostRegexp(`^a`)", "HostRegexp(`^ab`)"},
        {"!Host(`a`)", "Host(`b`)"},
        {"!PathPrefix(`/a/b`)", "!PathPrefix(`/a`)"},
        {"Host(`a.b.example`)", "Host(`*.example`)"},
        {"ClientIP(`10.0.0.0/8`)", "ClientIP(`10.1.0.0/16`)"},
    };
    for (const auto& [one, other] : table) EXPECT_FALSE(implies(rule(one), rule(other))) << one << other;
}

TEST(rule_logic, rules_that_no_request_matches_both_of_are_seen) {
    EXPECT_TRUE(exclude_each_other(rule("Host(`a`)"), rule("Host(`b`) && Path(`/x`)")));
    EXPECT_TRUE(exclude_each_other(rule("PathPrefix(`/a`)"), rule("PathPrefix(`/b`)")));
    EXPECT_TRUE(exclude_each_other(rule("Method(`GET`)"), rule("Method(`POST`)")));
    EXPECT_FALSE(exclude_each_other(rule("PathPrefix(`/a`)"), rule("PathPrefix(`/ab`)")));
    EXPECT_FALSE(exclude_each_other(rule("Host(`a`)"), rule("Path(`/x`)")));
    EXPECT_TRUE(never_holds(rule("Host(`a`) && Host(`b`)")));
    EXPECT_TRUE(never_holds(rule("Host(`a`) && Path(`/x`) && !Host(`a`)")));
    EXPECT_FALSE(never_holds(rule("Host(`a`) && Path(`/x`)")));
    EXPECT_FALSE(never_holds(rule("(Host(`a`) && Host(`b`)) || Host(`c`)")));
}

// Rules of few words, so that many of them have to do with each other.
class RandomRules {
public:
    std::string rule(int depth) {
        const auto kind = depth == 0 ? 0 : pick(4);
        if (kind == 1) return "(" + rule(depth - 1) + " && " + rule(depth - 1) + ")";
        if (kind == 2) return "(" + rule(depth - 1) + " || " + rule(depth - 1) + ")";
        return (pick(4) == 0 ? "!" : "") + test();
    }
    std::string test() {
        static const std::vector<std::string> tests = {
            "Host(`a.x`)",          "Host(`b.x`)",      "Host(`*.x`)",        "Host(`x`)",
            "HostRegexp(`^a`)",     "HostRegexp(`.+`)", "Path(`/a`)",         "Path(`/a/b`)",
            "PathPrefix(`/a`)",     "PathPrefix(`/`)",  "PathPrefix(`/a/b`)", "PathRegexp(`^/a`)",
            "PathRegexp(`b$`)",     "Method(`GET`)",    "Method(`POST`)",     "Query(`q`, `1`)",
            "QueryRegexp(`q`, `.`)"};
        return tests[pick(tests.size())];
    }
    std::size_t pick(std::size_t count) { return random_() % count; }

private:
    std::mt19937 random_{7};
};

TEST(rule_logic, is_never_wrong_about_requests) {
    RandomRules random;
    const std::vector<std::string> hosts = {"a.x", "b.x", "x", "c.a.x", "ab"};
    const std::vector<std::string> uris = {"/", "/a", "/a/b", "/ab", "/a?q=1", "/b?q=2"};
    const std::vector<std::string> methods = {"GET", "POST"};
    std::size_t implied = 0, excluded = 0;
    for (int round = 0; round < 3000; ++round) {
        const auto one_text = random.rule(2), other_text = random.rule(2);
        const auto one = rule(one_text), other = rule(other_text);
        const bool is_implied = implies(one, other), is_excluded = exclude_each_other(one, other);
        const bool is_never = never_holds(one);
        implied += is_implied ? 1 : 0;
        excluded += is_excluded ? 1 : 0;
        for (const auto& host : hosts) {
            for (const auto& uri : uris) {
                for (const auto& method : methods) {
                    Arena arena;
                    model::RuleFacts facts(arena);
                    facts.host = host;
                    facts.uri = uri;
                    facts.method = method;
                    const bool a = one.matches(facts), b = other.matches(facts);
                    ASSERT_FALSE(is_implied && a && !b) << one_text << " => " << other_text << host << uri;
                    ASSERT_FALSE(is_excluded && a && b) << one_text << " x " << other_text << host << uri;
                    ASSERT_FALSE(is_never && a) << one_text << host << uri;
                }
            }
        }
    }
    EXPECT_GT(implied, 100U);
    EXPECT_GT(excluded, 100U);
}

}   // namespace
}   // namespace gatehouse::check
