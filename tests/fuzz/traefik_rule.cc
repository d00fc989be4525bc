// Rules of Traefik's routers and requests asked of them: errors lie inside the text, "!" is the opposite, and
// the index finds a rule exactly when it matches. Input: a byte for syntax and kind, the rule, a zero byte,
// and "METHOD host/path?query".
#include "faces/traefik/rule_parser.h"

#include "model/rule_matcher.h"
#include "model/wording.h"
#include "tests/fuzz/property.h"

#include <string>

namespace {

using namespace gatehouse;
using namespace gatehouse::traefik;

class Request {
public:
    explicit Request(std::string_view line) {
        const auto space = std::min(line.find(' '), line.size());
        const auto host = line.substr(std::min(space + 1, line.size()));
        const auto slash = std::min(host.find('/'), host.size());
        host_ = lower(host.substr(0, slash));
        fields_.add(arena_, http::make_field("X-Host", host_));
        facts.method = line.substr(0, space);
        facts.host = host_;
        facts.uri = host.substr(slash);
        facts.fields = &fields_;
        if (SocketAddress::parse(host_, 1, client_)) facts.client = client_.get();
    }

private:
    Arena arena_;
    std::string host_;
    http::Fields fields_;
    SocketAddress client_;

public:
    model::RuleFacts facts{arena_};
};

bool matches(const model::Rule& rule, std::string_view line) {
    Request request(line);
    return rule.matches(request.facts);
}

// Several of the same, so that they are filed under what they ask for.
bool is_found(const std::shared_ptr<const model::Rule>& rule, std::string_view line) {
    std::vector<model::RuleEntry> entries;
    for (int i = 0; i < 6; ++i) {
        model::RuleEntry entry;
        entry.rule = rule;
        entry.name = std::to_string(i);
        entries.push_back(std::move(entry));
    }
    const model::RuleMatcher matcher(std::move(entries));
    Request request(line);
    const auto* found = matcher.match(request.facts);
    fuzz::require(found == nullptr || found->name == "0", "of equal rules the first one is found");
    return found != nullptr;
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto syntax = (data[0] & 1) != 0 ? RuleSyntax::v2 : RuleSyntax::v3;
    const auto kind = (data[0] & 2) != 0 ? RuleKind::tcp : RuleKind::http;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto text = input.substr(0, input.find('\0'));
    const auto line = input.substr(std::min(text.size() + 1, input.size()));

    const auto parsed = parse_rule(text, kind, syntax);
    if (!parsed) {
        fuzz::require(parsed.error().offset <= text.size(), "an error lies inside the text");
        fuzz::require(!parsed.error().message.empty(), "an error says something");
        return 0;
    }
    for (const auto& notice : parsed->notices)
        fuzz::require(notice.offset < text.size(), "a notice lies inside the text");
    fuzz::require(!model::in_words(*parsed->rule).empty(), "a rule can be put into words");
    (void)default_priority(text, *parsed->rule, kind);

    const bool holds = matches(*parsed->rule, line);
    fuzz::require(is_found(parsed->rule, line) == holds, "the index agrees with the rule");
    auto opposite = *parsed->rule;
    opposite.negate();
    fuzz::require(matches(opposite, line) != holds, "a negated rule is the opposite");
    fuzz::require(is_found(std::make_shared<const model::Rule>(opposite), line) != holds,
                  "the index agrees with the negated rule");
    return 0;
}
