// The rotation: who has which turn, and what becomes of the turn of an endpoint that is out.

#include "tests/unit/upstream/balancing.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

namespace gatehouse::upstream {
namespace {

TEST(rotation, takes_equal_endpoints_in_turn) {
    Balanced service(rotation, {{}, {}, {}});
    EXPECT_EQ(service.picks(7), "abcabca");
}

TEST(rotation, follows_the_smooth_weighted_order) {
    Balanced service(rotation, {{.weight = 5}, {.weight = 1}, {.weight = 1}});
    EXPECT_EQ(service.picks(14), "aabacaaaabacaa");
}

RC_GTEST_PROP(rotation, gives_each_exactly_its_weight_in_every_cycle, ()) {
    const auto weights =
        *rc::gen::nonEmpty(rc::gen::container<std::vector<unsigned>>(rc::gen::inRange(1U, 20U)));
    std::vector<Line> lines;
    for (const auto weight : weights) lines.push_back({.weight = weight});
    Balanced service(rotation, lines);
    const auto divisor = std::accumulate(weights.begin(), weights.end(), 0U, std::gcd<unsigned, unsigned>);
    const auto cycle = std::accumulate(weights.begin(), weights.end(), 0U) / divisor;
    const auto skipped = service.picks(*rc::gen::inRange(0, 50));   // a cycle may begin anywhere
    std::vector<unsigned> seen(weights.size());
    for (unsigned i = 0; i < cycle; ++i) {
        const auto lease = service.choose();
        RC_ASSERT(lease.has_value());
        const auto found = std::ranges::find(service.endpoints->primary, lease->shared());
        ++seen[static_cast<std::size_t>(found - service.endpoints->primary.begin())];
    }
    for (std::size_t i = 0; i < weights.size(); ++i) RC_ASSERT(seen[i] == weights[i] / divisor);
}

TEST(rotation, of_one_that_is_down_the_others_keep_equal_shares) {
    Balanced service(rotation, {{}, {.down = true}, {}, {}});
    EXPECT_EQ(service.picks(6), "acdacd");
}

// The turn of an endpoint that is out must not always go to its neighbour.
TEST(rotation, of_one_that_failed_the_others_keep_equal_shares) {
    Balanced service(rotation, {{}, {}, {}});
    service.fail('b');
    const auto names = service.picks(30);
    EXPECT_EQ(times_in(names, 'a'), 15U) << names;
    EXPECT_EQ(times_in(names, 'c'), 15U) << names;
}

TEST(rotation, of_one_that_is_full_the_others_keep_equal_shares) {
    Balanced service(rotation, {{}, {.max_conns = 1}, {}});
    EXPECT_EQ(service.holds(3), "abc");
    const auto names = service.picks(20);
    EXPECT_EQ(times_in(names, 'a'), 10U) << names;
    EXPECT_EQ(times_in(names, 'c'), 10U) << names;
    service.drop('b');
    EXPECT_EQ(times_in(service.picks(9), 'b'), 3U) << "it has its turn again";
}

TEST(rotation, weights_of_the_others_count_while_one_is_out) {
    Balanced service(rotation, {{.weight = 3}, {.weight = 2}, {.weight = 1}});
    service.fail('b');
    const auto names = service.picks(400);
    EXPECT_EQ(times_in(names, 'a'), 300U);
    EXPECT_EQ(times_in(names, 'c'), 100U);
}

TEST(rotation, a_retry_takes_no_turn) {
    Balanced service(rotation, {{}, {}, {}});
    EXPECT_EQ(service.pick(), "a");
    service.tried = {&service.at('a')};
    EXPECT_NE(service.picks(5).find_first_of("bc"), std::string::npos);
    service.tried = {&service.at('a'), &service.at('b')};
    EXPECT_EQ(service.pick(), "c");
    service.tried.clear();
    EXPECT_EQ(service.picks(3), "bca") << "first attempts go on as if there had been no retry";
}

TEST(rotation, a_retry_finds_any_that_is_left) {
    Balanced service(rotation, {{}, {}, {.max_conns = 1}, {}});
    service.at('c').in_flight = 1;
    service.tried = {&service.at('a'), &service.at('b')};
    EXPECT_EQ(service.pick(), "d");
    service.tried.push_back(&service.at('d'));
    EXPECT_EQ(service.pick(), "-");
}

TEST(rotation, goes_on_when_the_set_changes) {
    Balanced service(rotation, {{}, {}, {}});
    EXPECT_EQ(service.picks(4), "abca");
    service.service.servers.push_back(model::server("10.0.0.4"));
    service.endpoints = model::build_endpoint_set(service.service, {}, service.endpoints.get());
    const auto names = service.picks(8);
    for (const char name : {'a', 'b', 'c', 'd'}) EXPECT_EQ(times_in(names, name), 2U) << name;
}

TEST(backup, is_used_only_when_every_primary_is_out) {
    Balanced service(rotation, {{}, {.max_conns = 1}, {.backup = true}, {.backup = true}});
    EXPECT_EQ(service.picks(4), "abab");
    service.fail('a');
    EXPECT_EQ(service.hold(), "b");
    EXPECT_EQ(service.picks(4), "ABAB") << "backups take turns among themselves";
    service.drop('b');
    EXPECT_EQ(service.picks(2), "bb");
}

TEST(backup, of_a_retry_comes_when_all_primaries_were_tried) {
    Balanced service(rotation, {{}, {.backup = true}});
    service.tried = {&service.at('a')};
    EXPECT_EQ(service.pick(), "A");
    service.tried.push_back(&service.at('A'));
    EXPECT_EQ(service.pick(), "-");
}

TEST(backup, has_weights_and_limits_of_its_own) {
    Balanced service(rotation,
                     {{.down = true}, {.weight = 2, .backup = true}, {.max_conns = 1, .backup = true}});
    EXPECT_EQ(service.picks(6), "ABAABA");
    EXPECT_EQ(service.holds(3), "ABA");
    EXPECT_EQ(service.picks(4), "AAAA");
    service.fail('A');
    EXPECT_EQ(service.pick(), "-");
}

TEST(backup, alone_is_a_service_like_any_other) {
    Balanced service(rotation, {{.backup = true}, {.backup = true}});
    EXPECT_EQ(service.picks(4), "ABAB");
}

TEST(no_endpoint, is_another_error_than_a_name_without_an_address) {
    EXPECT_EQ(Balanced(rotation, {{.down = true}}).pick(), "-");
    Balanced named(rotation, {{}});
    named.service.servers = {model::server("app")};
    named.endpoints = model::build_endpoint_set(named.service, {}, nullptr);
    const auto found = named.choose();
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::unresolved);
    EXPECT_EQ(found.error().source, ErrorSource::upstream);
}

TEST(no_endpoint, is_said_when_some_names_have_addresses_that_are_out) {
    Balanced service(rotation, {{.down = true}});
    service.service.servers.push_back(model::server("app"));
    service.endpoints = model::build_endpoint_set(service.service, {}, service.endpoints.get());
    EXPECT_EQ(service.endpoints->unresolved, "app");
    EXPECT_EQ(service.pick(), "-");
}

TEST(no_endpoint, is_said_of_an_empty_set) {
    Balanced service(rotation, {});
    EXPECT_EQ(service.pick(), "-");
}

}   // namespace
}   // namespace gatehouse::upstream
