#include "model/rule_matcher.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace gatehouse::model {
namespace {

std::vector<RuleEntry> in_order(std::vector<RuleEntry> entries) {
    const auto goes_before = [](const RuleEntry& a, const RuleEntry& b) {
        return std::tie(b.priority, a.precedence, a.name) < std::tie(a.priority, b.precedence, b.name);
    };
    std::ranges::stable_sort(entries, goes_before);
    return entries;
}

std::vector<const Rule*> rules_of(const std::vector<RuleEntry>& entries) {
    std::vector<const Rule*> rules;
    for (const auto& entry : entries) rules.push_back(entry.rule.get());
    return rules;
}

bool looks_at_client(const Rule& rule) {
    return (rule.kind == Rule::Kind::test && rule.test.kind == RuleTest::Kind::client) ||
           std::ranges::any_of(rule.parts, looks_at_client);
}

// Passes on what the index tries to whoever wants to know.
class Telling final : public RuleIndex::Listener {
public:
    Telling(const std::vector<RuleEntry>& entries, Recorder& recorder)
        : entries_(entries), recorder_(recorder) {}
    void tried(RuleIndex::Rank rank, bool matched) override {
        const auto& entry = entries_[rank];
        recorder_.step("router \"" + entry.name + "\" (priority " + std::to_string(entry.priority) +
                           (matched ? "): matches" : "): does not match"),
                       entry.origin);
    }

private:
    const std::vector<RuleEntry>& entries_;
    Recorder& recorder_;
};

}   // namespace

RuleMatcher::RuleMatcher(std::vector<RuleEntry> entries)
    : entries_(in_order(std::move(entries))),
      index_(rules_of(entries_)),
      asks_for_client_(std::ranges::any_of(
          entries_, [](const RuleEntry& entry) { return looks_at_client(*entry.rule); })) {}

const RuleEntry* RuleMatcher::match(RuleFacts& facts, Recorder* recorder) const {
    RuleIndex::Rank rank = RuleIndex::no_rule;
    if (recorder == nullptr) {
        rank = index_.find(facts);
    } else {
        Telling telling(entries_, *recorder);
        rank = index_.find(facts, &telling);
    }
    return rank == RuleIndex::no_rule ? nullptr : &entries_[rank];
}

}   // namespace gatehouse::model
