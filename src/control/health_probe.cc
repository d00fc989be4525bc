#include "control/health_probe.h"

#include "base/text.h"
#include "control/health_question.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace gatehouse::control {
namespace {

using loop::Task;
using Refusal = tl::unexpected<std::string>;

constexpr unsigned most_redirects = 10;
constexpr std::string_view grpc_path = "/grpc.health.v1.Health/Check";

std::uint16_t usual_port(bool is_secure) { return is_secure ? 443 : 80; }

struct Authority {
    std::string_view name;   // without brackets
    std::uint16_t port = 0;
};

// "host", "host:port", "[::1]:port".
Authority authority_of(std::string_view host, bool is_secure) {
    Authority authority{host, usual_port(is_secure)};
    const auto end = host.starts_with('[') ? host.find(']') : std::string_view::npos;
    const auto colon = host.find(':', end == std::string_view::npos ? 0 : end);
    if (colon != std::string_view::npos) {
        authority.name = host.substr(0, colon);
        authority.port = static_cast<std::uint16_t>(parse_decimal(host.substr(colon + 1)).value_or(0));
    }
    if (authority.name.starts_with('[') && authority.name.ends_with(']'))
        authority.name = authority.name.substr(1, authority.name.size() - 2);
    return authority;
}

class Probe {
public:
    Probe(loop::Loop& loop, NameWatches& names, const model::HealthCheck& check,
          const model::Endpoint& endpoint, const loop::Deadline& deadline)
        : loop_(loop), names_(names), check_(check), deadline_(deadline), addresses_(endpoint.addresses) {
        const auto& server = endpoint.server;
        const auto port = check.port != 0 ? check.port : server.port;
        if (check.port != 0) {
            for (SocketAddress& address : addresses_) address.set_port(check.port);
        }
        url_.is_secure = check.is_secure;
        url_.path = check.is_grpc ? grpc_path : std::string_view(check.path);
        url_.host = server.host;
        if (port != usual_port(check.is_secure)) url_.host += fmt::format(":{}", port);
        server_host_ = url_.host;
        if (!check.host.empty()) url_.host = check.host;
        method_ = check.is_grpc ? "POST" : check.method;
    }

    Task<std::string> run() {
        for (unsigned redirects = 0; redirects <= most_redirects; ++redirects) {
            auto answer = co_await ask();
            if (!answer) co_return std::move(answer.error());
            if (check_.is_grpc) co_return judge_grpc(*answer);
            const bool leads_on = check_.follows_redirects && is_redirect(answer->status);
            if (!leads_on || answer->location.empty()) co_return judge(*answer);
            const auto followed = co_await follow(*answer);
            if (!followed.empty()) co_return followed;
        }
        co_return "it redirects again and again";
    }

    [[nodiscard]] bool is_known() const { return is_known_; }

private:
    static bool is_redirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    [[nodiscard]] std::string judge(const HealthAnswer& answer) const {
        if (check_.status != 0) {
            if (answer.status == check_.status) return {};
            return fmt::format("it answers with status {}, not {}", answer.status, check_.status);
        }
        if (answer.status >= 200 && answer.status < 400) return {};
        return fmt::format("it answers with status {}", answer.status);
    }

    static std::string judge_grpc(const HealthAnswer& answer) {
        if (answer.status != 200) return fmt::format("it answers with status {}", answer.status);
        if (answer.grpc_status == "12") return "it does not know grpc.health.v1.Health";
        if (!answer.grpc_status.empty() && answer.grpc_status != "0")
            return fmt::format("it answers with gRPC status {}", answer.grpc_status);
        return says_serving(answer.message) ? "" : "it does not say that it is serving";
    }

    Task<std::string> follow(const HealthAnswer& answer) {
        const auto former = url_;
        if (!redirect_to(url_, answer.location))
            co_return fmt::format("it redirects to \"{}\", where nobody can be asked", answer.location);
        if (answer.status != 307 && answer.status != 308 && method_ != "HEAD") method_ = "GET";
        if (url_.host == former.host && url_.is_secure == former.is_secure) co_return "";
        const auto to = authority_of(url_.host, url_.is_secure);
        if (to.port == 0 || to.name.empty())
            co_return fmt::format("it redirects to \"{}\", where nobody can be asked", answer.location);
        server_host_ = url_.host;
        SocketAddress literal;
        if (SocketAddress::parse(to.name, to.port, literal)) {
            addresses_ = {literal};
            co_return "";
        }
        const auto found = co_await names_.look_up(std::string(to.name), NameSource::configuration);
        if (!found.resolution) co_return fmt::format("it redirects to \"{}\", which has no address", to.name);
        addresses_ = found.resolution->addresses;
        for (SocketAddress& address : addresses_) address.set_port(to.port);
        co_return "";
    }

    Task<HealthAnswered> ask() {
        const HealthQuestion question{check_, method_, url_.path, url_.host, url_.is_secure};
        const auto& strand = co_await loop::this_strand();
        HealthAnswered answered = Refusal("it has no address");
        for (const SocketAddress& address : addresses_) {
            bool is_connected = false;
            answered = co_await ask_at(address, question, is_connected);
            if (is_connected || strand.canceled() || deadline_.expired()) break;
        }
        co_return answered;
    }

    // `is_connected`: another address of the same program would say no more.
    Task<HealthAnswered> ask_at(const SocketAddress& address, const HealthQuestion& question,
                                bool& is_connected) {
        const int fd = loop_.backend().socket(address.family(), SOCK_STREAM);
        if (fd < 0) {
            is_known_ = false;
            co_return Refusal("no socket for it");
        }
        net::Stream stream(loop_, fd);
        const auto connected = co_await stream.connect(address, loop::forever);
        if (!connected)
            co_return Refusal(fmt::format("it cannot be connected to: {}", connected.error().describe()));
        is_connected = true;
        bool is_http_2 = check_.http_2;
        if (question.is_secure) {
            const auto secured = co_await secure(stream);
            if (!secured) co_return Refusal(fmt::format("no TLS with it: {}", secured.error().describe()));
            is_http_2 = stream.tls()->application_protocol() == "h2";
        }
        if (is_http_2) co_return co_await ask_over_http_2(stream, question);
        if (check_.is_grpc) co_return Refusal("it does not agree to HTTP/2");
        co_return co_await ask_over_http_1(stream, question);
    }

    Task<Result<>> secure(net::Stream& stream) {
        static constexpr std::array<std::string_view, 2> protocols{"h2", "http/1.1"};
        if (check_.tls == nullptr) co_return fail(ErrorCode::malformed, "there is no trust in anybody");
        tls::ConnectOptions options;
        options.name = check_.tls_name.empty() ? authority_of(server_host_, true).name : check_.tls_name;
        options.application_protocols = protocols;
        auto session = tls::Session::connect(*check_.tls, std::move(options));
        co_return co_await stream.begin_tls(std::move(session), loop::forever);
    }

    loop::Loop& loop_;
    NameWatches& names_;
    const model::HealthCheck& check_;
    const loop::Deadline& deadline_;
    std::vector<SocketAddress> addresses_;
    HealthUrl url_;
    std::string server_host_;   // what a certificate is for
    std::string method_;
    bool is_known_ = true;
};

}   // namespace

bool says_serving(std::string_view message) {
    constexpr std::size_t prefix_bytes = 5;
    constexpr char status_tag = 0x08,
                   serving = 0x01;   // field 1, a number; HealthCheckResponse.ServingStatus
    return message.size() >= prefix_bytes + 2 && message[0] == 0 && message[prefix_bytes] == status_tag &&
           message[prefix_bytes + 1] == serving;
}

bool redirect_to(HealthUrl& url, std::string_view location) {
    location = location.substr(0, location.find('#'));
    if (const auto end = location.find("://"); end != std::string_view::npos) {
        const auto scheme = location.substr(0, end);
        const bool is_secure = equals_ignoring_case(scheme, "https");
        if (!is_secure && !equals_ignoring_case(scheme, "http")) return false;
        url.is_secure = is_secure;
        location.remove_prefix(end + 1);
    }
    if (location.starts_with("//")) {
        location.remove_prefix(2);
        const auto end = std::min(location.find_first_of("/?"), location.size());
        url.host = location.substr(0, end);
        url.path = location.substr(end);
        if (!url.path.starts_with('/')) url.path.insert(0, "/");
        return !url.host.empty();
    }
    if (location.starts_with('/')) {
        url.path = location;
    } else if (location.starts_with('?')) {
        url.path = url.path.substr(0, url.path.find('?')) + std::string(location);
    } else {
        url.path = url.path.substr(0, url.path.find('?'));
        url.path = url.path.substr(0, url.path.rfind('/') + 1) + std::string(location);
    }
    return true;
}

Task<Diagnosis> probe_endpoint(loop::Loop& loop, NameWatches& names,
                               std::shared_ptr<const model::HealthCheck> check,
                               std::shared_ptr<const model::Endpoint> endpoint) {
    const loop::Deadline deadline(co_await loop::this_strand(), check->timeout);
    Probe probe(loop, names, *check, *endpoint, deadline);
    Diagnosis diagnosis;
    diagnosis.trouble = co_await probe.run();
    diagnosis.is_known = probe.is_known();
    if (!diagnosis.trouble.empty() && deadline.expired())
        diagnosis.trouble = fmt::format("it does not answer within {} ms", check->timeout.count());
    co_return diagnosis;
}

}   // namespace gatehouse::control
