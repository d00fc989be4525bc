#include "faces/traefik/rule_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace gatehouse::traefik {
namespace {

using model::Rule;
using Kind = RuleToken::Kind;

tl::unexpected<RuleError> fail_at(std::size_t offset, std::string message, std::string hint = {}) {
    return tl::unexpected(RuleError{offset, std::move(message), std::move(hint)});
}

// Recursive descent over one token of look-ahead.
class Parser {
public:
    Parser(std::string_view text, RuleKind kind, RuleSyntax syntax)
        : lexer_(text), kind_(kind), syntax_(syntax) {}

    RuleResult<ParsedRule> run() {
        if (const auto first = advance(); !first) return tl::unexpected(first.error());
        if (token_.kind == Kind::end)
            return fail_at(0, "an empty rule", "expected a matcher, such as Host(`example.com`)");
        auto rule = either(0);
        if (!rule) return tl::unexpected(std::move(rule.error()));
        if (token_.kind != Kind::end) return unexpected("&&, || or the end of the rule");
        std::ranges::stable_sort(notices_, {}, &RuleNotice::offset);
        return ParsedRule{std::make_shared<const Rule>(std::move(*rule)), std::move(notices_)};
    }

private:
    RuleResult<void> advance() {
        auto token = lexer_.next();
        if (!token) return tl::unexpected(std::move(token.error()));
        token_ = std::move(*token);
        return {};
    }

    [[nodiscard]] tl::unexpected<RuleError> unexpected(const std::string& expected) const {
        std::string found;
        switch (token_.kind) {
            case Kind::end: found = "the rule ends too early"; break;
            case Kind::text: found = "a text where none is expected"; break;
            default: found = "unexpected " + token_.text.substr(0, 40); break;
        }
        return fail_at(token_.offset, found, "expected " + expected);
    }

    // Parts between `sign`s.
    template <class Part>
    RuleResult<Rule> chain(Kind sign, Rule::Kind joined, const Part& part) {
        std::vector<Rule> parts;
        while (true) {
            auto next = part();
            if (!next) return next;
            parts.push_back(std::move(*next));
            if (token_.kind != sign) return Rule::joined(joined, std::move(parts));
            if (const auto more = advance(); !more) return tl::unexpected(more.error());
        }
    }

    RuleResult<Rule> either(std::size_t depth) {
        return chain(Kind::either, Rule::Kind::any, [&] { return both(depth); });
    }
    RuleResult<Rule> both(std::size_t depth) {
        return chain(Kind::both, Rule::Kind::all, [&] { return one(depth); });
    }

    RuleResult<Rule> one(std::size_t depth) {
        bool negated = false;
        while (token_.kind == Kind::negation) {
            negated = !negated;
            if (const auto next = advance(); !next) return tl::unexpected(next.error());
        }
        auto rule = token_.kind == Kind::open ? parentheses(depth) : matcher();
        if (rule && negated) rule->negate();
        return rule;
    }

    RuleResult<Rule> parentheses(std::size_t depth) {
        if (depth == RuleLimits::depth)
            return fail_at(token_.offset,
                           "parentheses nested more than " + std::to_string(RuleLimits::depth) + " deep");
        if (const auto next = advance(); !next) return tl::unexpected(next.error());
        auto rule = either(depth + 1);
        if (!rule) return rule;
        if (token_.kind != Kind::close) return unexpected("&&, || or )");
        if (const auto next = advance(); !next) return tl::unexpected(next.error());
        return rule;
    }

    RuleResult<Rule> matcher() {
        if (token_.kind != Kind::name) return unexpected("a matcher, such as Host(`example.com`)");
        RuleCall call{token_, {}, 0};
        if (const auto next = advance(); !next) {
            // as Traefik 1 wrote it
            if (call.name.text == "Host" || call.name.text == "PathPrefix")
                return fail_at(next.error().offset, "unexpected character",
                               "expected " + call.name.text + "(`…`)");
            return tl::unexpected(next.error());
        }
        if (token_.kind != Kind::open) return unexpected("( behind the matcher's name");
        if (const auto next = advance(); !next) return tl::unexpected(next.error());
        while (token_.kind != Kind::close) {
            if (token_.kind != Kind::text) return unexpected("a value in backticks or double quotes");
            if (++values_ > RuleLimits::values)
                return fail_at(token_.offset,
                               "more than " + std::to_string(RuleLimits::values) + " values in a rule");
            call.arguments.push_back(std::move(token_));
            if (const auto next = advance(); !next) return tl::unexpected(next.error());
            if (token_.kind == Kind::close) break;
            if (token_.kind != Kind::comma) return unexpected(", or )");
            if (const auto next = advance(); !next) return tl::unexpected(next.error());
        }
        call.end = token_.offset;
        if (const auto next = advance(); !next) return tl::unexpected(next.error());
        auto rule = rule_of_call(call, kind_, syntax_, notices_);
        if (rule) regex_steps_ += steps_in(*rule);
        if (regex_steps_ > RuleLimits::regex_steps)
            return fail_at(call.name.offset, "the regular expressions of the rule are too large altogether");
        return rule;
    }

    static std::size_t steps_in(const Rule& rule) {
        std::size_t steps = rule.test.regex == nullptr ? 0 : rule.test.regex->steps();
        for (const Rule& part : rule.parts) steps += steps_in(part);
        return steps;
    }

    RuleLexer lexer_;
    RuleKind kind_;
    RuleSyntax syntax_;
    RuleToken token_;
    std::size_t values_ = 0;
    std::size_t regex_steps_ = 0;
    std::vector<RuleNotice> notices_;
};

// As much of a rule around the place of an error as one can read.
std::string excerpt(std::string_view rule, std::size_t offset) {
    constexpr std::size_t most = 160;
    if (rule.size() <= most) return std::string(rule);
    const auto whole = [&](std::size_t at) {   // where a character begins
        while (at < rule.size() && (static_cast<unsigned char>(rule[at]) & 0xC0) == 0x80) ++at;
        return at;
    };
    const std::size_t from = whole(std::min(offset - std::min(offset, most / 2), rule.size() - most));
    const std::size_t to = whole(from + most);
    return fmt::format("{}{}{}", from == 0 ? "" : "…", rule.substr(from, to - from),
                       to < rule.size() ? "…" : "");
}

}   // namespace

RuleResult<ParsedRule> parse_rule(std::string_view text, RuleKind kind, RuleSyntax syntax) {
    if (text.size() > RuleLimits::text_bytes)
        return fail_at(RuleLimits::text_bytes,
                       "a rule of more than " + std::to_string(RuleLimits::text_bytes) + " bytes");
    return Parser(text, kind, syntax).run();
}

std::int64_t default_priority(std::string_view text, const Rule& rule, RuleKind kind) {
    if (kind == RuleKind::tcp && rule.kind == Rule::Kind::test &&
        rule.test.kind == model::RuleTest::Kind::always && !rule.test.negated)
        return -1;
    auto priority = static_cast<std::int64_t>(text.size());
    if (kind == RuleKind::tcp) return priority;
    for (const auto& host : model::hosts_named_in(rule)) {
        if (host.starts_with("**.")) priority -= 2;
    }
    return priority;
}

std::string sentence_about(const RuleError& error, std::string_view rule) {
    return fmt::format("rule \"{}\", at byte {}: {}{}{}", excerpt(rule, error.offset), error.offset + 1,
                       error.message, error.hint.empty() ? "" : ": ", error.hint);
}

}   // namespace gatehouse::traefik
