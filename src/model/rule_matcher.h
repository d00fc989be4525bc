#pragma once
// Which router takes a request: of the rules that match the one with the highest priority. Ties go to the
// provider that comes first, then to the name that does, byte by byte. Compiled for many rules
// (rule_index.h); immutable, shared by threads.

#include "model/filed_rule.h"
#include "model/matcher.h"
#include "model/rule_index.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::model {

class RuleMatcher {
public:
    RuleMatcher() = default;
    explicit RuleMatcher(std::vector<RuleEntry> entries);
    // These go in the order given, which is that of FiledRule::goes_before.
    explicit RuleMatcher(FiledRules in_order);

    // Null: no rule matches. `recorder` is told which rules were tried.
    [[nodiscard]] const RuleEntry* match(RuleFacts& facts, Recorder* recorder = nullptr) const;
    [[nodiscard]] const FiledRules& rules() const { return rules_; }   // first goes first
    // Whether a rule looks at RuleFacts::client.
    [[nodiscard]] bool asks_for_client() const { return asks_for_client_; }

private:
    FiledRules rules_;   // by rank
    RuleIndex index_;
    bool asks_for_client_ = false;
};

}   // namespace gatehouse::model
