#pragma once
// Which router takes a request: of the rules that match the one with the highest priority. Ties go to the
// provider that comes first, then to the name that does, byte by byte. Compiled for many rules
// (rule_index.h); immutable, shared by threads.

#include "model/matcher.h"
#include "model/origin.h"
#include "model/rule_index.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::model {

struct RuleEntry {
    std::shared_ptr<const Rule> rule;   // shared between snapshots where it stays the same
    std::int64_t priority = 0;
    unsigned precedence = 0;   // of the provider: the lower goes first
    std::string name;          // of the router, "name@provider"
    std::uint32_t value = 0;   // whatever the owner means by it
    Origin origin;
};

class RuleMatcher {
public:
    RuleMatcher() = default;
    explicit RuleMatcher(std::vector<RuleEntry> entries);

    // Null: no rule matches. `recorder` is told which rules were tried.
    [[nodiscard]] const RuleEntry* match(RuleFacts& facts, Recorder* recorder = nullptr) const;
    [[nodiscard]] const std::vector<RuleEntry>& entries() const { return entries_; }   // first goes first
    // Whether a rule looks at RuleFacts::client.
    [[nodiscard]] bool asks_for_client() const { return asks_for_client_; }

private:
    std::vector<RuleEntry> entries_;   // by rank
    RuleIndex index_;
    bool asks_for_client_ = false;
};

}   // namespace gatehouse::model
