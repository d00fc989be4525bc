#pragma once
// Place: what is served at one entry point, kept from one compilation to the next, so that what did not
// change is not made again: routes behind rules, for what comes plainly and for what comes over TLS.
// Control's thread; what it gives out is immutable.

#include "model/rule_matcher.h"
#include "model/site.h"

#include <cstdint>
#include <memory>
#include <unordered_set>
#include <vector>

namespace gatehouse::traefik {

class Place {
public:
    // Where one router stands.
    struct Spot {
        bool is_secure = false;
        std::shared_ptr<const model::FiledRule> rule;
    };
    // A router of the same rule and rank keeps its spot: `former`, which may be null.
    Spot put(model::RuleEntry entry, std::shared_ptr<const model::Route> route, bool is_secure,
             const Spot* former);
    void remove(const Spot& spot);
    void clear();

    [[nodiscard]] bool has_secure() const { return secure_.count() > 0; }
    [[nodiscard]] bool has_plain() const { return plain_.count() > 0; }
    // The rules as they are now.
    [[nodiscard]] std::unique_ptr<const model::RuleRoutes> rules(bool is_secure);

private:
    class Side {
    public:
        [[nodiscard]] std::size_t count() const { return in_order_.size() + added_.size() - removed_.size(); }
        void add(std::shared_ptr<const model::FiledRule> rule);
        void remove(const std::shared_ptr<const model::FiledRule>& rule) { removed_.insert(rule.get()); }
        [[nodiscard]] std::shared_ptr<const model::RuleMatcher> matcher();

    private:
        model::FiledRules in_order_, added_;
        std::unordered_set<const model::FiledRule*> removed_;   // some of both
        std::shared_ptr<const model::RuleMatcher> matcher_ = std::make_shared<const model::RuleMatcher>();
    };

    Side plain_, secure_;
    std::vector<std::shared_ptr<const model::Route>> routes_;   // by RuleEntry::value; null where none is
    std::vector<std::uint32_t> free_;                           // places in routes_
};

}   // namespace gatehouse::traefik
