#pragma once
// The tunnel of a plain CONNECT over HTTP/2 (RFC 9113 8.5): a stream on the client's side, a connection on
// the other. It runs within its exchange.

#include "exchange/exchange.h"
#include "http/h2.h"
#include "net/stream.h"

namespace gatehouse::exchange {

struct StreamRelay {
    net::Stream& endpoint;
    std::string_view arrived;              // from the endpoint, read already
    loop::Duration idle_limit;             // without a byte in either direction
    loop::Duration endpoint_write_limit;   // of a write of which nothing is taken
    // What the client is told when the endpoint's connection ends otherwise than by its end.
    http::H2Code when_lost = http::H2Code::cancel;
};
// The stream was accepted. Returns when both sides are done, or one failed.
loop::Task<void> relay_on_stream(Exchange& exchange, StreamRelay settings);

}   // namespace gatehouse::exchange
