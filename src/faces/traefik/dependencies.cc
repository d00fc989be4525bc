#include "faces/traefik/dependencies.h"

#include <utility>

namespace gatehouse::traefik {

Dependencies::Making::Making(Dependencies& dependencies, Item item) : dependencies_(dependencies) {
    dependencies.forget(item);
    dependencies.under_way_.push_back(std::move(item));
}

Dependencies::Making::~Making() { dependencies_.under_way_.pop_back(); }

void Dependencies::look_at(const Item& item) {
    if (under_way_.empty()) return;
    needs_[under_way_.back()].insert(item);
    needed_by_[item].insert(under_way_.back());
}

std::set<Item> Dependencies::affected_by(std::set<Item> changed) const {
    std::vector<Item> open(changed.begin(), changed.end());
    while (!open.empty()) {
        const auto users = needed_by_.find(open.back());
        open.pop_back();
        if (users == needed_by_.end()) continue;
        for (const Item& user : users->second) {
            if (changed.insert(user).second) open.push_back(user);
        }
    }
    return changed;
}

void Dependencies::forget(const Item& item) {
    const auto needs = needs_.find(item);
    if (needs == needs_.end()) return;
    for (const Item& needed : needs->second) {
        const auto users = needed_by_.find(needed);
        users->second.erase(item);
        if (users->second.empty()) needed_by_.erase(users);
    }
    needs_.erase(needs);
}

void Dependencies::clear() {
    needs_.clear();
    needed_by_.clear();
}

}   // namespace gatehouse::traefik
