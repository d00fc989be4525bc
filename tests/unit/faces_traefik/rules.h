#pragma once
// Short ways to ask a rule about a request.

#include "faces/traefik/rule_parser.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::traefik {

// "GET a.example/path?query", and header fields.
class Asked {
public:
    explicit Asked(std::string_view line,
                   std::initializer_list<std::pair<std::string_view, std::string_view>> fields = {},
                   const std::string& client = "192.0.2.1")
        : line_(line) {
        const std::string_view text = line_;
        const auto space = text.find(' ');
        const auto slash = std::min(text.find('/', space), text.size());
        facts.method = text.substr(0, space);
        facts.host = text.substr(space + 1, slash - space - 1);
        facts.uri = text.substr(slash);
        for (const auto& [name, value] : fields) fields_.add(arena_, http::make_field(name, value));
        facts.fields = &fields_;
        if (SocketAddress::parse(client, 1000, client_)) facts.client = client_.get();
    }

private:
    std::string line_;
    Arena arena_;
    http::Fields fields_;
    SocketAddress client_;

public:
    model::RuleFacts facts{arena_};
};

inline ParsedRule parsed(std::string_view text, RuleSyntax syntax = RuleSyntax::v3,
                         RuleKind kind = RuleKind::http) {
    auto rule = parse_rule(text, kind, syntax);
    if (!rule) ADD_FAILURE() << text << ": " << rule.error().offset << ": " << rule.error().message;
    return rule ? std::move(*rule) : ParsedRule{std::make_shared<model::Rule>(), {}};
}

inline bool matches(std::string_view rule, std::string_view line, RuleSyntax syntax = RuleSyntax::v3) {
    Asked asked(line);
    return parsed(rule, syntax).rule->matches(asked.facts);
}
inline bool matches_v2(std::string_view rule, std::string_view line) {
    return matches(rule, line, RuleSyntax::v2);
}

// "OFFSET: MESSAGE (HINT)"; "" when the rule is accepted.
inline std::string refusal(std::string_view text, RuleSyntax syntax = RuleSyntax::v3,
                           RuleKind kind = RuleKind::http) {
    const auto rule = parse_rule(text, kind, syntax);
    if (rule) return {};
    const auto& error = rule.error();
    return std::to_string(error.offset) + ": " + error.message +
           (error.hint.empty() ? "" : " (" + error.hint + ")");
}

// "OFFSET: MESSAGE" of each.
inline std::vector<std::string> notices(std::string_view text, RuleSyntax syntax = RuleSyntax::v3,
                                        RuleKind kind = RuleKind::http) {
    std::vector<std::string> all;
    for (const auto& notice : parsed(text, syntax, kind).notices)
        all.push_back(std::to_string(notice.offset) + ": " + notice.message);
    return all;
}

}   // namespace gatehouse::traefik
