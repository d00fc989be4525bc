#include "faces/traefik/compile_services.h"

#include "base/socket_address.h"
#include "base/text.h"
#include "faces/traefik/compile_health.h"
#include "faces/traefik/unused_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace gatehouse::traefik {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t max_weight = 1'000'000;
constexpr unsigned kept_connections = 200;            // Traefik's maxIdleConnsPerHost
constexpr std::chrono::milliseconds kept_for = 90s;   // Traefik's idleConnTimeout
// Traefik asks a server that is gone again and again; here it rests a little after a failure, and those
// beside it answer.
constexpr std::chrono::milliseconds rest_after_failure = 2s;

std::uint16_t usual_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

// "host", "host:port", "[::1]:port"
bool read_authority(std::string_view text, ServerUrl& url) {
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return false;
        url.host = text.substr(0, end + 1);
        port = text.substr(end + 1);
    } else {
        const auto colon = text.find(':');
        url.host = text.substr(0, colon);
        port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
    }
    if (url.host.empty()) return false;
    if (port.empty()) return true;
    const auto number = port.front() == ':' ? parse_decimal(port.substr(1)) : std::nullopt;
    if (!number || *number == 0 || *number > std::numeric_limits<std::uint16_t>::max()) return false;
    url.port = static_cast<std::uint16_t>(*number);
    return true;
}

class Making {
public:
    Making(const std::string& name, const Service& written, const ServersTransport* transport)
        : written_(written), transport_(transport) {
        made_.name = name;
        made_.origin = written.source.origin;
        made_.is_explicit = true;
        made_.keepalive = {.idle_connections = kept_connections,
                           .requests = std::numeric_limits<unsigned>::max(),
                           .time = 24h,
                           .idle_timeout = kept_for};
    }

    CompiledService make() {
        take(unused_options(written_));
        if (written_.source.broken) {
            fail("has a mistake in it");
        } else if (!written_.load_balancer) {
            fail("is of no type: is it a loadBalancer, weighted, mirroring or failover?");
        } else {
            balance(*written_.load_balancer);
        }
        if (result_.errors.empty())
            result_.service = std::make_shared<const model::Service>(std::move(made_));
        return std::move(result_);
    }

private:
    void fail(std::string text) { result_.errors.push_back(std::move(text)); }
    void notice(std::string text) { result_.notices.push_back(std::move(text)); }

    void take(UnusedOptions unused) {
        for (std::string& error : unused.errors) fail(std::move(error));
        for (std::string& text : unused.notices) notice(std::move(text));
    }

    void balance(const LoadBalancer& balancer) {
        result_.pass_host = balancer.pass_host_header;
        choose_strategy(balancer.strategy);
        for (const Server& server : balancer.servers) add(server, balancer);
        use_transport();
        if (balancer.sticky && balancer.sticky->cookie) stick(*balancer.sticky->cookie);
        if (balancer.health_check) {
            result_.reports_health = true;
            const auto url = read_server_url(balancer.servers.empty() ? "" : balancer.servers.front().url);
            made_.health =
                compile_health_check(*balancer.health_check, url ? std::string_view(url->path) : "", result_);
        }
    }

    void choose_strategy(const std::string& strategy) {
        if (strategy == "p2c") {
            made_.balancing = model::Balancing::random_two;
        } else if (strategy == "leasttime") {
            made_.balancing = model::Balancing::least_time;
        } else if (strategy == "leastconn") {
            made_.balancing = model::Balancing::least_connections;
        } else if (strategy == "hrw") {
            made_.balancing = model::Balancing::rendezvous;
        } else if (!strategy.empty() && strategy != "wrr") {
            fail(fmt::format("strategy \"{}\" is not known: use wrr, p2c, hrw, leasttime or leastconn",
                             strategy));
        }
    }

    void stick(const Cookie& written) {
        made_.sticky = compile_cookie(written, made_.name);
        made_.sticky->scheme = result_.scheme;
    }

    void use_transport() {
        if (transport_ == nullptr) return;
        result_.verify = !transport_->insecure_skip_verify;
        result_.server_name = transport_->server_name;
        if (transport_->max_idle_conns_per_host > 0) {
            made_.keepalive.idle_connections =
                static_cast<unsigned>(std::min<std::int64_t>(transport_->max_idle_conns_per_host, 100'000));
        }
        take(unused_options(*transport_, result_.scheme == "https"));
    }

    void add(const Server& server, const LoadBalancer& balancer) {
        const auto url = read_server_url(server.url);
        if (!url) return fail(url.error());
        if (made_.servers.empty()) {
            result_.scheme = url->scheme;
        } else if (url->scheme != result_.scheme) {
            return fail(fmt::format("its servers are asked by {} and by {}: they must all be the same",
                                    result_.scheme, url->scheme));
        }
        const auto weight = server.weight.value_or(1);
        if (weight < 0 || weight > max_weight)
            return fail(fmt::format("weight {}: it must be from 0 to {}", weight, max_weight));
        model::ServerEntry entry;
        entry.origin = server.source.origin;
        entry.host = url->host;
        entry.port = url->port;
        entry.written = fmt::format("{}:{}", url->host, url->port);
        entry.weight = static_cast<unsigned>(std::max<std::int64_t>(weight, 1));
        if (server.preserve_path) {
            set_base_path(url->path, entry);
        } else if (!url->path.empty() && url->path != "/") {
            notice(fmt::format("the path of \"{}\" is not used: preservePath puts it before", server.url));
        }
        entry.down = weight == 0;
        set_failures(balancer, entry);
        made_.servers.push_back(std::move(entry));
    }

    // As Traefik joins them: one slash between the two.
    void set_base_path(std::string_view path, model::ServerEntry& entry) {
        path = path.substr(0, path.find_first_of("?#"));
        while (path.ends_with('/')) path.remove_suffix(1);
        if (!std::ranges::all_of(path, [](char c) { return c > ' ' && c < '\x7f'; }))
            return fail(fmt::format("the path \"{}\" of a server cannot be sent", path));
        entry.base_path = path;
        made_.has_base_paths = made_.has_base_paths || !path.empty();
    }

    static void set_failures(const LoadBalancer& balancer, model::ServerEntry& entry) {
        entry.max_fails = 1;
        entry.fail_timeout = rest_after_failure;
        if (!balancer.passive_health_check) return;
        const auto& check = *balancer.passive_health_check;
        entry.max_fails = static_cast<unsigned>(check.max_failed_attempts);
        entry.fail_timeout = std::chrono::duration_cast<std::chrono::milliseconds>(check.failure_window);
    }

    const Service& written_;
    const ServersTransport* transport_;
    model::Service made_;
    CompiledService result_;
};

}   // namespace

tl::expected<ServerUrl, std::string> read_server_url(std::string_view text) {
    ServerUrl url;
    const auto end = text.find("://");
    if (end == std::string_view::npos) {
        return tl::unexpected(
            fmt::format("\"{}\" is no URL of a server: one is written http://host:port", text));
    }
    url.scheme = lower(text.substr(0, end));
    if (url.scheme != "http" && url.scheme != "https" && url.scheme != "h2c") {
        return tl::unexpected(fmt::format("scheme \"{}\" is not known: use http, https or h2c", url.scheme));
    }
    url.port = usual_port(url.scheme);
    const std::string_view rest = text.substr(end + 3);
    const auto slash = rest.find('/');
    if (slash != std::string_view::npos) url.path = rest.substr(slash);
    if (!read_authority(rest.substr(0, slash), url)) {
        return tl::unexpected(fmt::format("\"{}\" has no host and port that make sense", text));
    }
    return url;
}

model::StickyCookie compile_cookie(const Cookie& written, const std::string& service) {
    model::StickyCookie cookie;
    cookie.name = written.name.empty() ? model::usual_sticky_name(service) : written.name;
    cookie.secure = written.secure;
    cookie.http_only = written.http_only;
    cookie.same_site = written.same_site;
    if (written.max_age != 0) cookie.max_age = written.max_age;
    cookie.path = written.path.value_or("");
    cookie.domain = written.domain;
    return cookie;
}

CompiledService compile_service(const std::string& name, const Service& written,
                                const ServersTransport* transport) {
    return Making(name, written, transport).make();
}

}   // namespace gatehouse::traefik
