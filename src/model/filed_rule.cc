#include "model/filed_rule.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace gatehouse::model {
namespace {

bool looks_at_client(const Rule& rule) {
    return (rule.kind == Rule::Kind::test && rule.test.kind == RuleTest::Kind::client) ||
           std::ranges::any_of(rule.parts, looks_at_client);
}

}   // namespace

FiledRule::FiledRule(RuleEntry written)
    : entry_(std::move(written)),
      keys_(keys_of(*entry_.rule)),
      asks_for_client_(looks_at_client(*entry_.rule)) {}

bool FiledRule::goes_before(const FiledRule& other) const {
    const RuleEntry &a = entry_, &b = other.entry_;
    return std::tie(b.priority, a.precedence, a.name) < std::tie(a.priority, b.precedence, b.name);
}

}   // namespace gatehouse::model
