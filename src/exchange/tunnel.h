#pragma once
// Tunnel: bytes both ways between a client and an endpoint until it is over; an upgraded connection (a
// WebSocket), or one that is passed on from its first byte. Each direction reads only after its write was
// taken, so that whoever reads slowly slows down who sends. It knows nothing of requests and holds neither
// exchange nor snapshot: two streams and the place at the endpoint. While nothing moves it has no buffer.
// One worker's; its client's stream outlives it.

#include "base/buffer.h"
#include "loop/loop.h"
#include "net/stream.h"
#include "upstream/endpoint_lease.h"
#include "upstream/pool.h"

#include <cstdint>
#include <optional>

namespace gatehouse::exchange {

struct TunnelSettings {
    loop::Duration idle_limit = loop::forever;   // without a byte in either direction
    // Of a write of which nothing is taken.
    loop::Duration client_write_limit = loop::forever, endpoint_write_limit = loop::forever;
    std::size_t buffer_bytes = Buffer::standard_bytes;   // read at once
    std::uint64_t upload_rate = 0, download_rate = 0;    // bytes a second; 0: no limit
    // The end of what one side sends is passed on, and the other side may go on; else it ends the tunnel, as
    // soon as what came before it was written.
    bool half_close = false;
    loop::Duration end_limit = loop::forever;   // instead of idle_limit, once one side has ended
};

class Tunnel {
public:
    struct Traffic {   // bytes; what went before the tunnel may be put in
        std::uint64_t from_client = 0, to_client = 0, from_endpoint = 0, to_endpoint = 0;
    };
    enum class End : std::uint8_t { client, endpoint, timed_out, canceled };   // who or what ended it
    struct Facts {
        Traffic traffic;
        std::optional<loop::TimePoint> first_byte_at;   // from the endpoint
        End end = End::canceled;
    };

    Tunnel(net::Stream& client, upstream::ConnectionPtr endpoint, upstream::EndpointLease lease,
           TunnelSettings settings);
    Tunnel(const Tunnel&) = delete;
    Tunnel& operator=(const Tunnel&) = delete;

    // Sent to the endpoint first; it is not counted as from the client.
    void put_first(Buffer bytes) { first_ = std::move(bytes); }
    // Returns when it is over; both streams are closed then, and the place is given back. Once.
    loop::Task<void> run();

    [[nodiscard]] const Facts& facts() const { return facts_; }
    [[nodiscard]] Traffic& traffic() { return facts_.traffic; }

private:
    struct Direction {
        net::Stream& from;
        net::Stream& to;
        std::uint64_t &received, &sent;
        loop::Duration write_limit;
        std::uint64_t rate;
        loop::TimePoint not_before{};   // of the next read, where there is a rate
        std::uint64_t this_turn = 0;    // bytes since the others of the loop had a turn
        bool is_over = false;
    };
    enum class Moved : std::uint8_t { all, end, failed, timed_out, canceled };   // all: as much as there is
    struct IdleTimer final : loop::Timer {
        explicit IdleTimer(Tunnel& of) : tunnel(of) {}
        void fire() override { tunnel.check_idle(); }
        Tunnel& tunnel;
    };

    static loop::Task<void> pump(Tunnel& tunnel, Direction& direction);
    [[nodiscard]] loop::Task<Moved> move(Direction& direction);
    static loop::Task<Moved> move_slowly(Tunnel& tunnel, Direction& direction);
    static loop::Task<Moved> write_rest(Tunnel& tunnel, Direction& direction, Buffer rest);
    static loop::Task<Moved> let_others(Direction& direction);
    [[nodiscard]] static Moved why(const Error& error);
    void took(Direction& direction, std::size_t bytes);
    void direction_is_over(Direction& direction, Moved how);
    void check_idle();
    void finish(End why);
    [[nodiscard]] loop::Loop& loop() const { return client_.channel().loop(); }

    net::Stream& client_;
    upstream::ConnectionPtr endpoint_;
    upstream::EndpointLease lease_;
    TunnelSettings settings_;
    Facts facts_;
    Direction up_, down_;
    loop::Scope scope_;   // of the direction down; the other runs on its owner's strand
    IdleTimer idle_;
    Buffer first_;
    loop::TimePoint active_;   // the latest byte in either direction
    unsigned writing_ = 0;     // directions that wait for a write, which has a limit of its own …
    unsigned delayed_ = 0;     // … or for their rate to allow more: nobody idles then
    bool is_finished_ = false;
};

}   // namespace gatehouse::exchange
