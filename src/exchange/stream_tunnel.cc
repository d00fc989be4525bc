#include "exchange/stream_tunnel.h"

#include "exchange/h2_client_stream.h"

#include <utility>

namespace gatehouse::exchange {

using loop::Task;
using End = Tunnel::End;

namespace {

End why(const Error& error, End otherwise) {
    if (error.code == ErrorCode::timed_out) return End::timed_out;
    return error.code == ErrorCode::canceled ? End::canceled : otherwise;
}

}   // namespace

StreamTunnel::StreamTunnel(H2ClientStream& client, upstream::ConnectionPtr endpoint,
                           upstream::EndpointLease lease, const TunnelSettings& settings,
                           const TunnelLog::Past& past)
    : log(past),
      client_(client),
      endpoint_(std::move(endpoint)),
      lease_(std::move(lease)),
      settings_(settings),
      scope_(endpoint_->stream.channel().loop()),
      active_(now()) {}

StreamTunnel::~StreamTunnel() = default;

Task<void> StreamTunnel::run() {
    active_ = now();
    scope_.spawn(pump_up(*this));
    scope_.spawn(pump_down(*this));
    co_await scope_.join();
    // a client that never ends its side must not keep the stream
    if (!client_.ended()) client_.reset(http::H2Code::no_error);
    endpoint_ = nullptr;
    lease_.release();
}

// The end of what one side sends is passed on, and the other side may go on; anything else ends both.
void StreamTunnel::finish(End end) {
    if (std::exchange(is_finished_, true)) return;
    facts_.end = end;
    scope_.cancel();
}

Task<void> StreamTunnel::pump_up(StreamTunnel& tunnel) {
    const End end = co_await tunnel.move_up();
    if (end != End::client) co_return tunnel.finish(end);
    if (tunnel.client_.is_gone()) co_return tunnel.finish(end);
    tunnel.facts_.end = end;
    tunnel.endpoint_->stream.shutdown_write();
}

Task<void> StreamTunnel::pump_down(StreamTunnel& tunnel) {
    const End end = co_await tunnel.move_down();
    if (end != End::endpoint || !tunnel.client_.is_answered()) co_return tunnel.finish(end);
    tunnel.facts_.end = end;
}

Task<End> StreamTunnel::move_up() {
    loop::Share share(loop::bytes_per_turn);
    auto& arrived = client_.in;
    while (true) {
        if (arrived.empty()) {
            if (client_.ended()) co_return End::client;
            const auto filled = co_await client_.fill(settings_.idle_limit);
            if (filled || goes_on(filled.error())) continue;
            co_return why(filled.error(), End::client);
        }
        const auto bytes = arrived.size();
        facts_.traffic.from_client += bytes;
        active_ = now();
        const auto written = co_await endpoint_->stream.write(arrived.view(), settings_.endpoint_write_limit);
        if (!written) co_return why(written.error(), End::endpoint);
        facts_.traffic.to_endpoint += bytes;
        active_ = now();
        arrived.consume(bytes);
        client_.consumed(bytes);
        if (const auto on = co_await share.spend(bytes); !on) co_return why(on.error(), End::client);
    }
}

Task<End> StreamTunnel::move_down() {
    Buffer buffer;
    loop::Share share(loop::bytes_per_turn);
    while (true) {
        const auto read =
            co_await endpoint_->stream.read(buffer, settings_.buffer_bytes, settings_.idle_limit);
        if (!read && goes_on(read.error())) continue;
        if (!read) co_return why(read.error(), End::endpoint);
        active_ = now();
        const bool is_last = *read == 0;
        if (!facts_.first_byte_at && !is_last) facts_.first_byte_at = active_;
        facts_.traffic.from_endpoint += *read;
        const auto sent =
            co_await client_.send(buffer.view(), is_last, settings_.client_write_limit, nullptr);
        if (!sent) co_return why(sent.error(), End::client);
        if (is_last) co_return End::endpoint;
        facts_.traffic.to_client += *read;
        active_ = now();
        buffer.release();
        if (const auto on = co_await share.spend(*read); !on) co_return why(on.error(), End::endpoint);
    }
}

}   // namespace gatehouse::exchange
