#pragma once
// Resolver: a host name → the set of its addresses, awaited on the loop that owns it (control's). It keeps
// nothing of past answers: when to ask again, and what to do when an answer fails, is the caller's business.
// SystemResolver asks the real world; TableResolver answers from a table, for tests and for the simulated
// world.

#include <string>
#include <vector>

#include "base/result.h"
#include "base/socket_address.h"
#include "loop/clock.h"
#include "loop/task.h"

namespace gatehouse::net {

struct Resolution {
    std::vector<SocketAddress> addresses;   // sorted, without duplicates, port 0; never empty
    loop::Duration ttl{};       // the least of the records'; of a literal or the hosts file: no_expiry
    bool from_docker = false;   // Docker's server (127.0.0.11) was asked: its TTL of 600 s means nothing

    static constexpr loop::Duration no_expiry = std::chrono::hours(24);
};

struct ResolverOptions {
    std::vector<std::string> servers;   // "127.0.0.1:5353", "[::1]", "10.0.0.2"; empty: those of resolv.conf
    loop::Duration timeout = std::chrono::seconds(30);   // of one whole look-up
    bool ipv4 = true;
    bool ipv6 = true;
    // Names of the system are not asked for in a family that this machine has no address of, as nginx has it.
    bool only_own_families = true;
    std::string hosts_path = "/etc/hosts";
    std::string resolv_conf_path = "/etc/resolv.conf";

    // The system's files, or those named by GATEHOUSE_HOSTS and GATEHOUSE_RESOLV_CONF.
    static ResolverOptions from_environment();
    friend bool operator==(const ResolverOptions&, const ResolverOptions&) = default;
};

class Resolver {
public:
    virtual ~Resolver() = default;   // no look-up may be under way

    // Error: ErrorCode::unresolved, `what` saying why ("no such name", "name servers do not answer"), or
    // `canceled`.
    [[nodiscard]] virtual loop::Task<Result<Resolution>> resolve(std::string name) = 0;
    // Reads again the files that answers depend on, if they changed; true: they did, so answers may differ
    // now.
    virtual bool reread_if_changed() = 0;
};

// A name that could be asked for: at most 253 letters, digits, '-', '_' in labels of 1 to 63, perhaps with a
// final dot.
[[nodiscard]] bool is_host_name(std::string_view name);
// RFC 6761 section 6.3: `localhost` and what ends in `.localhost` is never asked of a name server.
[[nodiscard]] bool is_localhost(std::string_view name);

}   // namespace gatehouse::net
