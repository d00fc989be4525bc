#pragma once
// The rules of Traefik's routers (its documentation, "Rules & Priority"): text to model::Rule, or to the
// first error with its place and what was expected there. "&&" binds closer than "||"; "!" may stand before a
// matcher or a parenthesis. Pure functions.

#include "faces/traefik/rule_matchers.h"
#include "model/rule.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace gatehouse::traefik {

struct RuleLimits {
    static constexpr std::size_t text_bytes = 64 * 1024;
    static constexpr std::size_t depth = 64;             // of parentheses
    static constexpr std::size_t values = 4096;          // of all matchers together
    static constexpr std::size_t regex_steps = 20'000;   // of all regular expressions (LinearRegex::steps)
};

struct ParsedRule {
    std::shared_ptr<const model::Rule> rule;
    std::vector<RuleNotice> notices;   // by offset
};

[[nodiscard]] RuleResult<ParsedRule> parse_rule(std::string_view text, RuleKind kind, RuleSyntax syntax);

// "rule "Hots(`a`)", at byte 1: …": of a long rule only what is around the error.
[[nodiscard]] std::string sentence_about(const RuleError& error, std::string_view rule);

// The priority of a router that gives none: the length of its rule in bytes. The stars of a host "**.x" do
// not count; a TCP rule that is HostSNI(`*`) and nothing else goes last, with -1.
[[nodiscard]] std::int64_t default_priority(std::string_view text, const model::Rule& rule, RuleKind kind);

}   // namespace gatehouse::traefik
