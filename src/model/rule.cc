#include "model/rule.h"

#include "base/text.h"
#include "model/wildcard_names.h"

#include <algorithm>
#include <utility>

namespace gatehouse::model {
namespace {

using Kind = RuleTest::Kind;

bool is_below(std::string_view host, std::string_view domain, bool one_label) {
    if (host.size() > longest_host_name_bytes) return false;
    if (host.size() < domain.size() + 2 || !host.ends_with(domain)) return false;
    const auto labels = host.substr(0, host.size() - domain.size());
    if (labels.back() != '.') return false;
    return !one_label || labels.find('.') == labels.size() - 1;
}

template <class Wanted>
bool any_field(const RuleTest& test, const RuleFacts& facts, const Wanted& wanted) {
    // for Go, and so for Traefik, Host is no header
    if (facts.fields == nullptr || test.field_id == http::FieldId::host) return false;
    return std::ranges::any_of(*facts.fields, [&](const http::Field& field) {
        if (field.id != test.field_id) return false;
        if (field.id == http::FieldId::other && !equals_ignoring_case(field.name, test.name)) return false;
        return wanted(field.value);
    });
}

template <class Wanted>
bool any_argument(const RuleTest& test, RuleFacts& facts, bool only_first, const Wanted& wanted) {
    for (const auto& pair : facts.arguments()) {
        if (pair.name != test.name) continue;
        if (wanted(pair.value)) return true;
        if (only_first) return false;
    }
    return false;
}

bool holds_unnegated(const RuleTest& test, RuleFacts& facts) {
    const auto is_text = [&](std::string_view value) { return value == test.text; };
    const auto matches = [&](std::string_view value) { return test.regex->matches(value); };
    switch (test.kind) {
        case Kind::always: return true;
        case Kind::host: return facts.host == test.text;
        case Kind::host_label_below: return is_below(facts.host, test.text, true);
        case Kind::host_below: return is_below(facts.host, test.text, false);
        case Kind::host_regex: return matches(facts.host);
        case Kind::path: return facts.path() == test.text;
        case Kind::path_prefix: return facts.path().starts_with(test.text);
        case Kind::path_regex: return matches(facts.path());
        case Kind::method: return facts.method == test.text;
        case Kind::field: return any_field(test, facts, is_text);
        case Kind::field_regex: return any_field(test, facts, matches);
        case Kind::argument: return any_argument(test, facts, false, is_text);
        case Kind::argument_regex: return any_argument(test, facts, false, matches);
        case Kind::first_argument: return any_argument(test, facts, true, is_text);
        case Kind::first_argument_regex: return any_argument(test, facts, true, matches);
        case Kind::client: return facts.client != nullptr && test.network.contains(*facts.client);
        case Kind::protocol: return std::ranges::find(facts.protocols, test.text) != facts.protocols.end();
    }
    return false;
}

void add_hosts(const Rule& rule, std::vector<std::string>& hosts) {
    for (const auto& part : rule.parts) add_hosts(part, hosts);
    if (rule.kind != Rule::Kind::test || rule.test.negated) return;
    std::string host;
    switch (rule.test.kind) {
        case Kind::host: host = rule.test.text; break;
        case Kind::host_label_below: host = "*." + rule.test.text; break;
        case Kind::host_below: host = "**." + rule.test.text; break;
        default: return;
    }
    if (std::ranges::find(hosts, host) == hosts.end()) hosts.push_back(std::move(host));
}

}   // namespace

std::string_view RuleFacts::path() {
    if (!path_) path_ = http::routing_path(uri, *arena_);
    return *path_;
}

const ArenaVector<http::QueryPair>& RuleFacts::arguments() {
    if (std::exchange(knows_arguments_, true)) return arguments_;
    const auto question = uri.find('?');
    if (question == std::string_view::npos) return arguments_;
    auto query = uri.substr(question + 1);
    query = query.substr(0, query.find('#'));
    while (const auto pair = http::next_query_pair(query, *arena_)) arguments_.emplace_back(*arena_) = *pair;
    return arguments_;
}

bool RuleTest::holds(RuleFacts& facts) const { return holds_unnegated(*this, facts) != negated; }

Rule Rule::of(RuleTest test) {
    Rule rule;
    rule.test = std::move(test);
    return rule;
}

Rule Rule::joined(Kind kind, std::vector<Rule> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    Rule rule;
    rule.kind = kind;
    rule.parts = std::move(parts);
    return rule;
}

void Rule::negate() {
    switch (kind) {
        case Kind::test: test.negated = !test.negated; return;
        case Kind::all: kind = Kind::any; break;
        case Kind::any: kind = Kind::all; break;
    }
    for (auto& part : parts) part.negate();
}

bool Rule::matches(RuleFacts& facts) const {
    const auto part_matches = [&](const Rule& part) { return part.matches(facts); };
    switch (kind) {
        case Kind::test: return test.holds(facts);
        case Kind::all: return std::ranges::all_of(parts, part_matches);
        case Kind::any: return std::ranges::any_of(parts, part_matches);
    }
    return false;
}

std::vector<std::string> hosts_named_in(const Rule& rule) {
    std::vector<std::string> hosts;
    add_hosts(rule, hosts);
    return hosts;
}

}   // namespace gatehouse::model
