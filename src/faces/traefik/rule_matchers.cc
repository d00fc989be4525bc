#include "faces/traefik/rule_matchers.h"

#include "base/text.h"
#include "faces/traefik/rule_template.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace gatehouse::traefik {
namespace {

using model::Rule;
using model::RuleTest;
using Kind = RuleTest::Kind;
using Tests = RuleResult<RuleTest>;

tl::unexpected<RuleError> fail_at(std::size_t offset, std::string message, std::string hint = {}) {
    return tl::unexpected(RuleError{offset, std::move(message), std::move(hint)});
}

// What builds a test may look at, and where it may leave a notice.
struct Building {
    const RuleCall& call;
    std::vector<RuleNotice>& notices;
    void notice(const RuleToken& argument, std::string message) const {
        notices.push_back({argument.offset, std::move(message)});
    }
};

RuleTest test_of(Kind kind, std::string text) {
    RuleTest test;
    test.kind = kind;
    test.text = std::move(text);
    return test;
}

// An error inside an argument is placed there when its bytes are those of the rule.
std::size_t inside(const RuleToken& argument, std::size_t offset) {
    return argument.offset + (argument.is_raw ? 1 + offset : 0);
}

Tests regex_test(Kind kind, const RuleToken& argument, std::string_view pattern) {
    auto compiled = model::LinearRegex::compile(pattern);
    if (!compiled) {
        const bool is_as_written = pattern == argument.text;
        return fail_at(inside(argument, is_as_written ? compiled.error().offset : 0),
                       "invalid regular expression: " + compiled.error().message);
    }
    RuleTest test;
    test.kind = kind;
    test.regex = std::move(*compiled);
    return test;
}

Tests template_test(Kind kind, const RuleToken& argument, const TemplateForm& form) {
    const auto pattern = template_regex(argument.text, form);
    if (!pattern) {
        auto error = pattern.error();
        error.offset = inside(argument, error.offset);
        return tl::unexpected(std::move(error));
    }
    return regex_test(kind, argument, *pattern);
}

std::optional<RuleError> not_ascii(const RuleToken& argument) {
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    if (std::ranges::all_of(argument.text, is_ascii)) return std::nullopt;
    return RuleError{argument.offset, "a host that is not ASCII",
                     "write it as it is sent, in Punycode (xn--…)"};
}

// As RuleFacts::host is.
std::string comparable_host(std::string_view host) {
    if (host.size() > 1 && host.ends_with('.')) host.remove_suffix(1);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return lower(host);
}

Tests host(const Building& building, const RuleToken& argument, bool knows_wildcards) {
    if (auto error = not_ascii(argument)) return tl::unexpected(std::move(*error));
    const auto name = comparable_host(argument.text);
    if (knows_wildcards && name == "*") return RuleTest{};
    if (knows_wildcards && name.starts_with("**.") && name.size() > 3)
        return test_of(Kind::host_below, name.substr(3));
    if (knows_wildcards && name.starts_with("*.") && name.size() > 2)
        return test_of(Kind::host_label_below, name.substr(2));
    if (name.find('*') != std::string::npos)
        building.notice(argument, knows_wildcards
                                      ? "no host is called that: a wildcard stands for all of the first "
                                        "label, as in *.example.com"
                                      : "no host is called that: the v2 syntax has no wildcards, use "
                                        "HostRegexp(`{name:.+}.example.com`)");
    return test_of(Kind::host, name);
}

Tests host_v2(const Building& building, const RuleToken& argument) { return host(building, argument, false); }
Tests host_v3(const Building& building, const RuleToken& argument) { return host(building, argument, true); }

Tests host_sni(const Building& building, const RuleToken& argument) {
    constexpr std::string_view others = ".-_:*";
    const auto is_expected = [&](char c) {
        return is_alpha(c) || is_digit(c) || others.find(c) != std::string_view::npos;
    };
    if (auto error = not_ascii(argument)) return tl::unexpected(std::move(*error));
    if (!std::ranges::all_of(argument.text, is_expected))
        return fail_at(argument.offset, "not a host name", "expected a name as in a TLS hello, or *");
    return host(building, argument, true);
}

void notice_template(const Building& building, const RuleToken& argument) {
    const auto brace = argument.text.find('{');
    if (brace == std::string::npos || brace + 1 >= argument.text.size()) return;
    if (!is_alpha(argument.text[brace + 1]) || argument.text.find('}', brace) == std::string::npos) return;
    building.notice(argument, "{name:expression} is of the v2 syntax; here braces stand for themselves");
}

Tests host_regex_v2(const Building&, const RuleToken& argument) {
    if (auto error = not_ascii(argument)) return tl::unexpected(std::move(*error));
    return template_test(Kind::host_regex, argument, {.unnamed = "[^.]+", .ignores_case = true});
}

Tests host_regex_v3(const Building& building, const RuleToken& argument) {
    if (auto error = not_ascii(argument)) return tl::unexpected(std::move(*error));
    notice_template(building, argument);
    return regex_test(Kind::host_regex, argument, argument.text);
}

// "%2f" of a reserved character compares as "%2F"; of any other character, as the character.
void notice_escapes(const Building& building, const RuleToken& argument) {
    Arena arena;
    model::RuleFacts facts(arena);
    const auto question = argument.text.find_first_of("?#");
    if (question != std::string::npos)
        building.notice(argument, "no path has a ? or # in it: a query is matched by Query");
    facts.uri = argument.text;
    if (question == std::string::npos && facts.path() != argument.text && !is_template(argument.text))
        building.notice(argument, "no request matches this as written; its path is compared as " +
                                      std::string(facts.path()));
}

std::optional<RuleError> not_a_path(const RuleToken& argument) {
    if (argument.text.starts_with('/')) return std::nullopt;
    return RuleError{argument.offset, "a path that does not begin with /"};
}

Tests literal_path(const Building& building, const RuleToken& argument, Kind kind) {
    if (auto error = not_a_path(argument)) return tl::unexpected(std::move(*error));
    notice_escapes(building, argument);
    notice_template(building, argument);
    return test_of(kind, argument.text);
}

Tests path_v3(const Building& building, const RuleToken& argument) {
    return literal_path(building, argument, Kind::path);
}
Tests path_prefix_v3(const Building& building, const RuleToken& argument) {
    return literal_path(building, argument, Kind::path_prefix);
}

Tests path_v2(const Building& building, const RuleToken& argument) {
    if (!is_template(argument.text)) return path_v3(building, argument);
    if (auto error = not_a_path(argument)) return tl::unexpected(std::move(*error));
    return template_test(Kind::path_regex, argument, {.unnamed = "[^/]+"});
}

Tests path_prefix_v2(const Building& building, const RuleToken& argument) {
    if (!is_template(argument.text)) return path_prefix_v3(building, argument);
    if (auto error = not_a_path(argument)) return tl::unexpected(std::move(*error));
    return template_test(Kind::path_regex, argument, {.unnamed = "[^/]+", .to_end = false});
}

Tests path_regex(const Building& building, const RuleToken& argument) {
    notice_template(building, argument);
    return regex_test(Kind::path_regex, argument, argument.text);
}

Tests method(const Building&, const RuleToken& argument) {
    std::string name = argument.text;
    std::ranges::transform(name, name.begin(), to_upper);
    return test_of(Kind::method, std::move(name));
}

Tests client_ip(const Building&, const RuleToken& argument) {
    bool host_bits = false;
    const auto network = model::Network::parse(argument.text, host_bits);
    if (!network || network->kind == model::Network::Kind::all ||
        network->kind == model::Network::Kind::unix_sockets)
        return fail_at(argument.offset, "not an address",
                       "expected an IP address or a network, such as 192.168.1.0/24");
    RuleTest test;
    test.kind = Kind::client;
    test.network = *network;
    return test;
}

Tests alpn(const Building&, const RuleToken& argument) {
    if (argument.text == "acme-tls/1")
        return fail_at(argument.offset, "acme-tls/1 is answered by the gateway itself");
    return test_of(Kind::protocol, argument.text);
}

// "key=value" or "key=template"; the first argument of that name counts.
Tests query_v2(const Building&, const RuleToken& argument) {
    const auto equals = argument.text.find('=');
    if (equals == std::string::npos || equals == 0)
        return fail_at(argument.offset, "a query without name or value", "expected `name=value`");
    RuleToken value = argument;
    value.text.erase(0, equals + 1);
    value.is_raw = false;
    Tests test = !value.text.empty() && !is_template(value.text)
                     ? test_of(Kind::first_argument, value.text)
                     : template_test(Kind::first_argument_regex, value,
                                     {.unnamed = ".*", .to_end = !value.text.empty()});
    if (test) test->name = argument.text.substr(0, equals);
    return test;
}

// The matchers with a key: of what the value may be.
Tests value_text(Kind kind, const RuleToken& key, const RuleToken* value) {
    auto test = test_of(kind, value == nullptr ? std::string() : value->text);
    test.name = key.text;
    return test;
}
Tests value_regex(Kind kind, const RuleToken& key, const RuleToken* value) {
    auto test = regex_test(kind, *value, value->text);
    if (test) test->name = key.text;
    return test;
}

Tests field(const Building& building, const RuleToken& key, const RuleToken* value, bool is_regex) {
    if (equals_ignoring_case(key.text, "host"))
        building.notice(key, "Host is not among the headers that rules see: use the matcher Host");
    auto test = is_regex ? value_regex(Kind::field_regex, key, value) : value_text(Kind::field, key, value);
    if (test) test->field_id = http::field_id(key.text);
    return test;
}

Tests header(const Building& building, const RuleToken& key, const RuleToken* value) {
    return field(building, key, value, false);
}
Tests header_regex(const Building& building, const RuleToken& key, const RuleToken* value) {
    return field(building, key, value, true);
}
Tests query_v3(const Building&, const RuleToken& key, const RuleToken* value) {
    return value_text(Kind::argument, key, value);
}
Tests query_regex(const Building& building, const RuleToken& key, const RuleToken* value) {
    return value == nullptr ? query_v3(building, key, value) : value_regex(Kind::argument_regex, key, value);
}

enum class Arguments : std::uint8_t {
    any_of,      // one or more, of which one must hold
    all_of,      // one or more, all must hold
    pair,        // key and value; in v2 several pairs, all must hold
    key_value,   // key, perhaps a value
};
using OfOne = Tests (*)(const Building&, const RuleToken&);
using OfPair = Tests (*)(const Building&, const RuleToken&, const RuleToken*);

struct Matcher {
    std::string_view name;
    RuleKind kind;
    RuleSyntax syntax;
    Arguments arguments;
    OfOne of_one = nullptr;     // of any_of and all_of
    OfPair of_pair = nullptr;   // of pair and key_value
};

constexpr auto of_http = RuleKind::http;
constexpr auto of_tcp = RuleKind::tcp;
constexpr auto v2 = RuleSyntax::v2;
constexpr auto v3 = RuleSyntax::v3;
constexpr auto matchers = std::to_array<Matcher>({
    {"ClientIP", of_http, v3, Arguments::any_of, client_ip},
    {"Header", of_http, v3, Arguments::pair, nullptr, header},
    {"HeaderRegexp", of_http, v3, Arguments::pair, nullptr, header_regex},
    {"Host", of_http, v3, Arguments::any_of, host_v3},
    {"HostRegexp", of_http, v3, Arguments::any_of, host_regex_v3},
    {"Method", of_http, v3, Arguments::any_of, method},
    {"Path", of_http, v3, Arguments::any_of, path_v3},
    {"PathPrefix", of_http, v3, Arguments::any_of, path_prefix_v3},
    {"PathRegexp", of_http, v3, Arguments::any_of, path_regex},
    {"Query", of_http, v3, Arguments::key_value, nullptr, query_v3},
    {"QueryRegexp", of_http, v3, Arguments::key_value, nullptr, query_regex},
    {"ClientIP", of_http, v2, Arguments::any_of, client_ip},
    {"Headers", of_http, v2, Arguments::pair, nullptr, header},
    {"HeadersRegexp", of_http, v2, Arguments::pair, nullptr, header_regex},
    {"Host", of_http, v2, Arguments::any_of, host_v2},
    {"HostHeader", of_http, v2, Arguments::any_of, host_v2},
    {"HostRegexp", of_http, v2, Arguments::any_of, host_regex_v2},
    {"Method", of_http, v2, Arguments::any_of, method},
    {"Path", of_http, v2, Arguments::any_of, path_v2},
    {"PathPrefix", of_http, v2, Arguments::any_of, path_prefix_v2},
    {"Query", of_http, v2, Arguments::all_of, query_v2},
    {"ALPN", of_tcp, v3, Arguments::any_of, alpn},
    {"ClientIP", of_tcp, v3, Arguments::any_of, client_ip},
    {"HostSNI", of_tcp, v3, Arguments::any_of, host_sni},
    {"HostSNIRegexp", of_tcp, v3, Arguments::any_of, host_regex_v3},
    {"ALPN", of_tcp, v2, Arguments::any_of, alpn},
    {"ClientIP", of_tcp, v2, Arguments::any_of, client_ip},
    {"HostSNI", of_tcp, v2, Arguments::any_of, host_sni},
    {"HostSNIRegexp", of_tcp, v2, Arguments::any_of, host_regex_v2},
});

// As written here, all lower case, all upper case, or with its first letter alone in upper case.
bool is_spelling_of(std::string_view written, std::string_view name) {
    if (written == name) return true;
    if (!equals_ignoring_case(written, name)) return false;
    const auto is_lower = [](char c) { return c == to_lower(c); };
    const auto is_upper = [](char c) { return c == to_upper(c); };
    return std::ranges::all_of(written.substr(1), is_lower) || std::ranges::all_of(written, is_upper);
}

std::string hint_for(std::string_view name, RuleKind kind, RuleSyntax syntax) {
    const Matcher* nearest = nullptr;
    std::size_t distance = 4;   // farther ones are other words
    for (const auto& matcher : matchers) {
        if (matcher.kind != kind || matcher.syntax != syntax) continue;
        const auto far = edit_distance(lower(name), lower(matcher.name));
        if (far >= distance) continue;
        nearest = &matcher;
        distance = far;
    }
    if (nearest != nullptr) return "did you mean " + std::string(nearest->name) + "?";
    std::string known = "known are";
    for (const auto& matcher : matchers) {
        if (matcher.kind == kind && matcher.syntax == syntax) known.append(" ").append(matcher.name);
    }
    return known;
}

RuleResult<const Matcher*> find_matcher(const RuleToken& name, RuleKind kind, RuleSyntax syntax) {
    const auto is_named = [&](const Matcher& matcher) {
        return matcher.kind == kind && is_spelling_of(name.text, matcher.name);
    };
    for (const auto& matcher : matchers) {
        if (matcher.syntax == syntax && is_named(matcher)) return &matcher;
    }
    const std::string quoted = "\"" + name.text.substr(0, 40) + "\"";
    const auto hint = hint_for(name.text, kind, syntax);
    if (std::ranges::any_of(matchers, is_named)) {
        const bool is_v3 = syntax == RuleSyntax::v3;
        return fail_at(name.offset, quoted + " is a matcher of the " + (is_v3 ? "v2" : "v3") + " syntax",
                       hint);
    }
    return fail_at(name.offset, "unknown matcher " + quoted, hint);
}

std::optional<RuleError> wrong_count(const Matcher& matcher, const RuleCall& call) {
    const std::size_t count = call.arguments.size();
    const auto error = [&](std::string expected) {
        const std::size_t where = count == 0 ? call.end : call.arguments.back().offset;
        return RuleError{where, std::string(matcher.name) + " with " + std::to_string(count) + " values",
                         "expected " + std::move(expected)};
    };
    if (count == 0)
        return error(matcher.of_pair == nullptr ? "a value"
                                                : "a name and a value, such as (`name`, `value`)");
    switch (matcher.arguments) {
        case Arguments::any_of:
        case Arguments::all_of: return std::nullopt;
        case Arguments::pair:
            if (count == 2 || (matcher.syntax == RuleSyntax::v2 && count % 2 == 0)) return std::nullopt;
            return error("a name and a value");
        case Arguments::key_value:
            if (count <= 2) return std::nullopt;
            return error("a name and perhaps a value");
    }
    return std::nullopt;
}

}   // namespace

RuleResult<Rule> rule_of_call(const RuleCall& call, RuleKind kind, RuleSyntax syntax,
                              std::vector<RuleNotice>& notices) {
    const auto matcher = find_matcher(call.name, kind, syntax);
    if (!matcher) return tl::unexpected(matcher.error());
    for (const auto& argument : call.arguments) {
        if (argument.text.empty()) return fail_at(argument.offset, "an empty value");
    }
    if (auto error = wrong_count(**matcher, call)) return tl::unexpected(std::move(*error));
    const Building building{call, notices};
    const bool is_single = (*matcher)->of_pair == nullptr;
    if (is_single && syntax == RuleSyntax::v3 && call.arguments.size() > 1) {
        building.notice(call.arguments[1], std::string((*matcher)->name) +
                                               " takes one value in the v3 syntax: any of these is accepted");
    }
    std::vector<Rule> parts;
    const std::size_t step = is_single ? 1 : 2;
    for (std::size_t i = 0; i < call.arguments.size(); i += step) {
        const auto& first = call.arguments[i];
        const auto* second = i + 1 < call.arguments.size() ? &call.arguments[i + 1] : nullptr;
        auto test =
            is_single ? (*matcher)->of_one(building, first) : (*matcher)->of_pair(building, first, second);
        if (!test) return tl::unexpected(std::move(test.error()));
        parts.push_back(Rule::of(std::move(*test)));
    }
    const bool is_any = (*matcher)->arguments == Arguments::any_of;
    return Rule::joined(is_any ? Rule::Kind::any : Rule::Kind::all, std::move(parts));
}

}   // namespace gatehouse::traefik
