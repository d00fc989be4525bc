// max_fails and fail_timeout: when an endpoint is left out, probed and trusted again.

#include "tests/unit/upstream/balancing.h"

#include <gtest/gtest.h>

namespace gatehouse::upstream {
namespace {

using namespace std::chrono_literals;

constexpr auto fail_timeout = 10s;   // the default of a server line

TEST(failures, the_endpoint_is_out_from_the_last_that_is_allowed) {
    Balanced service(rotation, {{.max_fails = 3}, {}});
    service.fail('a', 2);
    EXPECT_EQ(times_in(service.picks(4), 'a'), 2U);
    service.fail('a');
    EXPECT_EQ(service.picks(4), "bbbb");
}

TEST(failures, are_forgotten_when_a_window_passed_between_them) {
    Balanced service(rotation, {{.max_fails = 2}, {}});
    service.fail('a');
    service.now += fail_timeout + 1ns;
    service.fail('a');
    EXPECT_EQ(times_in(service.picks(4), 'a'), 2U) << "the first lies in another window";
    service.now += fail_timeout;
    service.fail('a');
    EXPECT_EQ(service.picks(4), "bbbb");
}

TEST(failures, max_fails_0_counts_none) {
    Balanced service(rotation, {{.max_fails = 0}, {}});
    service.fail('a', 100);
    EXPECT_EQ(service.picks(4), "abab");
}

TEST(failures, the_only_endpoint_is_never_out) {
    Balanced service(rotation, {{}});
    service.fail('a', 5);
    EXPECT_EQ(service.picks(3), "aaa");
}

TEST(failures, the_only_primary_is_out_when_there_is_a_backup) {
    Balanced service(rotation, {{}, {.backup = true}});
    service.fail('a');
    EXPECT_EQ(service.picks(2), "AA");
    service.fail('A');
    EXPECT_EQ(service.pick(), "-");
}

TEST(failures, another_endpoint_that_is_down_does_not_make_it_the_only_one) {
    Balanced service(rotation, {{}, {.down = true}});
    service.fail('a');
    EXPECT_EQ(service.pick(), "-") << "as nginx: what counts is how many there are";
}

TEST(probe, comes_only_after_fail_timeout) {
    Balanced service(rotation, {{}, {}});
    service.fail('a');
    service.now += fail_timeout;
    EXPECT_EQ(service.picks(4), "bbbb");
    service.now += 1ns;
    EXPECT_NE(service.picks(2).find('a'), std::string::npos);
}

TEST(probe, is_one_attempt_until_it_is_decided) {
    Balanced service(rotation, {{}, {}});
    service.fail('a');
    service.now += fail_timeout + 1ns;
    EXPECT_EQ(times_in(service.holds(10), 'a'), 1U);
    service.now += fail_timeout;
    EXPECT_EQ(times_in(service.holds(10), 'a'), 0U);
}

TEST(probe, that_fails_begins_another_window) {
    Balanced service(rotation, {{.max_fails = 2}, {}});
    service.fail('a', 2);
    service.now += fail_timeout + 1ns;
    EXPECT_EQ(times_in(service.picks(10), 'a'), 1U);
    service.now += 3s;
    service.fail('a');
    service.now += fail_timeout;
    EXPECT_EQ(times_in(service.picks(10), 'a'), 0U) << "counted from the failure, not from the probe";
    service.now += 1ns;
    EXPECT_EQ(times_in(service.picks(10), 'a'), 1U);
}

TEST(probe, without_an_outcome_is_followed_by_another_after_fail_timeout) {
    Balanced service(rotation, {{}, {}});
    service.fail('a');
    for (int i = 0; i < 3; ++i) {
        service.now += fail_timeout + 1ns;
        EXPECT_EQ(times_in(service.picks(10), 'a'), 1U);
    }
}

TEST(probe, that_went_well_brings_the_endpoint_back) {
    Balanced service(rotation, {{.max_fails = 3}, {}});
    service.fail('a', 3);
    service.now += fail_timeout + 1ns;
    EXPECT_EQ(times_in(service.picks(2), 'a'), 1U);
    note_success(service.at('a'), service.now);
    EXPECT_EQ(times_in(service.picks(10), 'a'), 5U);
    service.fail('a', 2);
    EXPECT_EQ(times_in(service.picks(10), 'a'), 5U) << "nothing of the past counts";
}

// An endpoint may be slower than its fail_timeout is long: then the next probe begins before the answer to
// the first is there, which is no less good for it.
TEST(probe, that_went_well_counts_although_another_has_begun) {
    Balanced service(rotation, {{}, {}});
    service.fail('a');
    service.now += fail_timeout + 1ns;
    const auto first = service.now;
    EXPECT_EQ(times_in(service.picks(2), 'a'), 1U);
    service.now += fail_timeout + 1ns;
    EXPECT_EQ(times_in(service.picks(2), 'a'), 1U);
    note_success(service.at('a'), first);
    EXPECT_EQ(times_in(service.picks(10), 'a'), 5U);
}

TEST(success, of_an_attempt_begun_before_the_failure_says_nothing) {
    Balanced service(rotation, {{}, {}});
    const auto started = service.now;
    service.now += 1s;
    service.fail('a');
    note_success(service.at('a'), started);
    EXPECT_EQ(service.picks(4), "bbbb");
}

TEST(success, between_failures_does_not_forgive_them) {
    Balanced service(rotation, {{.max_fails = 3}, {}});
    for (int i = 0; i < 3; ++i) {
        service.now += 1s;
        note_success(service.at('a'), service.now);
        service.fail('a');
    }
    EXPECT_EQ(service.picks(4), "bbbb") << "one that fails every second time is left out";
}

TEST(success, after_a_window_without_a_failure_forgives) {
    Balanced service(rotation, {{.max_fails = 2}, {}});
    service.fail('a');
    service.now += fail_timeout + 1ns;
    note_success(service.at('a'), service.now);
    EXPECT_EQ(service.at('a').failures, 0U);
}

TEST(is_available, tells_of_each_reason) {
    Balanced service(rotation, {{.max_conns = 2}, {.down = true}});
    auto& endpoint = service.at('a');
    EXPECT_TRUE(is_available(endpoint, service.now, false));
    EXPECT_FALSE(is_available(service.at('b'), service.now, false));
    EXPECT_FALSE(is_available(service.at('b'), service.now, true)) << "down is down";
    endpoint.in_flight = 2;
    EXPECT_FALSE(is_available(endpoint, service.now, true)) << "full is full";
    endpoint.in_flight = 1;
    service.fail('a');
    EXPECT_FALSE(is_available(endpoint, service.now, false));
    EXPECT_TRUE(is_available(endpoint, service.now, true));
}

}   // namespace
}   // namespace gatehouse::upstream
