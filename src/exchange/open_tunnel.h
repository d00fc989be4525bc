#pragma once
// All that is left of an exchange or session once its bytes are passed on.

#include "exchange/tcp_filters.h"
#include "exchange/tunnel.h"
#include "exchange/tunnel_log.h"

#include <memory>

namespace gatehouse::exchange {

class FilterRun;
class TcpSession;

struct OpenTunnel {
    OpenTunnel(net::Stream& client, upstream::ConnectionPtr endpoint, upstream::EndpointLease lease,
               const TunnelSettings& settings, const TunnelLog::Past& past);
    ~OpenTunnel();

    Tunnel tunnel;
    TunnelLog log;
    std::unique_ptr<FilterRun> filter_run;   // of the exchange it was: what filters count until it ends
    CountedConnections counted;              // of the session it was
    std::unique_ptr<TcpSession> session;     // where its log asks for all it knows; else null
};

}   // namespace gatehouse::exchange
