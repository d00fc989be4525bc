#pragma once
// Model: what a face produces from its files, a plain value. Snapshot: the model compiled (host tables,
// service states), immutable, pinned by each exchange for its whole life and destroyed on control.

#include "model/charset_map.h"
#include "model/map_block.h"
#include "model/service.h"
#include "model/site.h"
#include "model/tcp_routes.h"
#include "model/tcp_site.h"
#include "model/udp_site.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::model {

struct ListenerOptions {   // of the first `listen` that sets them
    int backlog = 511;
    bool reuse_port = false;
    std::optional<bool> ipv6_only;
    std::optional<bool> keep_alive;   // so_keepalive
    int receive_buffer = 0, send_buffer = 0;
    bool deferred = false;
    bool proxy_protocol = false;
    bool tls = false;     // `ssl`
    bool http2 = false;   // `listen … http2`: for every site
};

struct Listener {
    Origin origin;
    SocketAddress address;
    std::string text;   // as shown: "0.0.0.0:80", "[::]:80", "unix:/run/x"
    ListenerOptions options;
    // Either requests are served here, or bytes are passed on. Sites in the order written.
    std::vector<std::shared_ptr<const Site>> sites;
    std::shared_ptr<const Site> default_site;
    // Of what comes over TLS, where the listener (with `tls`) serves what comes without it as well; null: it
    // does not. It has a context to begin with, and the rest by name.
    std::shared_ptr<const Site> secure_site;
    // Asked first for what no site's name takes; what none of its rules matches is the default site's. Null:
    // none. TLS is the default site's.
    std::shared_ptr<const Site> rule_site;
    // What is passed on instead of being served; null: nothing.
    std::shared_ptr<const TcpRoutes> tcp_routes;
    // Instead of all that: datagrams are passed on.
    bool datagrams = false;
    std::shared_ptr<const UdpSite> udp_site;
    std::vector<std::shared_ptr<const TcpSite>> tcp_sites;
    std::shared_ptr<const TcpSite> default_tcp_site;
    [[nodiscard]] bool is_tcp() const { return default_tcp_site != nullptr; }
};

struct ProcessSettings {
    int worker_processes = 1;            // 0: auto
    unsigned worker_connections = 512;   // a worker's limit of client connections
    std::optional<std::uint64_t> rlimit_nofile;
    std::optional<std::uint64_t> rlimit_core;   // worker_rlimit_core
    std::optional<int> priority;                // worker_priority, as of nice(1)
    std::string pid_path, user, group;
    bool daemon = true, master_process = true;
    std::vector<std::shared_ptr<const ErrorLog>> error_logs;
    Milliseconds shutdown_timeout{0};   // worker_shutdown_timeout; 0: none
    bool multi_accept = false;
    std::vector<std::string> environment;        // `env NAME[=value]`
    std::vector<std::string> temp_directories;   // to be created at start
    std::string working_directory;
    std::vector<std::string> engines;   // container engines that may be asked: "unix:///var/run/docker.sock"
};

struct ResolverSettings {
    std::vector<std::string> servers;    // "127.0.0.1:5353"; empty: /etc/resolv.conf
    std::optional<Milliseconds> valid;   // valid=; else min(TTL, 5 s)
    Milliseconds timeout{30'000};
    bool ipv4 = true, ipv6 = true;
};

struct Model {
    ProcessSettings process;
    ResolverSettings resolver;
    std::vector<Listener> listeners;
    std::vector<std::shared_ptr<const Service>> services;   // explicit and implicit, by unique name
    std::vector<std::shared_ptr<const MapBlock>> maps;      // VariableId::map slot → block
    std::vector<CharsetMap> charset_maps;
    std::vector<std::string> slots;   // VariableId::slot → name, for logs and explain
    std::vector<bool> is_set;         // of each slot: `set` gives it its value
    std::vector<std::shared_ptr<const AccessLog>>
        access_logs;   // every log that any route names: the process opens
    std::vector<std::shared_ptr<const ErrorLog>>
        error_logs;   // them before the model is served; paths may repeat
    std::string hostname;
};

class Snapshot {
public:
    struct CompiledListener {
        Listener listener;
        SiteMatcher sites;          // of no sites where bytes are passed on …
        TcpSiteMatcher tcp_sites;   // … and this one where requests are served
        bool early_data = false;    // any of the sites takes TLS's
    };
    Model model;   // what it was compiled from; unchanged since
    std::vector<std::unique_ptr<CompiledListener>> listeners;
    std::vector<std::shared_ptr<ServiceState>> states;   // beside model.services
    std::uint64_t generation = 0;                        // 1 for the first; grows with each publication

    // Finds the state kept for a service, or makes a new one.
    using StateOf = std::function<std::shared_ptr<ServiceState>(const Service&)>;
    static std::shared_ptr<const Snapshot> compile(Model model, std::uint64_t generation,
                                                   const StateOf& state_of);
};

}   // namespace gatehouse::model
