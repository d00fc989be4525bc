#pragma once
// Traefik's UDP routers and services → what listeners of datagrams do, and a state for each. An entry point
// has one router: the first by name. Pure; control's thread.

#include "faces/traefik/compile.h"
#include "model/udp_site.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::traefik {

struct CompiledUdp {
    std::vector<std::shared_ptr<const model::Service>> services;
    std::map<std::string, std::shared_ptr<const model::UdpSite>> sites;   // by entry point
    ProtocolStates states;
};

[[nodiscard]] CompiledUdp compile_udp(const std::vector<Provided>& provided, const CompilerOptions& options);

}   // namespace gatehouse::traefik
