#include "faces/traefik/compile_entry_points.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace gatehouse::traefik {
namespace {

constexpr std::string_view internal_name = "traefik";   // never a default entry point

std::vector<model::Network> networks(const std::vector<std::string>& texts, const model::Origin& origin,
                                     Remarks& remarks) {
    std::vector<model::Network> found;
    for (const std::string& text : texts) {
        bool ignored = false;
        if (const auto network = model::Network::parse(text, ignored)) {
            found.push_back(*network);
        } else {
            remarks.error(origin, fmt::format("\"{}\" is neither an address nor a network", text),
                          "expected one as in 10.0.0.1 or 10.0.0.0/8");
        }
    }
    return found;
}

model::Milliseconds milliseconds(Duration time) {
    return std::chrono::duration_cast<model::Milliseconds>(time);
}

class Making {
public:
    Making(const std::string& name, const EntryPoint& written, const Surroundings& surroundings,
           Remarks& remarks)
        : name_(name), written_(written), surroundings_(surroundings), remarks_(remarks) {}

    ReadyEntryPoint make() {
        ready_.name = name_;
        ready_.udp = written_.address.ends_with("/udp");
        ready_.udp_timeout = std::max(milliseconds(written_.udp.timeout), model::Milliseconds(1));
        if (auto addresses = read_entry_point_address(written_.address, surroundings_)) {
            ready_.addresses = std::move(*addresses);
        } else {
            error(addresses.error(), "expected an address as in :80 or 127.0.0.1:8080");
        }
        ready_.tls = written_.http.tls.has_value();
        if (written_.http.tls) ready_.tls_options = written_.http.tls->options;
        for (const std::string& middleware : written_.http.middlewares)
            ready_.middlewares.push_back(middleware);
        const auto& timeouts = written_.transport.responding_timeouts;
        ready_.read_timeout = milliseconds(timeouts.read_timeout);
        ready_.write_timeout = milliseconds(timeouts.write_timeout);
        ready_.idle_timeout = milliseconds(timeouts.idle_timeout);
        ready_.keepalive_time = milliseconds(written_.transport.keep_alive_max_time);
        ready_.keepalive_requests =
            static_cast<std::uint64_t>(std::max<std::int64_t>(written_.transport.keep_alive_max_requests, 0));
        ready_.http2_streams = static_cast<unsigned>(std::clamp<std::int64_t>(
            written_.http2.max_concurrent_streams, 1, std::numeric_limits<std::int32_t>::max()));
        take_proxy_protocol();
        take_forwarded_headers();
        return std::move(ready_);
    }

private:
    void error(std::string message, std::string hint) {
        remarks_.error(written_.source.origin, fmt::format("entry point \"{}\": {}", name_, message),
                       std::move(hint));
    }

    void take_proxy_protocol() {
        if (!written_.proxy_protocol) return;
        ready_.proxy_protocol = true;
        ready_.real_ip.source = model::RealIp::Source::proxy_protocol;
        ready_.real_ip.networks =
            networks(written_.proxy_protocol->trusted_ips, written_.source.origin, remarks_);
        if (written_.proxy_protocol->insecure) ready_.real_ip.networks = {model::Network{}};
    }

    void take_forwarded_headers() {
        const auto& headers = written_.forwarded_headers;
        auto filter = std::make_shared<model::Filter>();
        filter->name = "forwarded headers of " + name_;
        filter->origin = written_.source.origin;
        model::ForwardedHeaders settings;
        settings.trust_all = headers.insecure;
        settings.trusted = networks(headers.trusted_ips, written_.source.origin, remarks_);
        settings.server = surroundings_.hostname;
        filter->settings = std::move(settings);
        ready_.filters.push_back(std::move(filter));
        if (!written_.http.sanitize_path) return;
        auto clean = std::make_shared<model::Filter>();
        clean->name = "clean paths of " + name_;
        clean->origin = written_.source.origin;
        clean->settings = model::CleanPath{};
        ready_.filters.push_back(std::move(clean));
    }

    const std::string& name_;
    const EntryPoint& written_;
    const Surroundings& surroundings_;
    Remarks& remarks_;
    ReadyEntryPoint ready_;
};

std::string escape_regex(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (!is_alpha(c) && !is_digit(c) && c != '/') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

// "web", or ":443" as it is → the port that clients are sent to; "" for what is no port.
std::string port_of(const StaticConfiguration& configuration, const std::string& to) {
    const auto named = configuration.entry_points.find(to);
    std::string_view address = named == configuration.entry_points.end() ? to : named->second.address;
    address = address.substr(0, address.find('/'));
    const auto colon = address.rfind(':');
    return colon == std::string_view::npos ? std::string() : std::string(address.substr(colon + 1));
}

void add_redirection(const StaticConfiguration& configuration, const std::string& name,
                     const EntryPointRedirect& redirect, HttpConfiguration& into) {
    const std::string router_name = name + "-to-" + redirect.to;
    Middleware middleware;
    middleware.redirect_scheme = RedirectScheme{.scheme = redirect.scheme,
                                                .port = port_of(configuration, redirect.to),
                                                .permanent = redirect.permanent};
    into.middlewares["redirect-" + router_name] = middleware;
    Router router;
    router.entry_points = {name};
    router.middlewares = {"redirect-" + router_name};
    router.service = "noop";
    router.rule = "HostRegexp(`^.+$`)";
    router.rule_syntax = "v3";
    router.priority = redirect.priority;
    into.routers[router_name] = std::move(router);
}

// As Traefik orders them: before whatever labels say of this entry point.
constexpr std::int64_t ping_priority = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t api_priority = ping_priority - 1, page_priority = ping_priority - 2;

Router internal_router(const std::string& entry_point, std::string rule, std::string service,
                       std::int64_t priority) {
    Router router;
    router.entry_points = {entry_point};
    router.rule = std::move(rule);
    router.service = std::move(service);
    router.rule_syntax = "v3";
    router.priority = priority;
    return router;
}

void add_api(const ApiSettings& api, HttpConfiguration& into) {
    const std::string base = base_path_of(api), name(internal_name);
    into.services["api"];   // what answers them is told to the compiler
    if (api.dashboard) into.services["dashboard"];
    if (!api.insecure) return;
    into.routers["api"] =
        internal_router(name, fmt::format("PathPrefix(`{}/api`)", base), "api@internal", api_priority);
    if (!api.dashboard) return;
    auto page = internal_router(name, fmt::format("PathPrefix(`{}`)", base.empty() ? "/" : base),
                                "dashboard@internal", page_priority);
    page.middlewares = {"dashboard_redirect@internal", "dashboard_stripprefix@internal"};
    into.routers["dashboard"] = std::move(page);
    Middleware redirect;
    redirect.redirect_regex.emplace();
    redirect.redirect_regex->regex =
        fmt::format(R"(^(https?://(\[[\w:.]+\]|[\w._-]+)(:\d+)?){}/?$)", escape_regex(base));
    redirect.redirect_regex->replacement = fmt::format("${{1}}{}/dashboard/", base);
    into.middlewares["dashboard_redirect"] = std::move(redirect);
    Middleware strip;
    strip.strip_prefix.emplace();
    strip.strip_prefix->prefixes = {base + "/dashboard/", base + "/dashboard"};
    into.middlewares["dashboard_stripprefix"] = std::move(strip);
}

void add_ping(const PingSettings& ping, HttpConfiguration& into) {
    into.services["ping"];
    if (ping.manual_routing) return;
    into.routers["ping"] =
        internal_router(ping.entry_point, "PathPrefix(`/ping`)", "ping@internal", ping_priority);
}

}   // namespace

std::string base_path_of(const ApiSettings& api) {
    std::string_view path = api.base_path;
    while (path.ends_with('/')) path.remove_suffix(1);
    return std::string(path);
}

tl::expected<std::vector<SocketAddress>, std::string> read_entry_point_address(
    std::string_view address, const Surroundings& surroundings) {
    if (address.ends_with("/tcp") || address.ends_with("/udp")) address.remove_suffix(4);
    const auto colon = address.rfind(':');
    if (colon == std::string_view::npos)
        return tl::unexpected(fmt::format("address \"{}\" has no port", address));
    std::string_view host = address.substr(0, colon);
    const std::string_view digits = address.substr(colon + 1);
    const auto number = parse_decimal(digits);
    if (!number || *number > std::numeric_limits<std::uint16_t>::max())
        return tl::unexpected(fmt::format("\"{}\" is no port", digits));
    const auto port = static_cast<std::uint16_t>(*number);
    if (equals_ignoring_case(host, "localhost")) host = "127.0.0.1";
    std::vector<SocketAddress> found;
    const auto add = [&](std::string_view literal) {
        SocketAddress one;
        if (SocketAddress::parse(literal, port, one)) found.push_back(one);
    };
    if (host.empty()) {
        if (surroundings.has_ipv4) add("0.0.0.0");
        if (surroundings.has_ipv6) add("::");
    } else {
        add(host);
    }
    if (found.empty()) return tl::unexpected(fmt::format("\"{}\" is no address", host));
    return found;
}

std::vector<ReadyEntryPoint> compile_entry_points(const StaticConfiguration& configuration,
                                                  const Surroundings& surroundings, Remarks& remarks) {
    const auto is_chosen = [](const auto& entry) { return entry.second.as_default; };
    const bool some_are_chosen = std::ranges::any_of(configuration.entry_points, is_chosen);
    std::vector<ReadyEntryPoint> ready;
    for (const auto& [name, written] : configuration.entry_points) {
        ready.push_back(Making(name, written, surroundings, remarks).make());
        ready.back().is_default = some_are_chosen ? written.as_default : name != internal_name;
        const auto& redirections = written.http.redirections;
        if (!redirections || !redirections->entry_point) continue;
        const std::string& to = redirections->entry_point->to;
        if (!to.starts_with(':') && !configuration.entry_points.contains(to)) {
            remarks.error(
                written.source.origin,
                fmt::format("entry point \"{}\" redirects to \"{}\", which does not exist", name, to));
        }
    }
    return ready;
}

Provided internal_provider(const StaticConfiguration& configuration) {
    Provided provided;
    provided.name = "internal";
    auto& http = provided.configuration.http;
    http.services["noop"].load_balancer.emplace();
    if (configuration.api) add_api(*configuration.api, http);
    if (configuration.ping) add_ping(*configuration.ping, http);
    for (const auto& [name, written] : configuration.entry_points) {
        const auto& redirections = written.http.redirections;
        if (redirections && redirections->entry_point)
            add_redirection(configuration, name, *redirections->entry_point, http);
    }
    return provided;
}

}   // namespace gatehouse::traefik
