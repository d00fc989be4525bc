#include "faces/traefik/compile_health.h"

#include "base/text.h"
#include "faces/traefik/forwarding.h"
#include "http/characters.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace gatehouse::traefik {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds shortest_interval(100);
constexpr milliseconds longest_time = std::chrono::hours(24);

std::string upper_case(std::string text) {
    std::ranges::transform(text, text.begin(), to_upper);
    return text;
}

class Making {
public:
    Making(const HealthCheck& written, CompiledService& service) : written_(written), service_(service) {}

    std::shared_ptr<const model::HealthCheck> make(std::string_view base_path) {
        const auto errors = service_.errors.size();
        choose_protocol();
        take_path(base_path);
        take_fields();
        const HealthCheck usual{};
        made_.interval = time("interval", written_.interval, usual.interval);
        made_.unhealthy_interval =
            written_.unhealthy_interval
                ? time("unhealthyInterval", *written_.unhealthy_interval, usual.interval)
                : made_.interval;
        made_.timeout = time("timeout", written_.timeout, usual.timeout);
        made_.follows_redirects = written_.follow_redirects;
        made_.host = written_.hostname;
        check_text("hostname", written_.hostname);
        made_.status = static_cast<int>(in_range("status", written_.status, 599));
        made_.port = static_cast<std::uint16_t>(
            in_range("port", written_.port, std::numeric_limits<std::uint16_t>::max()));
        if (!written_.method.empty()) made_.method = upper_case(written_.method);
        check_text("method", written_.method);
        if (service_.errors.size() > errors) return nullptr;
        return std::make_shared<const model::HealthCheck>(std::move(made_));
    }

private:
    void fail(std::string sentence) { service_.errors.push_back("healthCheck: " + std::move(sentence)); }

    void choose_protocol() {
        const auto& mode = written_.mode;
        if (!mode.empty() && mode != "http" && mode != "grpc")
            fail(fmt::format("mode \"{}\" is not known: use http or grpc", mode));
        made_.is_grpc = mode == "grpc";
        // Traefik asks by gRPC without TLS unless the check itself says https
        const std::string otherwise = made_.is_grpc ? "h2c" : service_.scheme;
        const std::string scheme = written_.scheme.empty() ? otherwise : lower(written_.scheme);
        if (scheme != "http" && scheme != "https" && scheme != "h2c")
            fail(fmt::format("scheme \"{}\" is not known: use http, https or h2c", written_.scheme));
        made_.is_secure = scheme == "https";
        made_.http_2 = scheme == "h2c" || made_.is_grpc;
        made_.tls = client_context(service_.verify);
        made_.tls_name = service_.server_name;
    }

    // As a reference to the server's URL (RFC 3986 5.2).
    void take_path(std::string_view base_path) {
        const auto& path = written_.path;
        if (path.find("://") != std::string::npos || path.starts_with("//"))
            return fail(fmt::format("path \"{}\" must be a path, without a host", path));
        check_text("path", path);
        if (path.starts_with('/')) {
            made_.path = path;
        } else if (path.empty()) {
            made_.path = base_path.empty() ? "/" : base_path;
        } else {
            made_.path = std::string(base_path.substr(0, base_path.rfind('/') + 1)) + path;
            if (!made_.path.starts_with('/')) made_.path.insert(0, "/");
        }
        if (path.empty() && !made_.is_grpc)
            service_.notices.push_back(fmt::format("healthCheck names no path: {} is asked for", made_.path));
    }

    void take_fields() {
        for (const auto& [name, value] : written_.headers) {
            const bool is_name = !name.empty() && http::is_token(name);
            const bool is_value =
                std::ranges::none_of(value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
            if (!is_name || !is_value) {
                fail(fmt::format("header \"{}\" cannot be sent", name));
            } else if (equals_ignoring_case(name, "Host")) {
                // Traefik's client sends its own in its place
                service_.notices.push_back("healthCheck: a header Host is not sent: use hostname");
            } else {
                made_.fields.emplace_back(name, value);
            }
        }
    }

    void check_text(std::string_view what, std::string_view text) {
        const bool is_fit = std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
        if (!is_fit) fail(fmt::format("{} \"{}\" cannot be sent", what, text));
    }

    milliseconds time(std::string_view what, Duration written, Duration usual) {
        const auto wanted = std::chrono::duration_cast<milliseconds>(written);
        if (written.count() <= 0) {
            service_.notices.push_back(
                fmt::format("healthCheck: {} must be more than nothing: the usual one is used", what));
            return std::chrono::duration_cast<milliseconds>(usual);
        }
        if (wanted < shortest_interval && what != "timeout") {
            service_.notices.push_back(fmt::format("healthCheck: {} is 100 ms at the least", what));
            return shortest_interval;
        }
        return std::clamp(wanted, milliseconds(1), longest_time);
    }

    std::int64_t in_range(std::string_view what, std::int64_t value, std::int64_t most) {
        if (value >= 0 && value <= most) return value;
        fail(fmt::format("{} {}: it must be from 0 to {}", what, value, most));
        return 0;
    }

    const HealthCheck& written_;
    CompiledService& service_;
    model::HealthCheck made_;
};

}   // namespace

std::shared_ptr<const model::HealthCheck> compile_health_check(const HealthCheck& written,
                                                               std::string_view base_path,
                                                               CompiledService& service) {
    return Making(written, service).make(base_path);
}

}   // namespace gatehouse::traefik
