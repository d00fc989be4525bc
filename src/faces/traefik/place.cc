#include "faces/traefik/place.h"

#include <algorithm>
#include <utility>

namespace gatehouse::traefik {

Place::Spot Place::put(model::RuleEntry entry, std::shared_ptr<const model::Route> route, bool is_secure,
                       const Spot* former) {
    if (former != nullptr && former->is_secure == is_secure) {
        const auto& known = former->rule->entry();
        const bool is_same = known.rule == entry.rule && known.priority == entry.priority &&
                             known.precedence == entry.precedence && known.name == entry.name;
        if (is_same) {
            routes_[known.value] = std::move(route);
            return *former;
        }
    }
    if (free_.empty()) {
        entry.value = static_cast<std::uint32_t>(routes_.size());
        routes_.emplace_back();
    } else {
        entry.value = free_.back();
        free_.pop_back();
    }
    routes_[entry.value] = std::move(route);
    auto rule = std::make_shared<const model::FiledRule>(std::move(entry));
    (is_secure ? secure_ : plain_).add(rule);
    return {is_secure, std::move(rule)};
}

void Place::remove(const Spot& spot) {
    const auto slot = spot.rule->entry().value;
    routes_[slot] = nullptr;
    free_.push_back(slot);
    (spot.is_secure ? secure_ : plain_).remove(spot.rule);
}

void Place::clear() { *this = Place(); }

std::unique_ptr<const model::RuleRoutes> Place::rules(bool is_secure) {
    return std::make_unique<const model::RuleRoutes>(
        model::RuleRoutes{.matcher = (is_secure ? secure_ : plain_).matcher(), .routes = routes_});
}

void Place::Side::add(std::shared_ptr<const model::FiledRule> rule) { added_.push_back(std::move(rule)); }

std::shared_ptr<const model::RuleMatcher> Place::Side::matcher() {
    if (added_.empty() && removed_.empty()) return matcher_;
    const auto is_removed = [this](const auto& rule) { return removed_.contains(rule.get()); };
    std::erase_if(in_order_, is_removed);
    std::erase_if(added_, is_removed);
    const auto goes_before = [](const auto& a, const auto& b) { return a->goes_before(*b); };
    std::ranges::sort(added_, goes_before);
    const auto middle = static_cast<std::ptrdiff_t>(in_order_.size());
    in_order_.insert(in_order_.end(), added_.begin(), added_.end());
    std::ranges::inplace_merge(in_order_, in_order_.begin() + middle, goes_before);
    added_.clear();
    removed_.clear();
    matcher_ = std::make_shared<const model::RuleMatcher>(in_order_);
    return matcher_;
}

}   // namespace gatehouse::traefik
