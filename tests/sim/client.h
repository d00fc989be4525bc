#pragma once
// A simulated client: one connection and the requests it sends on it, one after the other or pipelined. It
// reads strictly, compares every byte with what it must be, and notes in the ledger what it got. Some are
// slow, some leave in the middle.

#include "judge.h"

#include "base/socket_address.h"
#include "loop/sim/sim_world.h"

#include <functional>
#include <optional>
#include <vector>

namespace gatehouse::simulation {

struct ClientPlan {
    std::vector<Request> requests;
    bool pipelined = false;
    bool half_closes = false;   // after the last request
    bool tls = false;
    // HTTP/2: so many streams at once, such windows, and ‰ of streams reset in the middle.
    unsigned streams_at_once = 0;   // 0: HTTP/1
    std::uint32_t window_bytes = 65'535;
    unsigned resets = 0;
    Duration starts_after{};
    Duration between_requests{};
    Duration between_reads{};
    std::optional<Duration> leaves_after;   // whatever it is doing
};

class Client {
public:
    Client(loop::SimWorld& world, loop::Loop& loop, Ledger& ledger, const OwnAnswers& own,
           SocketAddress gateway, ClientPlan plan, bool may_starve);

    [[nodiscard]] Task<void> run();   // to its end

private:
    Task<void> leave();
    Task<void> send_all();
    Task<bool> send_body(const Request& request);
    Task<void> receive_all();
    // false: no further response can come on this connection
    Task<bool> receive_one(const Request& request);
    Task<End> receive_head(const Request& request, Head& head);

    loop::SimWorld& world_;
    loop::Loop& loop_;
    Ledger& ledger_;
    const SocketAddress gateway_;
    const ClientPlan plan_;
    Judge judge_;
    net::Stream stream_;
    Wire wire_;
    std::size_t sent_ = 0;       // requests whose first byte was written
    std::size_t answered_ = 0;   // complete final responses
    bool left_ = false;
    bool continued_ = false;   // 100 (Continue) came for the request being sent
    loop::Event progress_;     // answered_ or continued_ changed
    loop::Scope sending_;
    loop::Scope leaving_;
};

}   // namespace gatehouse::simulation
