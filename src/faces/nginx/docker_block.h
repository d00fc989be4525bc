#pragma once
// What `docker { … }` says, Gatehouse's own block inside http: a container engine whose labelled containers
// are served beside the servers of the configuration. Plain values and where they stand; what the labels mean
// is another face's business.

#include <memory>
#include <string>
#include <vector>

#include "base/socket_address.h"
#include "faces/nginx/tree.h"
#include "model/route.h"

namespace gatehouse::nginx {

// Where labels of that name lead: the listeners of the configuration at these addresses. One that is not
// there is made.
struct DockerEntryPoint {
    struct Address {
        Word where{};
        SocketAddress address{};
        bool is_port_alone = false;   // every listener at that port, whatever its address
    };
    Word name{};
    std::vector<Address> addresses{};
};

struct DockerBlock {
    Word where{};
    Word endpoint{.text = "unix:///var/run/docker.sock"};
    Word default_rule{};   // without text: the usual one
    Word constraints{};
    std::vector<DockerEntryPoint>
        entry_points{};                // none: "web" and "websecure", as the listeners without and with TLS
    std::vector<Word> trusted_ips{};   // who may say in X-Forwarded-… where requests come from
    std::string network{};
    bool exposed_by_default = true;
    bool allow_empty_services = false;
    bool use_bind_port_ip = false;
    enum class Api { off, on, insecure } api = Api::off;   // Traefik's, and the page: services for labels;
                                                           // insecure: also routes at "traefik"
    Word api_where{};
    bool compose_names = true;                      // names of containers are known to proxy_pass
    std::shared_ptr<const model::Route> around{};   // what http says of logs, times and real addresses
};

}   // namespace gatehouse::nginx
