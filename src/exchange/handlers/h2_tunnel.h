#pragma once
// The tunnel of a CONNECT (RFC 9113 8.5; extended: RFC 8441): a stream of HTTP/2 on the client's side, a
// connection on the endpoint's, which in the extended case has switched protocols.

#include "exchange/handlers/h1_attempt.h"
#include "http/h2.h"

namespace gatehouse::exchange {

struct StreamTunnel {
    net::Stream& endpoint;
    std::string_view arrived;              // from the endpoint, read already
    loop::Duration idle_limit;             // without a byte in either direction
    loop::Duration endpoint_write_limit;   // of a write of which nothing is taken
    // What the client is told when the endpoint's connection ends otherwise than by its end.
    http::H2Code when_lost = http::H2Code::cancel;
};
// The stream was accepted. Returns when both sides are done, or one failed.
loop::Task<void> relay_on_stream(Exchange& exchange, StreamTunnel settings);

// Accepts the stream and relays until both sides are done. Returns when the tunnel is over; the attempt is,
// too.
loop::Task<void> run_stream_tunnel(Exchange& exchange, const model::ForwardHandler& handler,
                                   H1Attempt& attempt);

}   // namespace gatehouse::exchange
