// Which of many rules takes a request: the index must say what a plain scan in order of priority says, and
// say it without asking more than a few rules. The rules are written as text, which is why this is here.

#include "model/rule_matcher.h"

#include "tests/unit/faces_traefik/rules.h"

#include <fmt/format.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace gatehouse::traefik {
namespace {

using model::RuleEntry;
using model::RuleMatcher;

RuleEntry entry(std::string_view text, std::string name, std::int64_t priority = 0,
                RuleSyntax syntax = RuleSyntax::v3) {
    RuleEntry made;
    made.rule = parsed(text, syntax).rule;
    made.priority = priority != 0 ? priority : default_priority(text, *made.rule, RuleKind::http);
    made.name = std::move(name);
    return made;
}

std::string winner(const RuleMatcher& matcher, std::string_view line) {
    Asked asked(line);
    const auto* found = matcher.match(asked.facts);
    return found == nullptr ? "none" : found->name;
}

TEST(rule_matcher, takes_the_rule_with_the_highest_priority) {
    const RuleMatcher matcher({entry("Host(`a`)", "host"), entry("Host(`a`) && PathPrefix(`/api`)", "api"),
                               entry("PathPrefix(`/`)", "all"), entry("Path(`/first`)", "first", 1000),
                               entry("Host(`a`) && Path(`/api/last`)", "last", -1)});
    EXPECT_EQ(winner(matcher, "GET a/"), "all");   // 15 bytes against 9
    EXPECT_EQ(winner(matcher, "GET a/api/x"), "api");
    EXPECT_EQ(winner(matcher, "GET a/first"), "first");
    EXPECT_EQ(winner(matcher, "GET a/api/last"), "api");
    EXPECT_EQ(winner(matcher, "GET b/"), "all");
}

TEST(rule_matcher, gives_ties_to_the_earlier_provider_and_then_to_the_earlier_name) {
    auto entries = std::vector{entry("Host(`a`)", "b@docker"), entry("Host(`a`)", "c@docker"),
                               entry("Path(`/`)", "a@file")};
    EXPECT_EQ(winner(RuleMatcher(entries), "GET a/"), "a@file");
    entries[2].precedence = 1;
    EXPECT_EQ(winner(RuleMatcher(entries), "GET a/"), "b@docker");
}

TEST(rule_matcher, of_no_rules_takes_nothing) {
    EXPECT_EQ(winner(RuleMatcher(), "GET a/"), "none");
    EXPECT_EQ(winner(RuleMatcher(std::vector<RuleEntry>()), "GET a/"), "none");
}

TEST(rule_matcher, knows_whether_a_rule_looks_at_the_client) {
    EXPECT_FALSE(RuleMatcher({entry("Host(`a`)", "a")}).asks_for_client());
    EXPECT_TRUE(RuleMatcher({entry("Host(`a`) && !(Path(`/`) || ClientIP(`::1`))", "a")}).asks_for_client());
}

struct Steps final : model::Recorder {
    void step(std::string_view what, const model::Origin&) override { all.emplace_back(what); }
    std::vector<std::string> all;
};

TEST(rule_matcher, tells_which_routers_were_tried) {
    const RuleMatcher matcher({entry("Host(`a`) && Method(`PUT`)", "put@x"), entry("Host(`a`)", "get@x")});
    Steps steps;
    Asked asked("GET a/");
    ASSERT_NE(matcher.match(asked.facts, &steps), nullptr);
    EXPECT_EQ(steps.all, (std::vector<std::string>{"router \"put@x\" (priority 26): does not match",
                                                   "router \"get@x\" (priority 9): matches"}));
}

// One of many routers of a kind: all its texts differ from those of the others.
std::string one_of_many(std::size_t number) {
    switch (number % 12) {
        case 0: return fmt::format("Host(`app{}.example.com`)", number);
        case 1: return fmt::format("Host(`app{}.example.com`) && PathPrefix(`/api`)", number);
        case 2: return fmt::format("PathPrefix(`/service{}/`)", number);
        case 3: return fmt::format("Host(`*.zone{}.example`)", number);
        case 4: return fmt::format("Path(`/exact/{}`) || Path(`/other/{}`)", number, number);
        case 5: return fmt::format("HostRegexp(`^[a-z]+\\.tenant{}\\.example$`) && PathPrefix(`/`)", number);
        case 6: return fmt::format("PathRegexp(`^/v[0-9]/thing{}/`)", number);
        case 7: return fmt::format("Header(`X-Tenant`, `t{}`)", number);
        case 8: return fmt::format("Query(`tenant`, `q{}`) && Method(`GET`)", number);
        case 9: return fmt::format("ClientIP(`10.{}.{}.0/24`)", number / 256, number % 256);
        case 10: return fmt::format("Host(`shared.example`) && PathPrefix(`/team{}`)", number);
        default: return fmt::format("Host(`app{}.example.com`) && !Path(`/health`)", number);
    }
}

TEST(rule_matcher, tries_few_of_ten_thousand_rules) {
    std::vector<RuleEntry> entries;
    for (std::size_t i = 0; i < 10'000; ++i) entries.push_back(entry(one_of_many(i), fmt::format("r{}", i)));
    const RuleMatcher matcher(std::move(entries));
    const std::vector<std::pair<std::string, std::string>> requests = {
        {"GET app5004.example.com/", "r5004"},
        {"GET app5005.example.com/api/x", "r5005"},
        {"GET x/service5006/y", "r5006"},
        {"GET a.zone5007.example/", "r5007"},
        {"GET x/other/5008", "r5008"},
        {"GET abc.tenant5009.example/", "r5009"},
        {"GET x/v1/thing5010/", "r5010"},
        {"GET x/?tenant=q5012", "r5012"},
        {"GET shared.example/team5014", "r5014"},
        {"GET app5015.example.com/", "r5015"},
        {"GET nowhere.example/nothing", "none"},
    };
    for (const auto& [line, name] : requests) {
        Asked asked(line, {{"X-Tenant", "t0"}, {"Accept", "*/*"}});
        Steps steps;
        const auto* found = matcher.match(asked.facts, &steps);
        EXPECT_EQ(found == nullptr ? "none" : found->name, name) << line;
        EXPECT_LE(steps.all.size(), 3U) << line;
    }
    Asked asked("GET x/", {{"X-Tenant", "t5011"}, {"x-tenant", "t5011"}}, "10.19.146.7");
    Steps steps;
    const auto* found = matcher.match(asked.facts, &steps);
    EXPECT_EQ(found == nullptr ? "none" : found->name, "r5011");
    EXPECT_LE(steps.all.size(), 3U);
}

std::string some_test() {
    return *rc::gen::element<std::string>(
        "Host(`a.b`)", "Host(`b`)", "Host(`*.b`)", "Host(`**.b`)", "Host(`*`)", "HostRegexp(`^a+\\.b$`)",
        "HostRegexp(`(?i)A\\.`)", "HostRegexp(`a|b`)", "Path(`/`)", "Path(`/a`)", "PathPrefix(`/`)",
        "PathPrefix(`/a`)", "PathPrefix(`/a/`)", "PathPrefix(`/a/b`)", "PathRegexp(`^/a`)",
        "PathRegexp(`b/?c`)", "PathRegexp(`[ab]$`)", "Method(`GET`)", "Method(`PUT`)", "Header(`X`, `1`)",
        "Header(`x`, `2`)", "HeaderRegexp(`X`, `[13]`)", "Query(`q`, `1`)", "Query(`q`)",
        "QueryRegexp(`q`, `2`)", "ClientIP(`10.0.0.0/8`)", "ClientIP(`10.1.0.0/16`)", "ClientIP(`::1`)");
}

std::string some_rule(int depth) {
    const int kind = *rc::gen::inRange(0, depth > 0 ? 5 : 2);
    switch (kind) {
        case 0:
        case 1: return (*rc::gen::inRange(0, 5) == 0 ? "!" : "") + some_test();
        case 2: return "(" + some_rule(depth - 1) + " || " + some_rule(depth - 1) + ")";
        case 3: return "!(" + some_rule(depth - 1) + ")";
        default: return some_rule(depth - 1) + " && " + some_rule(depth - 1);
    }
}

RC_GTEST_PROP(rule_matcher, agrees_with_a_scan_in_order_of_priority, ()) {
    std::vector<RuleEntry> entries;
    const int count = *rc::gen::inRange(0, 40);
    for (int i = 0; i < count; ++i)
        entries.push_back(entry(some_rule(2), fmt::format("r{}", i), *rc::gen::inRange(0, 60)));
    const RuleMatcher matcher(entries);
    for (int i = 0; i < 20; ++i) {
        const auto line = *rc::gen::element<std::string>("GET ", "PUT ") +
                          *rc::gen::element<std::string>("", "b", "a.b", "aa.b", "c.a.b", "c", ".b") +
                          *rc::gen::element<std::string>("/", "/a", "/a/", "/a/b", "/a/bc", "/c/b/c", "/ab") +
                          *rc::gen::element<std::string>("", "?q", "?q=1", "?q=2&q=1", "?r=1&q=2&q=2");
        Asked asked(line, {{*rc::gen::element("X", "x", "Y"), *rc::gen::element("1", "2", "3")}, {"X", "1"}},
                    *rc::gen::element<std::string>("10.1.2.3", "10.2.2.3", "::1", "::ffff:10.1.2.3", "no"));
        const auto& ranked = matcher.rules();
        const auto first =
            std::ranges::find_if(ranked, [&](const auto& one) { return one->rule().matches(asked.facts); });
        RC_ASSERT(matcher.match(asked.facts) == (first == ranked.end() ? nullptr : &(*first)->entry()));
    }
}

}   // namespace
}   // namespace gatehouse::traefik
