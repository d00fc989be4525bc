#pragma once
// What is done with CONNECT (nginx's tunnel module): where its bytes go, and where a client may let them go.
// Immutable once its snapshot is compiled.

#include "model/access.h"
#include "model/next_upstream.h"
#include "model/service.h"
#include "model/template.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::model {

// Where a tunnel may lead whose address comes from the request (tunnel_allow_ports, tunnel_allow_hosts). By
// default to port 443 of public addresses: a client must not reach, through the gateway, what only the
// gateway can reach.
class TunnelTargets {
public:
    struct PortRange {
        std::uint16_t first = 0, last = 0;
    };
    struct Host {
        enum class Kind : std::uint8_t {
            any,        // wherever
            publics,    // addresses of the public internet
            network,    // addresses in it, asked for by number or by a name
            name,       // "example.com"
            wildcard,   // "example.com" of "*.example.com": the names below it
        } kind = Kind::any;
        std::string name = {};   // lower case
        Network network = {};
    };

    void set_ports(std::vector<PortRange> ports) { ports_ = std::move(ports); }
    void set_hosts(std::vector<Host> hosts) {
        hosts_ = std::move(hosts);
        has_hosts_ = true;
    }
    [[nodiscard]] bool has_hosts() const { return has_hosts_; }   // not just the default

    [[nodiscard]] bool allows_port(std::uint16_t port) const;
    // Whether a host, as the request names it (any case, perhaps with a trailing dot), may be allowed: with
    // any address, or depending on it. What never is need not be looked up.
    [[nodiscard]] bool may_allow(std::string_view host) const;
    // Whether the connection may be made to this address for that host.
    [[nodiscard]] bool allows(std::string_view host, const sockaddr& address) const;

    [[nodiscard]] const std::vector<PortRange>& ports() const { return ports_; }
    [[nodiscard]] const std::vector<Host>& hosts() const { return hosts_; }

private:
    [[nodiscard]] bool allows_name(std::string_view host) const;

    std::vector<PortRange> ports_{{443, 443}};
    std::vector<Host> hosts_{{.kind = Host::Kind::publics}};
    bool has_hosts_ = false;
};

// Whether an address can be one of the public internet, by the registries of special-purpose addresses
// (RFC 6890 and its successors): not loopback, private, link-local, shared, multicast, reserved, nor one in
// which an address of IPv4 is hidden from whoever looks (6to4, Teredo, NAT64). An IPv4-mapped one counts as
// IPv4.
[[nodiscard]] bool is_public(const sockaddr& address);

struct TunnelHandler {   // tunnel_pass
    Origin origin;
    std::shared_ptr<const Service> service;   // null: chosen at run time from `target`
    Template target;                          // "host:port", "group" or "unix:/path" as rendered
    bool target_is_socket = false;            // `target` begins with "unix:/" whatever the request says
    TunnelTargets allowed;                    // of a run-time `target`
    std::vector<Template>
        conditions;   // tunnel_allow_upstream: each rendered must be true before a connection
    std::chrono::milliseconds connect_timeout{60'000};
    std::chrono::milliseconds send_timeout{60'000};   // of a write of which nothing is taken
    std::chrono::milliseconds read_timeout{60'000};   // without a byte in either direction
    std::size_t buffer_bytes = 16 * 1024;             // read at once
    NextUpstream next;
    bool socket_keepalive = false;
    Template bind_address;   // tunnel_bind: where connections come from; empty: as the kernel chooses
    std::size_t receive_buffer_bytes = 0, send_buffer_bytes = 0;   // 0: as the kernel chooses
};

}   // namespace gatehouse::model
