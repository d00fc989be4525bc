#include "faces/traefik/dynamic_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/suggestion.h"
#include "base/text.h"
#include "faces/traefik/text_template.h"

namespace gatehouse::traefik {
namespace {

model::Origin place_in(std::string_view text, std::size_t offset, const std::string& path) {
    const std::string_view before = text.substr(0, offset);
    const auto lines = std::ranges::count(before, '\n');
    const auto line_start = before.rfind('\n') + 1;   // npos + 1 is 0
    return {std::make_shared<const std::string>(path), static_cast<int>(lines) + 1,
            static_cast<int>(offset - line_start) + 1};
}

std::optional<std::string> rendered(std::string_view text, const std::string& path,
                                    const Environment& environment, Remarks& remarks) {
    const auto parsed = TextTemplate::parse(text);
    if (!parsed) {
        remarks.error(place_in(text, parsed.error().offset, path), parsed.error().message);
        return std::nullopt;
    }
    TemplateFacts facts;
    facts.environment = environment;
    auto out = parsed->render(facts);
    if (out) return std::move(*out);
    remarks.error(place_in(text, text.find("{{"), path), out.error());
    return std::nullopt;
}

template <class Items>
void add_items(Items& into, Items&& from, std::string_view kind, Remarks& remarks) {
    for (auto& [name, item] : from) {
        const model::Origin origin = item.source.origin;
        const auto [existing, is_new] = into.try_emplace(name, std::move(item));
        if (is_new) continue;
        remarks.warning(origin, fmt::format("the {} \"{}\" is defined in {} already: this one is skipped",
                                            kind, name, existing->second.source.origin.describe()));
    }
}

}   // namespace

void drop_unknown_roots(Node& root, const Table& table, Remarks& remarks) {
    std::vector<std::string_view> names;
    for (const Field& field : table.fields) names.push_back(field.name);
    std::erase_if(root.children, [&](const Node& node) {
        const bool known =
            std::ranges::any_of(names, [&](auto name) { return equals_ignoring_case(name, node.name); });
        if (!known) {
            std::string hint = did_you_mean(node.name, names);
            if (hint.empty()) hint = fmt::format("known are {}", fmt::join(names, ", "));
            remarks.warning(node.origin,
                            fmt::format("\"{}\" is no part of {}: it is not read", node.name, table.what),
                            std::move(hint));
        }
        return !known;
    });
}

std::optional<DynamicConfiguration> read_dynamic_file(std::string_view text, const std::string& path,
                                                      const Environment& environment, Remarks& remarks,
                                                      const FileLimits& limits) {
    std::optional<std::string> made;
    if (text.size() <= limits.bytes && text.find("{{") != std::string_view::npos) {
        made = rendered(text, path, environment, remarks);
        if (!made) return std::nullopt;
        text = *made;
    }
    auto tree = tree_of_file(text, path, limits, remarks);
    if (!tree) return std::nullopt;
    drop_unknown_roots(*tree, DynamicConfiguration::table(), remarks);
    const std::size_t errors_before = remarks.errors();
    DynamicConfiguration configuration;
    Decoding decoding(Written::in_file, remarks);
    decoding.read_object(*tree, configuration);
    if (remarks.errors() != errors_before) return std::nullopt;
    return configuration;
}

void add_file(DynamicConfiguration& into, DynamicConfiguration from, Remarks& remarks) {
    auto& [http, tcp, udp, tls] = from;
    add_items(into.http.routers, std::move(http.routers), "http router", remarks);
    add_items(into.http.services, std::move(http.services), "http service", remarks);
    add_items(into.http.middlewares, std::move(http.middlewares), "http middleware", remarks);
    add_items(into.http.servers_transports, std::move(http.servers_transports), "http serversTransport",
              remarks);
    add_items(into.tcp.routers, std::move(tcp.routers), "tcp router", remarks);
    add_items(into.tcp.services, std::move(tcp.services), "tcp service", remarks);
    add_items(into.tcp.middlewares, std::move(tcp.middlewares), "tcp middleware", remarks);
    add_items(into.tcp.servers_transports, std::move(tcp.servers_transports), "tcp serversTransport",
              remarks);
    add_items(into.udp.routers, std::move(udp.routers), "udp router", remarks);
    add_items(into.udp.services, std::move(udp.services), "udp service", remarks);
    add_items(into.tls.options, std::move(tls.options), "set of TLS options", remarks);
    add_items(into.tls.stores, std::move(tls.stores), "TLS store", remarks);
    for (TlsCertificate& certificate : tls.certificates)
        into.tls.certificates.push_back(std::move(certificate));
}

}   // namespace gatehouse::traefik
