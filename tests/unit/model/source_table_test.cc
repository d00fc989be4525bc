// What limits remember of sources of requests.

#include "model/filters/source_table.h"

#include <gtest/gtest.h>

namespace gatehouse::model {
namespace {

using namespace std::chrono_literals;

constexpr SourceBuckets::Rate one_a_second{.tokens_per_second = 1, .burst = 2, .most_delay = 500ms};

TEST(source_buckets, hold_a_burst_and_fill_up_again) {
    SourceBuckets buckets;
    EXPECT_TRUE(buckets.take("a", one_a_second, 0s).allowed);
    EXPECT_TRUE(buckets.take("a", one_a_second, 0s).allowed);
    const auto refused = buckets.take("a", one_a_second, 0s);
    EXPECT_FALSE(refused.allowed);
    EXPECT_EQ(refused.delay, 1s);
    EXPECT_TRUE(buckets.take("a", one_a_second, 1s).allowed);
    EXPECT_FALSE(buckets.take("a", one_a_second, 1s).allowed) << "what was refused took nothing";
    EXPECT_TRUE(buckets.take("a", one_a_second, 100s).allowed);
    EXPECT_TRUE(buckets.take("a", one_a_second, 100s).allowed);
    EXPECT_FALSE(buckets.take("a", one_a_second, 100s).allowed) << "never more than the burst";
}

TEST(source_buckets, lend_a_token_that_is_nearly_there) {
    SourceBuckets buckets;
    EXPECT_TRUE(buckets.take("a", one_a_second, 0s).allowed);
    EXPECT_TRUE(buckets.take("a", one_a_second, 0s).allowed);
    const auto lent = buckets.take("a", one_a_second, 600ms);
    EXPECT_TRUE(lent.allowed);
    EXPECT_NEAR(static_cast<double>(lent.delay.count()), 4e8, 1e3);
    EXPECT_FALSE(buckets.take("a", one_a_second, 700ms).allowed);
}

TEST(source_buckets, take_clocks_that_lag) {
    SourceBuckets buckets;
    EXPECT_TRUE(buckets.take("a", one_a_second, 10s).allowed);
    EXPECT_TRUE(buckets.take("a", one_a_second, 9s).allowed);
    EXPECT_FALSE(buckets.take("a", one_a_second, 9s).allowed);
}

TEST(source_buckets, are_bounded) {
    SourceBuckets buckets;
    for (std::size_t i = 0; i < SourceBuckets::most_sources + 10; ++i)
        EXPECT_TRUE(buckets.take(std::to_string(i), one_a_second, 0s).allowed);
    EXPECT_EQ(buckets.size(), SourceBuckets::most_sources);
}

TEST(source_counts, count_and_forget) {
    SourceCounts counts;
    EXPECT_TRUE(counts.add("a", 2));
    EXPECT_TRUE(counts.add("a", 2));
    EXPECT_FALSE(counts.add("a", 2));
    EXPECT_TRUE(counts.add("b", 1));
    counts.remove("a");
    EXPECT_TRUE(counts.add("a", 2));
    counts.remove("a");
    counts.remove("a");
    counts.remove("b");
    EXPECT_EQ(counts.size(), 0U);
}

}   // namespace
}   // namespace gatehouse::model
