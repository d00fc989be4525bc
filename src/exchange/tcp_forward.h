#pragma once
// Where a session is passed on to: an endpoint of its service is chosen and connected to, or the next one,
// introduced by a PROXY protocol header and TLS as its site says.

#include "exchange/tcp_session.h"

namespace gatehouse::exchange {

struct TcpForwarded {
    int status = 0;   // why it failed, or 0:
    upstream::ConnectionPtr endpoint;
    upstream::EndpointLease lease;
    Buffer first;   // to be sent there first: what the client said already, and the header before it
    TunnelSettings settings;
};

// What it did is in session.attempts, and a failure in the error log.
loop::Task<TcpForwarded> forward_tcp(TcpSession& session, const model::TcpForward& forward);

}   // namespace gatehouse::exchange
