#include "model/rule_key.h"

#include "base/text.h"

#include <algorithm>
#include <span>
#include <utility>

namespace gatehouse::model {
namespace {

using Keys = std::vector<RuleKey>;
using Kind = RuleAnchor::Kind;

// "and" of two lists of keys is their product. Beyond this many, the more selective list stands for both.
constexpr std::size_t largest_product = 256;

// A prefix of the path is found faster than a part of it. What ignores case could be asked of hosts alone,
// which are in lower case.
void add_required(const LinearRegex& regex, bool is_host, std::vector<RuleAnchor>& anchors) {
    const auto& required = regex.required();
    if (required.ignores_case && !is_host) return;
    if (!is_host && !required.prefix.empty()) anchors.push_back({Kind::path_prefix, required.prefix});
    for (const auto& part : required.parts)
        anchors.push_back({is_host ? Kind::part_of_host : Kind::part_of_path, part});
}

void limit(std::vector<RuleAnchor>& anchors) {
    if (anchors.size() <= RuleKey::most_anchors) return;
    std::ranges::stable_sort(anchors, [](const RuleAnchor& a, const RuleAnchor& b) {
        return std::pair(a.kind, a.text.size()) > std::pair(b.kind, b.text.size());
    });
    anchors.resize(RuleKey::most_anchors);
}

RuleKey key_of(const RuleTest& test) {
    RuleKey key;
    if (test.negated) return key;
    using Test = RuleTest::Kind;
    const auto at = [&](Kind kind) { key.anchors.push_back({kind, test.text, test.name, &test.network}); };
    switch (test.kind) {
        case Test::host: key.host_kind = RuleKey::Host::exact; break;
        case Test::host_label_below: key.host_kind = RuleKey::Host::label_below; break;
        case Test::host_below: key.host_kind = RuleKey::Host::below; break;
        case Test::host_regex: add_required(*test.regex, true, key.anchors); break;
        case Test::path: at(Kind::path); break;
        case Test::path_prefix: at(Kind::path_prefix); break;
        case Test::path_regex: add_required(*test.regex, false, key.anchors); break;
        case Test::field: at(Kind::field); break;
        case Test::field_regex: at(Kind::name_of_field); break;
        case Test::argument:
        case Test::first_argument: at(Kind::argument); break;
        case Test::argument_regex:
        case Test::first_argument_regex: at(Kind::name_of_argument); break;
        case Test::client: at(Kind::client); break;
        case Test::always:
        case Test::method:
        case Test::protocol: break;
    }
    if (key.host_kind != RuleKey::Host::any) key.host = test.text;
    limit(key.anchors);
    return key;
}

// What holds when both do: the more selective host, and the anchors of both.
RuleKey both(const RuleKey& a, const RuleKey& b) {
    RuleKey key = a;
    if (std::pair(b.host_kind, b.host.size()) > std::pair(a.host_kind, a.host.size())) {
        key.host_kind = b.host_kind;
        key.host = b.host;
    }
    key.anchors.insert(key.anchors.end(), b.anchors.begin(), b.anchors.end());
    limit(key.anchors);
    return key;
}

// How well the worst of the keys tells requests apart.
std::pair<RuleKey::Host, int> selectivity(const Keys& keys) {
    std::pair worst{RuleKey::Host::exact, 100};
    for (const auto& key : keys) {
        int best = -1;
        for (const auto& anchor : key.anchors) best = std::max(best, static_cast<int>(anchor.kind));
        worst = std::min(worst, std::pair(key.host_kind, best));
    }
    return worst;
}

Keys product(Keys a, Keys b) {
    if (a.size() * b.size() > largest_product)
        return selectivity(a) > selectivity(b) ? std::move(a) : std::move(b);
    Keys keys;
    for (const auto& one : a) {
        for (const auto& other : b) keys.push_back(both(one, other));
    }
    return keys;
}

}   // namespace

std::size_t RuleAnchor::hash() const {
    const std::hash<std::string_view> hash_text;
    const auto number = static_cast<std::size_t>(kind);
    if (kind == Kind::client) {
        const auto& bytes = network->address;
        return hash_text({reinterpret_cast<const char*>(bytes.data()), bytes.size()}) + network->prefix_bits;
    }
    const bool is_field = kind == Kind::field || kind == Kind::name_of_field;
    const std::size_t of_name = is_field ? CaseInsensitiveHash()(name) : hash_text(name);
    return (of_name * 31 + number) * 31 + hash_text(text);
}

Keys keys_of(const Rule& rule) {
    if (rule.kind == Rule::Kind::test) return {key_of(rule.test)};
    Keys keys = keys_of(rule.parts.front());
    for (const auto& part : std::span(rule.parts).subspan(1)) {
        auto more = keys_of(part);
        if (rule.kind == Rule::Kind::all) {
            keys = product(std::move(keys), std::move(more));
        } else {
            keys.insert(keys.end(), more.begin(), more.end());
        }
    }
    return keys;
}

}   // namespace gatehouse::model
