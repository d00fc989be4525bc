#pragma once
// A router's rule with what finding it takes: worked out once, and shared by all snapshots that have the
// router. Immutable, shared by threads.

#include "model/origin.h"
#include "model/rule_key.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::model {

struct RuleEntry {
    std::shared_ptr<const Rule> rule;
    std::int64_t priority = 0;
    unsigned precedence = 0;   // of the provider: the lower goes first
    std::string name;          // of the router, "name@provider"
    std::uint32_t value = 0;   // whatever the owner means by it
    Origin origin;
};

class FiledRule {
public:
    explicit FiledRule(RuleEntry written);

    [[nodiscard]] const RuleEntry& entry() const { return entry_; }
    [[nodiscard]] const Rule& rule() const { return *entry_.rule; }
    [[nodiscard]] const std::vector<RuleKey>& keys() const { return keys_; }
    // Whether it looks at RuleFacts::client.
    [[nodiscard]] bool asks_for_client() const { return asks_for_client_; }
    // The order in which rules go: priority, then provider, then name, byte by byte.
    [[nodiscard]] bool goes_before(const FiledRule& other) const;

private:
    RuleEntry entry_;
    std::vector<RuleKey> keys_;   // views of the rule
    bool asks_for_client_;
};

using FiledRules = std::vector<std::shared_ptr<const FiledRule>>;

}   // namespace gatehouse::model
