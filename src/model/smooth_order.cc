#include <algorithm>
#include <map>
#include <numeric>

#include "model/service.h"

namespace gatehouse::model {
namespace {

// Endpoints of one weight are taken in turn: all start equal, and each pick puts one behind the others. So
// only the next of each group competes, and a pick costs as many comparisons as there are different weights.
struct Group {
    std::int64_t weight = 0;
    std::vector<std::uint16_t> members;   // in order
    std::size_t next = 0;
    std::int64_t rounds = 0;   // times all members have been picked
};

std::vector<unsigned> reduced(const std::vector<unsigned>& weights) {
    unsigned divisor = 0;
    std::uint64_t total = 0;
    std::size_t positive = 0;
    for (const unsigned weight : weights) {
        divisor = std::gcd(divisor, weight);
        total += weight;
        positive += weight > 0 ? 1 : 0;
    }
    std::vector<unsigned> out(weights);
    if (divisor == 0) return out;
    for (unsigned& weight : out) weight /= divisor;
    total /= divisor;

    const std::uint64_t limit = std::max<std::uint64_t>(longest_smooth_order, 2 * positive);
    if (total <= limit) return out;
    // Rounding a weight up to 1 may add up to `positive`, so that much is kept free.
    const std::uint64_t room = limit - positive;
    for (unsigned& weight : out) {
        if (weight > 0) weight = static_cast<unsigned>(std::max<std::uint64_t>(1, weight * room / total));
    }
    return out;
}

}   // namespace

std::vector<std::uint16_t> smooth_weighted_order(const std::vector<unsigned>& weights) {
    const auto shares = reduced(weights);
    std::map<unsigned, Group> by_weight;
    std::int64_t total = 0;
    for (std::size_t i = 0; i < shares.size() && i < most_endpoints; ++i) {
        if (shares[i] == 0) continue;
        auto& group = by_weight[shares[i]];
        group.weight = shares[i];
        group.members.push_back(static_cast<std::uint16_t>(i));
        total += shares[i];
    }
    std::vector<Group> groups;
    for (auto& [weight, group] : by_weight) groups.push_back(std::move(group));

    std::vector<std::uint16_t> order;
    order.reserve(static_cast<std::size_t>(total));
    for (std::int64_t turn = 1; turn <= total; ++turn) {
        // nginx adds every weight to its peer's current weight, takes the peer with the greatest (the first
        // of equals) and subtracts the total from it; before the subtraction that weight is turn × weight −
        // picks × total.
        Group* best = nullptr;
        std::int64_t best_current = 0;
        for (auto& group : groups) {
            const std::int64_t current = turn * group.weight - group.rounds * total;
            const bool wins =
                best == nullptr || current > best_current ||
                (current == best_current && group.members[group.next] < best->members[best->next]);
            if (!wins) continue;
            best = &group;
            best_current = current;
        }
        order.push_back(best->members[best->next]);
        if (++best->next == best->members.size()) {
            best->next = 0;
            ++best->rounds;
        }
    }
    return order;
}

}   // namespace gatehouse::model
