#pragma once
// While it lives, the client's going interrupts the strand's wait, once, with ErrorCode::closed: the hang-up
// of a connection, or the reset of a stream of HTTP/2.

#include "exchange/exchange.h"
#include "exchange/h2_client_stream.h"

#include <optional>

namespace gatehouse::exchange {

class ClientWatch {
public:
    // exchange.abandoned_by_fin: the end of what the client sends counts too.
    ClientWatch(Exchange& exchange, loop::Strand& strand) : stream_(exchange.stream) {
        if (stream_ == nullptr) {
            hangup_.emplace(exchange.client.stream.channel(), strand, exchange.abandoned_by_fin);
        } else {
            stream_->watch(&strand);
        }
    }
    ~ClientWatch() {
        if (stream_ != nullptr) stream_->watch(nullptr);
    }
    ClientWatch(const ClientWatch&) = delete;
    ClientWatch& operator=(const ClientWatch&) = delete;

private:
    H2ClientStream* stream_;
    std::optional<loop::HangupGuard> hangup_;
};

}   // namespace gatehouse::exchange
