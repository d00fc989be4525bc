#pragma once
// A rule: what must hold of a request (or of a connection that is passed on) for a router of Traefik's kind
// to take it. A tree of tests, joined by "and" and "or"; "not" stands at the tests alone. A plain value,
// immutable once it is part of a snapshot. It does not know who made it or which rule goes first: see
// rule_matcher.h.

#include "base/arena.h"
#include "base/arena_vector.h"
#include "http/head.h"
#include "http/routing_path.h"
#include "model/access.h"
#include "model/linear_regex.h"

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::model {

// What rules are asked about: views of what somebody else owns, for the time of one search. What takes work
// is computed when the first rule asks for it.
class RuleFacts {
public:
    explicit RuleFacts(Arena& arena) : arena_(&arena) {}

    // The Host of a request, or the name a TLS client asks for: lower case, without port, final dot, and
    // brackets; "": there is none.
    std::string_view host;
    std::string_view uri;   // path and query as sent
    std::string_view method;
    const http::Fields* fields = nullptr;       // null: none
    const sockaddr* client = nullptr;           // null: not known, and in no network
    std::span<const std::string> protocols{};   // that a TLS client offers (ALPN)

    [[nodiscard]] std::string_view path();                           // http::routing_path of `uri`
    [[nodiscard]] const ArenaVector<http::QueryPair>& arguments();   // those of its query
    [[nodiscard]] Arena& arena() const { return *arena_; }

private:
    Arena* arena_;
    std::optional<std::string_view> path_;
    ArenaVector<http::QueryPair> arguments_;
    bool knows_arguments_ = false;
};

struct RuleTest {
    enum class Kind : std::uint8_t {
        always,
        host,               // is `text`: lower case, no final dot, no brackets
        host_label_below,   // is one label and ".text"
        host_below,         // is one or more labels and ".text"
        host_regex,
        path,          // is `text`
        path_prefix,   // begins with `text`, byte by byte
        path_regex,
        method,           // is `text`; methods are case-sensitive
        field,            // one of the fields `name` (any case) has the value `text`
        field_regex,      // one of them has a value that matches
        argument,         // one of the arguments `name` (as written) has the value `text`
        argument_regex,   // one of them has a value that matches
        first_argument,   // the first of them has the value `text`
        first_argument_regex,
        client,     // is in `network`
        protocol,   // `text` is among the offered ones
    };
    Kind kind = Kind::always;
    bool negated = false;
    std::string name{};
    std::string text{};
    http::FieldId field_id = http::FieldId::other;   // of `name`
    std::shared_ptr<const LinearRegex> regex{};
    Network network{};

    [[nodiscard]] bool holds(RuleFacts& facts) const;   // `negated` taken into account
};

struct Rule {
    enum class Kind : std::uint8_t { test, all, any };
    Kind kind = Kind::test;
    RuleTest test{};             // of Kind::test
    std::vector<Rule> parts{};   // of the others: one at least

    [[nodiscard]] static Rule of(RuleTest test);
    [[nodiscard]] static Rule joined(Kind kind, std::vector<Rule> parts);   // of one part: that itself
    void negate();   // turns "and" and "or" around (De Morgan)
    [[nodiscard]] bool matches(RuleFacts& facts) const;
};

// The hosts that a rule names and does not exclude, as configurations write them ("a.example",
// "*.b.example"), in order, each once: what certificates are asked for.
[[nodiscard]] std::vector<std::string> hosts_named_in(const Rule& rule);

}   // namespace gatehouse::model
