#pragma once
// A simulated endpoint: a server of HTTP/1.1 or HTTP/2 that mostly behaves, and as often as it is told does
// not: it answers late, early, in part, with rubbish, twice or not at all, closes when it should not, and
// goes down for a while. What is particular to HTTP/2 is in h2_endpoint.h.

#include "ledger.h"
#include "wire.h"

#include "base/socket_address.h"
#include "loop/sim/sim_world.h"

#include <memory>
#include <vector>

namespace gatehouse::simulation {

struct EndpointPlan {
    unsigned mischief = 0;    // ‰ of requests met with one of the misbehaviours
    bool goes_down = false;   // now and then, for seconds
    Duration slowest{};       // before the head, usually
    std::size_t largest_body = 100'000;
    bool http_2 = false, tls = false;
};

class Endpoint {
public:
    Endpoint(loop::SimWorld& world, loop::Loop& loop, Ledger& ledger, int number, SocketAddress address,
             EndpointPlan plan);

    [[nodiscard]] bool start();   // false: out of descriptors
    [[nodiscard]] Task<void> stop();
    [[nodiscard]] int requests() const { return requests_; }
    [[nodiscard]] const SocketAddress& address() const { return address_; }

private:
    friend class H2EndpointConnection;
    enum class Mischief {
        none,
        silence,
        close,
        reset,
        partial_head,
        partial_body,
        rubbish,
        extra,
        early,
        huge_head
    };
    enum class Framing { length, chunked, close };

    Task<void> accept_all();
    Task<void> live();   // going down and coming up
    Task<void> serve(int fd);
    // false: the connection is over
    Task<bool> serve_one(net::Stream& stream, Wire& wire, std::uint64_t& previous);
    Task<void> echo(net::Stream& stream, Wire& wire, std::uint64_t id, Mischief mischief);
    Task<bool> answer(net::Stream& stream, const Head& head, std::uint64_t id, Mischief mischief);
    Task<bool> read_request_body(Wire& wire, const Head& head, std::uint64_t id, std::size_t sighting);
    [[nodiscard]] Mischief draw_mischief();
    [[nodiscard]] int draw_status();
    // A request that arrived: its place among those of its entry; null: nobody made it.
    [[nodiscard]] Ledger::Entry* sight(std::uint64_t id, std::string_view start, std::string_view version);
    void note_body(std::uint64_t id, std::size_t sighting, std::string_view body, End end);
    [[nodiscard]] std::size_t draw_body_bytes();
    [[nodiscard]] bool listen();

    loop::SimWorld& world_;
    loop::Loop& loop_;
    Ledger& ledger_;
    const int number_;
    const SocketAddress address_;
    const EndpointPlan plan_;
    int requests_ = 0;
    loop::Channel listener_;
    loop::Scope life_;
    loop::Scope accepting_;
    loop::Scope connections_;
};

}   // namespace gatehouse::simulation
