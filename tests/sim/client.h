#pragma once
// A simulated client: one connection and the requests it sends on it, one after the other or pipelined. It
// reads strictly, compares every byte with what it must be, and notes in the ledger what it got. Some are
// slow, some leave in the middle.

#include "ledger.h"
#include "wire.h"

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
    Duration starts_after{};
    Duration between_requests{};
    Duration between_reads{};
    std::optional<Duration> leaves_after;   // whatever it is doing
};

// What the gateway answers by itself, by target: files and fixed texts. "*": instead of an error page.
using OwnAnswers = std::map<std::string, std::string>;

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
    void judge(const Request& request, const Head& head, End end, const std::string& body);
    void judge_forwarded(const Request& request, const Head& head, End end, const std::string& body);
    void judge_refused(const Request& request, const Head& head);
    void judge_own(const Request& request, const Head& head, End end, const std::string& body);
    void violation(const Request& request, std::string_view what);

    loop::SimWorld& world_;
    loop::Loop& loop_;
    Ledger& ledger_;
    const OwnAnswers& own_;
    const SocketAddress gateway_;
    const ClientPlan plan_;
    const bool may_starve_;   // the network may lose its packets: silence is nobody's fault
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
