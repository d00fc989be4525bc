#include "faces/traefik/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/suggestion.h"
#include "base/text.h"

namespace gatehouse::traefik {
namespace {

constexpr std::string_view prefix = "traefik.";
// What Traefik reads of labels; whatever else begins with "traefik." it passes over.
constexpr std::array<std::string_view, 7> read_prefixes = {
    "traefik.http.",   "traefik.tcp.",   "traefik.udp.",  "traefik.tls.stores.default",
    "traefik.docker.", "traefik.swarm.", "traefik.enable"};
// Labels of Traefik 1, which had no routers: they mean nothing to later ones.
constexpr std::array<std::string_view, 8> labels_of_version_1 = {
    "backend", "frontend", "port", "protocol", "weight", "domain", "basic", "circuitbreaker"};

bool begins_with_any(std::string_view key, std::span<const std::string_view> prefixes) {
    return std::ranges::any_of(prefixes,
                               [&](std::string_view p) { return starts_with_ignoring_case(key, p); });
}

}   // namespace

model::Origin origin_of_label(std::string_view key) {
    return {std::make_shared<const std::string>(fmt::format("label {}", key)), 0, 0};
}

bool are_acceptable(const Labels& labels, const TreeLimits& limits, Remarks& remarks) {
    const std::size_t errors_before = remarks.errors();
    std::size_t count = 0;
    std::size_t total = 0;
    for (const auto& [key, value] : labels) {
        if (!starts_with_ignoring_case(key, prefix)) continue;
        const auto shown_key = std::string_view(key).substr(0, 80);
        ++count;
        total += key.size() + value.size();
        if (key.size() > limits.key_bytes) {
            remarks.error(origin_of_label(shown_key),
                          fmt::format("the label's name is longer than {} bytes", limits.key_bytes));
        }
        if (value.size() > limits.value_bytes) {
            remarks.error(origin_of_label(shown_key),
                          fmt::format("the label's value is longer than {} bytes", limits.value_bytes));
        }
        if (!is_valid_utf8(key) || !is_valid_utf8(value)) {
            remarks.error(origin_of_label(shown_key), "the label is not valid UTF-8");
        }
    }
    if (count > limits.pairs) {
        remarks.error({}, fmt::format("{} labels for Traefik: at most {}", count, limits.pairs));
    }
    if (total > limits.total_bytes) {
        remarks.error({},
                      fmt::format("{} bytes of labels for Traefik: at most {}", total, limits.total_bytes));
    }
    return remarks.errors() == errors_before;
}

std::optional<Node> tree_of(const Labels& labels, std::span<const std::string_view> filters,
                            const TreeLimits& limits, Remarks& remarks) {
    Node root{"traefik", std::nullopt, {}, {}};
    bool whole = true;
    for (const auto& [key, value] : labels) {
        if (!begins_with_any(key, filters)) continue;
        if (!key.starts_with(prefix)) {
            remarks.error(origin_of_label(key), "the first element is \"traefik\" in lower case",
                          fmt::format("write {}{}", prefix, key.substr(prefix.size())));
            whole = false;
            continue;
        }
        auto wrong =
            add_pair(root, std::string_view(key).substr(prefix.size()), value, origin_of_label(key), limits);
        if (!wrong) continue;
        remarks.error(origin_of_label(key), std::move(*wrong));
        whole = false;
    }
    if (!whole) return std::nullopt;
    return root;
}

void note_unread(const Labels& labels, std::string_view constraints, Remarks& remarks) {
    for (const auto& [key, value] : labels) {
        if (!starts_with_ignoring_case(key, prefix) || begins_with_any(key, read_prefixes)) continue;
        if (constraints.find(key) != std::string_view::npos) continue;
        const auto rest = std::string_view(key).substr(prefix.size());
        const auto first = rest.substr(0, rest.find('.'));
        if (equals_ignoring_case(first, "tls")) {
            remarks.warning(origin_of_label(key), "of TLS a label can only set the store \"default\"",
                            "write it in a file");
        } else if (std::ranges::find(labels_of_version_1, lower(first)) != labels_of_version_1.end()) {
            remarks.warning(origin_of_label(key),
                            "a label of Traefik 1, which has no meaning since Traefik 2",
                            "routers and services: traefik.http.routers.NAME.rule=…");
        } else {
            remarks.notice(origin_of_label(key), "not a label of Traefik: it has no effect",
                           did_you_mean(first, {"http", "tcp", "udp", "tls", "docker", "swarm", "enable"}));
        }
    }
}

}   // namespace gatehouse::traefik
