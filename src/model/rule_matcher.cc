#include "model/rule_matcher.h"

#include <algorithm>
#include <utility>

namespace gatehouse::model {
namespace {

FiledRules filed(std::vector<RuleEntry> entries) {
    FiledRules rules;
    for (RuleEntry& entry : entries) rules.push_back(std::make_shared<const FiledRule>(std::move(entry)));
    std::ranges::stable_sort(rules, [](const auto& a, const auto& b) { return a->goes_before(*b); });
    return rules;
}

// Passes on what the index tries to whoever wants to know.
class Telling final : public RuleIndex::Listener {
public:
    Telling(const FiledRules& rules, Recorder& recorder) : rules_(rules), recorder_(recorder) {}
    void tried(RuleIndex::Rank rank, bool matched) override {
        const auto& entry = rules_[rank]->entry();
        recorder_.step("router \"" + entry.name + "\" (priority " + std::to_string(entry.priority) +
                           (matched ? "): matches" : "): does not match"),
                       entry.origin);
    }

private:
    const FiledRules& rules_;
    Recorder& recorder_;
};

}   // namespace

RuleMatcher::RuleMatcher(std::vector<RuleEntry> entries) : RuleMatcher(filed(std::move(entries))) {}

RuleMatcher::RuleMatcher(FiledRules in_order)
    : rules_(std::move(in_order)),
      index_(rules_),
      asks_for_client_(
          std::ranges::any_of(rules_, [](const auto& rule) { return rule->asks_for_client(); })) {}

const RuleEntry* RuleMatcher::match(RuleFacts& facts, Recorder* recorder) const {
    RuleIndex::Rank rank = RuleIndex::no_rule;
    if (recorder == nullptr) {
        rank = index_.find(facts);
    } else {
        Telling telling(rules_, *recorder);
        rank = index_.find(facts, &telling);
    }
    return rank == RuleIndex::no_rule ? nullptr : &rules_[rank]->entry();
}

}   // namespace gatehouse::model
