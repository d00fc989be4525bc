#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

#include "model/service.h"

namespace gatehouse::model {
namespace {

using Order = std::vector<std::uint16_t>;

// The algorithm as nginx runs it for each request, from its first state, for one cycle of the weights.
Order simulated(const std::vector<unsigned>& weights) {
    std::vector<std::int64_t> current(weights.size());
    const auto total = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
    const auto divisor = std::accumulate(weights.begin(), weights.end(), 0U, std::gcd<unsigned, unsigned>);
    Order order;
    for (std::int64_t turn = 0; turn < total / divisor; ++turn) {
        std::size_t best = weights.size();
        for (std::size_t i = 0; i < weights.size(); ++i) {
            if (weights[i] == 0) continue;
            current[i] += weights[i];
            if (best == weights.size() || current[i] > current[best]) best = i;
        }
        current[best] -= total;
        order.push_back(static_cast<std::uint16_t>(best));
    }
    return order;
}

TEST(smooth_order, spreads_the_heavy_one_evenly) {
    EXPECT_EQ(smooth_weighted_order({5, 1, 1}), (Order{0, 0, 1, 0, 2, 0, 0}));
}

TEST(smooth_order, is_what_nginx_was_seen_to_do) {
    // 16 requests to nginx 1.22 with weights 5, 1, 2
    const Order seen = {0, 2, 0, 0, 1, 0, 2, 0, 0, 2, 0, 0, 1, 0, 2, 0};
    const auto order = smooth_weighted_order({5, 1, 2});
    for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(order[i % order.size()], seen[i]) << i;
}

TEST(smooth_order, equal_weights_take_turns) {
    EXPECT_EQ(smooth_weighted_order({1, 1, 1}), (Order{0, 1, 2}));
    EXPECT_EQ(smooth_weighted_order({7, 7}), (Order{0, 1}));
    EXPECT_EQ(smooth_weighted_order({3}), (Order{0}));
}

TEST(smooth_order, a_common_divisor_shortens_the_cycle) {
    EXPECT_EQ(smooth_weighted_order({10, 20}), smooth_weighted_order({1, 2}));
}

TEST(smooth_order, weight_0_is_left_out) {
    EXPECT_EQ(smooth_weighted_order({0, 2, 0, 1}), (Order{1, 3, 1}));
    EXPECT_EQ(smooth_weighted_order({0, 0}), Order{});
    EXPECT_EQ(smooth_weighted_order({}), Order{});
}

RC_GTEST_PROP(smooth_order, is_one_cycle_of_the_algorithm, ()) {
    const auto weights =
        *rc::gen::nonEmpty(rc::gen::container<std::vector<unsigned>>(rc::gen::inRange(1U, 40U)));
    RC_ASSERT(smooth_weighted_order(weights) == simulated(weights));
}

TEST(smooth_order, huge_weights_are_scaled_down_in_proportion) {
    const auto order = smooth_weighted_order({1'000'003, 500'000, 1});
    EXPECT_LE(order.size(), longest_smooth_order);
    const auto count = [&](std::uint16_t index) { return std::ranges::count(order, index); };
    EXPECT_NEAR(static_cast<double>(count(0)) / static_cast<double>(count(1)), 2.0, 0.001);
    EXPECT_EQ(count(2), 1);
}

TEST(smooth_order, the_greatest_weights_do_not_overflow) {
    const auto order = smooth_weighted_order({4'294'967'295U, 4'294'967'294U, 4'294'967'291U});
    EXPECT_LE(order.size(), longest_smooth_order);
    EXPECT_EQ(std::ranges::count(order, 0), std::ranges::count(order, 1));
}

TEST(smooth_order, many_endpoints_each_have_a_place) {
    std::vector<unsigned> weights(20'000, 1);
    weights[7] = 50'000;
    const auto order = smooth_weighted_order(weights);
    EXPECT_LE(order.size(), 40'000U);
    std::vector<int> seen(weights.size());
    for (const auto index : order) ++seen[index];
    EXPECT_EQ(std::ranges::count(seen, 0), 0);
    EXPECT_EQ(std::ranges::max(seen), seen[7]);
}

}   // namespace
}   // namespace gatehouse::model
