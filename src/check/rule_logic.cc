#include "check/rule_logic.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace gatehouse::check {
namespace {

using model::Rule;
using model::RuleTest;
using Kind = RuleTest::Kind;

bool is_about_host(Kind kind) {
    return kind == Kind::host || kind == Kind::host_label_below || kind == Kind::host_below ||
           kind == Kind::host_regex;
}

bool matches_everything(const model::LinearRegex& regex, bool may_be_empty) {
    constexpr std::array<std::string_view, 4> any = {".*", "^.*$", "^.*", ".*$"};
    constexpr std::array<std::string_view, 4> some = {".+", "^.+$", "^.+", ".+$"};
    if (std::ranges::find(any, regex.pattern()) != any.end()) return true;
    return !may_be_empty && std::ranges::find(some, regex.pattern()) != some.end();
}

// Holds of every request. Each path begins with a slash (but for `OPTIONS *`, which no router is made for),
// and what has no Host is answered by few.
bool always_holds(const RuleTest& test) {
    if (test.negated) return false;
    switch (test.kind) {
        case Kind::always: return true;
        case Kind::path_prefix: return test.text == "/";
        case Kind::path_regex: return matches_everything(*test.regex, false) || test.regex->pattern() == "^/";
        case Kind::host_regex: return matches_everything(*test.regex, false);
        default: return false;
    }
}

bool is_same(const RuleTest& a, const RuleTest& b) {
    if (a.kind != b.kind || a.text != b.text) return false;
    const bool is_field = a.kind == Kind::field || a.kind == Kind::field_regex;
    if (is_field ? !equals_ignoring_case(a.name, b.name) : a.name != b.name) return false;
    if ((a.regex == nullptr) != (b.regex == nullptr)) return false;
    if (a.regex != nullptr && a.regex->pattern() != b.regex->pattern()) return false;
    return a.network.kind == b.network.kind && a.network.address == b.network.address &&
           a.network.prefix_bits == b.network.prefix_bits;
}

bool is_below(std::string_view host, std::string_view domain) {
    return host.size() > domain.size() && host.ends_with(domain) &&
           host[host.size() - domain.size() - 1] == '.';
}

bool is_label_below(std::string_view host, std::string_view domain) {
    return is_below(host, domain) &&
           host.substr(0, host.size() - domain.size() - 1).find('.') == std::string_view::npos;
}

bool host_is_in(std::string_view host, const RuleTest& test) {
    switch (test.kind) {
        case Kind::host: return host == test.text;
        case Kind::host_label_below: return is_label_below(host, test.text);
        case Kind::host_below: return is_below(host, test.text);
        case Kind::host_regex: return test.regex->matches(host);
        default: return false;
    }
}

bool network_is_in(const model::Network& inner, const model::Network& outer) {
    if (inner.kind != outer.kind || inner.prefix_bits < outer.prefix_bits) return false;
    for (unsigned bit = 0; bit < outer.prefix_bits; ++bit) {
        const unsigned mask = 0x80U >> (bit % 8);
        if ((inner.address[bit / 8] & mask) != (outer.address[bit / 8] & mask)) return false;
    }
    return true;
}

// Neither is negated.
bool plainly_implies(const RuleTest& test, const RuleTest& other) {
    if (is_same(test, other)) return true;
    switch (test.kind) {
        case Kind::host: return is_about_host(other.kind) && host_is_in(test.text, other);
        case Kind::host_label_below:
        case Kind::host_below:
            return other.kind == Kind::host_below &&
                   (test.text == other.text || is_below(test.text, other.text));
        case Kind::path:
            if (other.kind == Kind::path_prefix) return test.text.starts_with(other.text);
            return other.kind == Kind::path_regex && other.regex->matches(test.text);
        case Kind::path_prefix: return other.kind == Kind::path_prefix && test.text.starts_with(other.text);
        case Kind::field:
            return other.kind == Kind::field_regex && equals_ignoring_case(test.name, other.name) &&
                   other.regex->matches(test.text);
        case Kind::argument:
            return other.kind == Kind::argument_regex && test.name == other.name &&
                   other.regex->matches(test.text);
        case Kind::client: return other.kind == Kind::client && network_is_in(test.network, other.network);
        default: return false;
    }
}

// Neither is negated.
bool plainly_exclude(const RuleTest& a, const RuleTest& b) {
    if (a.kind == Kind::host && is_about_host(b.kind)) return !host_is_in(a.text, b);
    if (b.kind == Kind::host && is_about_host(a.kind)) return !host_is_in(b.text, a);
    if (a.kind == Kind::path && b.kind == Kind::path) return a.text != b.text;
    if (a.kind == Kind::path && b.kind == Kind::path_prefix) return !a.text.starts_with(b.text);
    if (a.kind == Kind::path_prefix && b.kind == Kind::path) return !b.text.starts_with(a.text);
    if (a.kind == Kind::path && b.kind == Kind::path_regex) return !b.regex->matches(a.text);
    if (a.kind == Kind::path_regex && b.kind == Kind::path) return !a.regex->matches(b.text);
    if (a.kind == Kind::path_prefix && b.kind == Kind::path_prefix)
        return !a.text.starts_with(b.text) && !b.text.starts_with(a.text);
    return a.kind == Kind::method && b.kind == Kind::method && a.text != b.text;
}

bool exclude_each_other(const RuleTest& a, const RuleTest& b) {
    if (a.negated && b.negated) return false;
    if (a.negated) return plainly_implies(b, a);
    if (b.negated) return plainly_implies(a, b);
    return plainly_exclude(a, b);
}

bool implies(const RuleTest& test, const RuleTest& other) {
    if (always_holds(other)) return true;
    if (test.negated != other.negated) return !test.negated && plainly_exclude(test, other);
    return test.negated ? plainly_implies(other, test) : plainly_implies(test, other);
}

}   // namespace

bool implies(const Rule& rule, const Rule& other) {
    const auto implied = [&](const Rule& part) { return implies(rule, part); };
    const auto implying = [&](const Rule& part) { return implies(part, other); };
    if (rule.kind == Rule::Kind::any) return std::ranges::all_of(rule.parts, implying);
    if (other.kind == Rule::Kind::all) return std::ranges::all_of(other.parts, implied);
    if (other.kind == Rule::Kind::any && std::ranges::any_of(other.parts, implied)) return true;
    if (rule.kind == Rule::Kind::all) return std::ranges::any_of(rule.parts, implying);
    return other.kind == Rule::Kind::test && implies(rule.test, other.test);
}

bool exclude_each_other(const Rule& rule, const Rule& other) {
    const auto excluded = [&](const Rule& part) { return exclude_each_other(rule, part); };
    const auto excluding = [&](const Rule& part) { return exclude_each_other(part, other); };
    if (rule.kind == Rule::Kind::any) return std::ranges::all_of(rule.parts, excluding);
    if (other.kind == Rule::Kind::any) return std::ranges::all_of(other.parts, excluded);
    if (rule.kind == Rule::Kind::all) return std::ranges::any_of(rule.parts, excluding);
    if (other.kind == Rule::Kind::all) return std::ranges::any_of(other.parts, excluded);
    return exclude_each_other(rule.test, other.test);
}

bool never_holds(const Rule& rule) {
    if (rule.kind == Rule::Kind::any) return std::ranges::all_of(rule.parts, never_holds);
    if (rule.kind != Rule::Kind::all) return false;
    for (std::size_t i = 0; i < rule.parts.size(); ++i) {
        if (never_holds(rule.parts[i])) return true;
        for (std::size_t j = i + 1; j < rule.parts.size(); ++j) {
            if (exclude_each_other(rule.parts[i], rule.parts[j])) return true;
        }
    }
    return false;
}

}   // namespace gatehouse::check
