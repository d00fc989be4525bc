#pragma once
// Who a request is really from: where the connection's peer is a trusted proxy, the address it names (nginx's
// realip module).

#include "exchange/exchange.h"

namespace gatehouse::exchange {

class WorkerState;

// Replaces the exchange's client address as its route says, at most once per exchange. Called where nginx
// does it: on the site's level before its script, then on the route that was chosen.
void apply_real_ip(Exchange& exchange);

// Whether the word of who is at this address is taken.
[[nodiscard]] bool trusts(WorkerState& worker, const model::RealIp& settings, const SocketAddress& address);

}   // namespace gatehouse::exchange
