// tunnel_pass and what goes with it: CONNECT.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/services.h"
#include "faces/nginx/values.h"

namespace gatehouse::nginx::directives {
namespace {

using model::TunnelTargets;
using Host = TunnelTargets::Host;
using PortRange = TunnelTargets::PortRange;

void tunnel_to_host(Level& level, const Word& word) {
    Compilation& compilation = level.compilation;
    const auto endpoint = parse_endpoint(word.text, 0);
    if (!endpoint || !endpoint->uri.empty()) {
        compilation.error(word,
                          fmt::format("{} in upstream \"{}\"",
                                      endpoint ? std::string("invalid host") : endpoint.error(), word.text),
                          "expected host:port, unix:/path or the name of an upstream block");
        return;
    }
    auto service = service_of(compilation, *endpoint, word);
    if (!service) return;
    if (!service->is_explicit && !endpoint->has_port && !endpoint->is_unix) {
        compilation.error(word, fmt::format("no port in upstream \"{}\"", word.text),
                          fmt::format("expected {}:port, or the name of an upstream block", word.text));
        return;
    }
    level.tunnel.change().service = std::move(service);
}

std::optional<PortRange> parse_ports(std::string_view text) {
    const auto dash = text.find('-');
    const auto first = parse_decimal(text.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_decimal(text.substr(dash + 1));
    if (!first || !last || *first == 0 || *last > 65535 || *first > *last) return {};
    return PortRange{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

// Names are compared in lower case; ".example.com" is the name and all below it.
void add_host(Compilation& compilation, const Word& word, std::vector<Host>& hosts) {
    const std::string text = lower(word.text);
    bool host_bits_set = false;
    const bool has_brackets = text.starts_with('[') && text.ends_with(']');
    const auto number = has_brackets ? text.substr(1, text.size() - 2) : text;
    if (const auto network = model::Network::parse(number, host_bits_set);
        network && text != "all" && text != "unix:") {
        if (host_bits_set)
            compilation.warn(word, fmt::format("low address bits of {} are meaningless", word.text));
        hosts.push_back({.kind = Host::Kind::network, .name = {}, .network = *network});
        return;
    }
    const auto add = [&](Host::Kind kind, std::string_view name) {
        hosts.push_back({.kind = kind, .name = std::string(name), .network = {}});
    };
    if (text == "any" || text == "public")
        return add(text == "any" ? Host::Kind::any : Host::Kind::publics, {});
    const std::size_t wildcard = text.starts_with("*.") ? 2 : text.starts_with('.') ? 1 : 0;
    const auto name = std::string_view(text).substr(wildcard);
    if (name.empty() || name.starts_with('.') || name.ends_with('.') ||
        name.find_first_of("*:/[] \t") != std::string_view::npos) {
        compilation.invalid_parameter(
            word,
            "expected a name (\"example.com\", \"*.example.com\"), an address or a network, "
            "\"public\" or \"any\"");
        return;
    }
    if (wildcard != 2) add(Host::Kind::name, name);
    if (wildcard != 0) add(Host::Kind::wildcard, name);
}

bool has_if(const model::Script& script) {
    return std::ranges::any_of(script.entries, [](const auto& entry) {
        return std::holds_alternative<std::shared_ptr<const model::IfStep>>(entry.step);
    });
}

// Something here keeps somebody out, or says where to.
bool is_narrowed(const Level& level) {
    const auto& rules = level.route.access.rules;
    const bool denies = std::ranges::any_of(rules, [](const auto& rule) { return !rule.allow; });
    return denies || level.tunnel->allowed.has_hosts() || !level.tunnel->conditions.empty() ||
           has_if(level.route.script);
}

}   // namespace

void tunnel_pass(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    level.handler = HandlerChoice::tunnel;
    model::TunnelHandler& tunnel = level.tunnel.change();
    tunnel.origin = level.compilation.origin(directive);
    tunnel.service = nullptr;
    tunnel.target = {};
    tunnel.target_is_socket = false;
    const Word here{.text = "$host:$request_port", .position = directive.name.position};
    const Word& word = directive.arguments.empty() ? here : directive.arguments[0];
    if (!has_variables(word.text)) return tunnel_to_host(level, word);
    tunnel.target = level.compilation.variables.parse(word);
    tunnel.target_is_socket = word.text.starts_with("unix:/");
    if (level.context != at::if_in_location) level.run_time_tunnel = directive.name;
}

void tunnel_allow_ports(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    std::vector<PortRange> ports;
    for (const Word& word : directive.arguments) {
        const auto range = word.text == "any" ? PortRange{1, 65535} : parse_ports(word.text);
        if (!range) {
            level.compilation.invalid_parameter(word, "expected ports (443, 8000-8999) or \"any\"");
            return;
        }
        ports.push_back(*range);
    }
    level.tunnel.change().allowed.set_ports(std::move(ports));
}

void tunnel_allow_hosts(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    std::vector<Host> hosts;
    for (const Word& word : directive.arguments) add_host(level.compilation, word, hosts);
    level.tunnel.change().allowed.set_hosts(std::move(hosts));
}

void tunnel_allow_upstream(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    auto& conditions = level.tunnel.change().conditions;
    conditions.clear();
    for (const Word& word : directive.arguments)
        conditions.push_back(level.compilation.variables.parse(word));
}

void tunnel_bind(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    if (auto address = source_address_value(level, directive))
        level.tunnel.change().bind_address = *std::move(address);
}

void tunnel_buffer_size(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    if (const auto size = relay_buffer_value(level, directive)) level.tunnel.change().buffer_bytes = *size;
}

void tunnel_next_upstream(Level& level, const Directive& directive) {
    using Flag = bool model::NextUpstream::*;
    constexpr Choice<Flag> choices[] = {{"error", &model::NextUpstream::error},
                                        {"timeout", &model::NextUpstream::timeout},
                                        {"denied", &model::NextUpstream::denied},
                                        {"off", nullptr}};
    if (!level.once(directive)) return;
    model::NextUpstream& next = level.tunnel.change().next;
    next.error = next.timeout = next.denied = false;
    for (const Word& word : directive.arguments) {
        const auto choice = choice_value(level.compilation, word, choices);
        if (!choice) return;
        if (*choice != nullptr) next.*(*choice) = true;
    }
    const bool off = std::ranges::any_of(
        directive.arguments, [](const Word& word) { return equals_ignoring_case(word.text, "off"); });
    if (off) next.error = next.timeout = next.denied = false;
}

void note_tunnel(Level& level) {
    if (level.handler != HandlerChoice::tunnel || level.server == nullptr) return;
    level.server->site->has_tunnels = true;
    if (level.run_time_tunnel && !is_narrowed(level))
        level.server->open_tunnels.push_back(*level.run_time_tunnel);
}

void check_tunnels(const Level& level, const ServerDraft& draft) {
    const bool asks_for_certificates = level.tls->settings.client_verification == tls::ClientVerification::on;
    if (asks_for_certificates || has_if(draft.site->script)) return;
    for (const Word& where : draft.open_tunnels) {
        level.compilation.error(
            where, "\"tunnel_pass\" makes an open proxy of this: anybody could connect anywhere through it",
            "say who may (\"allow\" and \"deny\", \"ssl_verify_client on\") or where to "
            "(\"tunnel_allow_hosts\", \"tunnel_allow_upstream\", an \"if\" that refuses)");
    }
}

}   // namespace gatehouse::nginx::directives
