#pragma once
// A simulated client of a WebSocket over HTTP/1.1: it asks for the upgrade, sends bytes in pieces, ends its
// side and reads what the endpoint echoes, which must be the same bytes. What the bytes mean is nobody's
// business on the way.

#include "client.h"

namespace gatehouse::simulation {

class TunnelClient {
public:
    // The plan's only request is the one for the tunnel; its body goes through it.
    TunnelClient(loop::SimWorld& world, loop::Loop& loop, Ledger& ledger, const OwnAnswers& own,
                 SocketAddress gateway, ClientPlan plan, bool may_starve);

    [[nodiscard]] Task<void> run();   // to its end

private:
    Task<bool> connect();
    Task<void> leave();
    Task<void> use();
    Task<void> send();
    [[nodiscard]] const Request& request() const { return plan_.requests.front(); }

    loop::SimWorld& world_;
    loop::Loop& loop_;
    Ledger& ledger_;
    const SocketAddress gateway_;
    const ClientPlan plan_;
    Judge judge_;
    net::Stream stream_;
    Wire wire_;
    bool left_ = false;
    loop::Scope sending_;
    loop::Scope leaving_;
};

}   // namespace gatehouse::simulation
