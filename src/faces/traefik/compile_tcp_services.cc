#include "faces/traefik/compile_tcp_services.h"

#include "base/text.h"
#include "faces/traefik/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace gatehouse::traefik {

namespace {

using namespace std::chrono_literals;
using ProxyHeader = model::TcpForward::ProxyHeader;

constexpr std::uint64_t most_weight = 1'000'000;
constexpr std::size_t most_depth = 16;                   // of weighted services within each other
constexpr model::Milliseconds no_limit = 24h;            // where Traefik waits for ever
constexpr model::Milliseconds rest_after_failure = 2s;   // servers beside it are asked meanwhile
// Traefik gives the other side 100 ms once one has ended, whatever comes. Here it may go on as long as
// something comes, which is no cause for haste.
constexpr model::Milliseconds usual_end_timeout = 10s;

model::Milliseconds milliseconds(Duration time) {
    return std::chrono::duration_cast<model::Milliseconds>(time);
}

// What holds for all servers of a service.
struct Traits {
    bool tls = false, verify = true;
    std::string server_name, trusted_pem;
    tls::KeyPair certificate;   // shown to servers; empty: none
    ProxyHeader header = ProxyHeader::off;
    model::Milliseconds connect_timeout{30'000}, end_timeout = usual_end_timeout;
    bool half_close = true;
    friend bool operator==(const Traits&, const Traits&) = default;
};

struct Weighed {
    model::ServerEntry server;
    std::uint64_t weight = 1;   // 0: it gets nothing
};

std::uint64_t sum_of(const std::vector<Weighed>& all) {
    std::uint64_t sum = 0;
    for (const auto& one : all) sum += one.weight;
    return std::max<std::uint64_t>(sum, 1);
}

// The same relations in small numbers, as nearly as they can be had.
void reduce(std::vector<Weighed>& all) {
    std::uint64_t divisor = 0;
    std::uint64_t most = 0;
    for (const auto& one : all) {
        divisor = std::gcd(divisor, one.weight);
        most = std::max(most, one.weight);
    }
    if (divisor == 0) return;
    most /= divisor;
    for (auto& one : all) {
        one.weight /= divisor;
        if (most > most_weight && one.weight > 0)
            one.weight = std::max<std::uint64_t>(1, one.weight * most_weight / most);
    }
}

}   // namespace

// Compiles one service.
class TcpServiceMaking {
public:
    TcpServiceMaking(const TcpServices& table, std::string name) : table_(table), name_(std::move(name)) {}

    CompiledTcpService make() {
        auto servers = servers_of(name_);
        if (!result_.errors.empty()) return std::move(result_);
        auto service = std::make_shared<model::Service>();
        service->name = name_;
        service->origin = table_.services_.at(name_)->source.origin;
        service->is_explicit = service->for_tcp = true;
        for (auto& [server, weight] : servers) {
            server.weight = static_cast<unsigned>(std::max<std::uint64_t>(weight, 1));
            server.down = weight == 0;
            server.max_fails = 1;
            server.fail_timeout = rest_after_failure;
            service->servers.push_back(std::move(server));
        }
        fill_in(*service);
        result_.service = std::move(service);
        return std::move(result_);
    }

private:
    using Servers = std::vector<Weighed>;

    void fail(std::string sentence) { result_.errors.push_back(std::move(sentence)); }
    Servers refuse(std::string sentence) {
        fail(std::move(sentence));
        return {};
    }
    void notice(std::string sentence) { result_.notices.push_back(std::move(sentence)); }

    Servers servers_of(const std::string& name) {
        const TcpService& written = *table_.services_.at(name);
        if (written.source.broken) return refuse(fmt::format("{} has a mistake in it", called(name)));
        if (written.load_balancer && written.weighted)
            return refuse(fmt::format("{} is of several types", called(name)));
        if (written.load_balancer) return balanced(name, *written.load_balancer);
        if (written.weighted) return weighted(name, *written.weighted);
        return refuse(fmt::format("{} is of no type", called(name)));
    }
    [[nodiscard]] std::string called(const std::string& name) const {
        return name == name_ ? "it" : fmt::format("service \"{}\"", name);
    }

    Servers weighted(const std::string& name, const TcpWeighted& written) {
        if (written.health_check)
            notice("healthCheck is not acted on: servers that fail are left out a while");
        if (std::ranges::find(under_way_, name) != under_way_.end() || under_way_.size() > most_depth)
            return refuse(fmt::format("{} leads back to itself", called(name)));
        under_way_.push_back(name);
        std::vector<std::pair<std::uint64_t, Servers>> parts;
        std::uint64_t common = 1;   // a multiple of the sums of all parts
        for (const WeightedService& part : written.services) {
            const auto wanted = qualify(part.name, provider_of(name));
            if (!table_.has(wanted)) {
                fail(fmt::format("service \"{}\" does not exist", wanted));
            } else if (part.weight < 0 || std::cmp_greater(part.weight, most_weight)) {
                fail(fmt::format("weight {}: it must be from 0 to {}", part.weight, most_weight));
            } else {
                parts.emplace_back(static_cast<std::uint64_t>(part.weight), servers_of(wanted));
                reduce(parts.back().second);
                common = std::min(std::lcm(common, sum_of(parts.back().second)), most_weight);
            }
        }
        under_way_.pop_back();
        Servers all;
        for (auto& [weight, servers] : parts) {
            const auto share = std::max<std::uint64_t>(common / sum_of(servers), 1);
            for (auto& server : servers) {
                server.weight *= weight * share;   // 10^18 at the most
                all.push_back(std::move(server));
            }
        }
        reduce(all);
        return all;
    }

    Servers balanced(const std::string& name, const TcpLoadBalancer& written) {
        Traits traits;
        take_transport(name, written, traits);
        if (written.proxy_protocol) take_header(*written.proxy_protocol, traits);
        if (written.termination_delay)
            take_delay(std::chrono::milliseconds(*written.termination_delay), traits);
        if (written.health_check)
            notice("health checks are not made yet; servers that fail are left out a while");
        Servers servers;
        for (const TcpServer& server : written.servers) {
            auto entry = read_tcp_address(server.address);
            if (!entry) {
                fail(fmt::format("\"{}\" is no address of a server: one is written host:port",
                                 server.address));
                continue;
            }
            if (!servers.empty() && server.tls != traits.tls)
                fail("its servers are spoken to with TLS and without: they must all be the same");
            traits.tls = server.tls;
            entry->origin = server.source.origin;
            servers.push_back({.server = *std::move(entry)});
        }
        if (servers.empty()) return servers;   // nobody is spoken to in whatever way
        if (traits_ && *traits_ != traits)
            fail("its services must agree on TLS, the PROXY protocol and their serversTransport");
        traits_ = std::move(traits);
        return servers;
    }

    void take_transport(const std::string& name, const TcpLoadBalancer& written, Traits& traits) {
        TcpServices::Transport transport = table_.usual_;
        if (!written.servers_transport.empty()) {
            const auto wanted = qualify(written.servers_transport, provider_of(name));
            const auto found = table_.transports_.find(wanted);
            if (found == table_.transports_.end())
                return fail(fmt::format("serversTransport \"{}\" does not exist", wanted));
            transport = found->second;
        }
        if (transport.written == nullptr) return;
        if (transport.written->source.broken) return fail("its serversTransport has a mistake in it");
        if (transport.written->dial_timeout.count() > 0)
            traits.connect_timeout = milliseconds(transport.written->dial_timeout);
        if (transport.written->termination_delay != TcpServersTransport().termination_delay)
            take_delay(milliseconds(transport.written->termination_delay), traits);
        if (transport.written->proxy_protocol) take_header(*transport.written->proxy_protocol, traits);
        if (transport.written->tls) take_tls(*transport.written->tls, *transport.files, traits);
    }

    void take_header(const ProxyProtocol& written, Traits& traits) {
        if (written.version != 1 && written.version != 2)
            return fail(fmt::format("proxyProtocol.version {}: there are 1 and 2", written.version));
        traits.header = written.version == 1 ? ProxyHeader::v1 : ProxyHeader::v2;
    }

    static void take_delay(model::Milliseconds delay, Traits& traits) {
        traits.half_close = delay.count() != 0;
        traits.end_timeout = delay.count() < 0 ? model::Milliseconds(0) : delay;
    }

    void take_tls(const TcpTransportTls& written, const FileTexts& files, Traits& traits) {
        traits.verify = !written.insecure_skip_verify;
        traits.server_name = written.server_name;
        const auto read = [&](const std::string& file) {
            auto text = text_of(file, files);
            if (!text) fail(fmt::format("serversTransport: {} cannot be read", name_of(file)));
            return text.value_or("");
        };
        for (const std::string& authority : written.root_cas) traits.trusted_pem += read(authority) + '\n';
        if (!written.peer_cert_uri.empty() || !written.peer_cert_sans.empty() || written.spiffe)
            fail("peerCertURI, peerCertSANs and spiffe of a serversTransport are not there yet");
        if (written.certificates.size() > 1)
            fail("several certificates of a serversTransport are not there yet: give one");
        if (written.certificates.size() != 1) return;
        const auto& pair = written.certificates.front();
        traits.certificate = {.certificate_pem = read(pair.cert_file),
                              .key_pem = read(pair.key_file),
                              .certificate_path = pair.cert_file,
                              .key_path = pair.key_file};
    }

    void fill_in(const model::Service& service) {
        const Traits traits = traits_.value_or(Traits());
        auto& forward = result_.forward;
        forward.connect_timeout = traits.connect_timeout;
        forward.idle_timeout = no_limit;
        forward.half_close = traits.half_close;
        forward.end_timeout = traits.end_timeout;
        forward.socket_keepalive = true;
        forward.proxy_header = traits.header;
        if (!traits.tls) return;
        tls::ClientSettings settings;
        settings.verify = traits.verify;
        settings.verify_depth = 100;   // Go has no limit
        settings.trusted_pem = traits.trusted_pem;
        settings.certificate = traits.certificate;
        auto context = tls::ClientContext::make(std::move(settings));
        if (!context)
            return fail(fmt::format("serversTransport: {}{}",
                                    context.error().path.empty() ? "" : context.error().path + ": ",
                                    context.error().message));
        const std::string name =
            traits.server_name.empty() ? service.servers.front().host : traits.server_name;
        const auto is_other = [&](const auto& server) { return server.host != service.servers.front().host; };
        if (traits.verify && traits.server_name.empty() && std::ranges::any_of(service.servers, is_other))
            notice(
                fmt::format("the certificates of all its servers must be for {}: give a serverName", name));
        forward.uses_tls = true;
        forward.tls = *context;
        forward.tls_name = model::Template(name);
        forward.tls_sends_name = true;
    }

    const TcpServices& table_;
    const std::string name_;
    std::vector<std::string> under_way_;   // weighted services that are being followed
    std::optional<Traits> traits_;         // of the servers so far
    CompiledTcpService result_;
};

CompiledTcpService TcpServices::compile(const std::string& name) const {
    return TcpServiceMaking(*this, name).make();
}

std::optional<model::ServerEntry> read_tcp_address(const std::string& address) {
    const auto colon = address.rfind(':');
    if (colon == std::string::npos || colon == 0) return std::nullopt;
    const std::string_view host = std::string_view(address).substr(0, colon);
    const auto number = parse_decimal(std::string_view(address).substr(colon + 1));
    const bool is_literal = host.starts_with('[') && host.ends_with(']');
    if (!number || *number == 0 || *number > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
    if (!is_literal && host.find_first_of(":[]/") != std::string_view::npos) return std::nullopt;
    model::ServerEntry entry;
    entry.host = host;
    entry.port = static_cast<std::uint16_t>(*number);
    entry.written = address;
    return entry;
}

}   // namespace gatehouse::traefik
