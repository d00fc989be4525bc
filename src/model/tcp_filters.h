#pragma once
// Who may connect to what passes bytes on: Traefik's TCP middlewares. Settings are immutable; what is counted
// is shared by all workers.

#include "model/access.h"
#include "model/filters/source_table.h"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace gatehouse::model {

struct AllowConnections {
    std::vector<Network> networks;
};

struct ConnectionsInFlight {
    std::uint64_t most = 0;   // of each address
    std::shared_ptr<SourceCounts> counts = std::make_shared<SourceCounts>();
};

struct TcpFilter {
    std::string name;   // as configured: "office@docker"
    std::variant<AllowConnections, ConnectionsInFlight> settings;
};

}   // namespace gatehouse::model
