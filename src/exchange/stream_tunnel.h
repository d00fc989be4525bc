#pragma once
// The tunnel of an extended CONNECT (RFC 8441): bytes both ways between a stream of HTTP/2 and an endpoint
// that switched protocols, until both sides are done. As Tunnel it is all that is left of the exchange that
// made it: it knows nothing of requests and holds neither exchange nor snapshot, and no buffer while nothing
// moves. Owned by its stream, and run on the stream's strand.

#include "exchange/tunnel.h"
#include "exchange/tunnel_log.h"

namespace gatehouse::exchange {

class H2ClientStream;

class StreamTunnel {
public:
    StreamTunnel(H2ClientStream& client, upstream::ConnectionPtr endpoint, upstream::EndpointLease lease,
                 const TunnelSettings& settings, const TunnelLog::Past& past);
    ~StreamTunnel();

    // Returns when it is over; the endpoint's connection is closed then, and the place given back. Once.
    loop::Task<void> run();

    [[nodiscard]] Tunnel::Traffic& traffic() { return facts_.traffic; }
    [[nodiscard]] const Tunnel::Facts& facts() const { return facts_; }

    TunnelLog log;

private:
    static loop::Task<void> pump_up(StreamTunnel& tunnel);
    static loop::Task<void> pump_down(StreamTunnel& tunnel);
    loop::Task<Tunnel::End> move_up();
    loop::Task<Tunnel::End> move_down();
    void finish(Tunnel::End why);
    [[nodiscard]] loop::TimePoint now() const { return endpoint_->stream.channel().loop().now(); }
    // The time is up in one direction, but not in the other.
    [[nodiscard]] bool goes_on(const Error& error) const {
        return error.code == ErrorCode::timed_out && now() - active_ < settings_.idle_limit;
    }

    H2ClientStream& client_;
    upstream::ConnectionPtr endpoint_;
    upstream::EndpointLease lease_;
    const TunnelSettings settings_;
    Tunnel::Facts facts_;
    loop::Scope scope_;        // of both directions
    loop::TimePoint active_;   // the latest byte in either
    bool is_finished_ = false;
};

}   // namespace gatehouse::exchange
