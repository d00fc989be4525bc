#include "model/tls_by_name.h"

#include "model/tcp_routes.h"

#include <gtest/gtest.h>

namespace gatehouse::model {
namespace {

TEST(domain_table, finds_names_before_wildcards_and_the_longest_of_those_first) {
    DomainTable table;
    table.add("*.example.com", 1);
    table.add("a.example.com", 2);
    table.add("**.example.com", 3);
    table.add("**.b.example.com", 4);
    table.add("a.example.com", 5);   // the first counts
    EXPECT_EQ(table.find("a.example.com"), 2U);
    EXPECT_EQ(table.find("x.example.com"), 1U);
    EXPECT_EQ(table.find("y.x.example.com"), 3U);
    EXPECT_EQ(table.find("z.y.b.example.com"), 4U);
    EXPECT_EQ(table.find("b.example.com"), 1U);
    EXPECT_EQ(table.find("example.com"), std::nullopt);
    EXPECT_EQ(table.find(".example.com"), std::nullopt);
    EXPECT_EQ(table.find(""), std::nullopt);
    EXPECT_FALSE(table.has_addresses());
    table.add("::1", 6);
    EXPECT_TRUE(table.has_addresses());
    EXPECT_EQ(table.find("::1"), 6U);
}

Rule rule_of(RuleTest::Kind kind, const std::string& text = "") {
    RuleTest test;
    test.kind = kind;
    test.text = text;
    return Rule::of(std::move(test));
}

class tcp_routes : public ::testing::Test {
protected:
    void add(const std::string& name, Rule rule, std::int64_t priority = 0) {
        const bool is_catch_all = rule.test.kind == RuleTest::Kind::always;
        entries_.push_back({.rule = std::make_shared<const Rule>(std::move(rule)),
                            .priority = priority,
                            .precedence = 0,
                            .name = name,
                            .value = static_cast<std::uint32_t>(routes_.routes.size()),
                            .origin = {}});
        auto site = std::make_shared<TcpSite>();
        site->name = name;
        routes_.routes.push_back({.site = std::move(site), .is_catch_all = is_catch_all});
        routes_.secure = RuleMatcher(entries_);
    }
    std::string taken_by(const std::string& host, const TlsByName* https) {
        Arena arena;
        RuleFacts facts(arena);
        facts.host = host;
        const auto* route = routes_.find_secure(facts, https);
        return route == nullptr ? "https" : route->site->name;
    }

    TcpRoutes routes_;
    std::vector<RuleEntry> entries_;
};

TEST_F(tcp_routes, what_https_names_is_its_own) {
    TlsByName https;
    https.hosts.add("web.example", 0);
    add("web", rule_of(RuleTest::Kind::host, "web.example"));
    add("db", rule_of(RuleTest::Kind::host, "db.example"));
    EXPECT_EQ(taken_by("web.example", &https), "https");
    EXPECT_EQ(taken_by("web.example", nullptr), "web");
    EXPECT_EQ(taken_by("db.example", &https), "db");
    EXPECT_EQ(taken_by("x.example", &https), "https");
}

TEST_F(tcp_routes, of_two_that_take_everything_https_does) {
    TlsByName https;
    add("all", rule_of(RuleTest::Kind::always), 7);
    add("db", rule_of(RuleTest::Kind::host, "db.example"), 8);
    EXPECT_EQ(taken_by("x.example", &https), "all");
    https.has_nameless_routes = true;
    EXPECT_EQ(taken_by("x.example", &https), "https");
    EXPECT_EQ(taken_by("db.example", &https), "db");
}

}   // namespace
}   // namespace gatehouse::model
