#include "exchange/tunnel.h"

#include <algorithm>
#include <span>

namespace gatehouse::exchange {

using loop::Task;

namespace {

// A block that is at hand, where one is large enough.
std::size_t block_for(std::size_t bytes) {
    if (bytes <= Buffer::standard_bytes) return Buffer::standard_bytes;
    return std::max(bytes, Buffer::large_bytes);
}

}   // namespace

Tunnel::Tunnel(net::Stream& client, upstream::ConnectionPtr endpoint, upstream::EndpointLease lease,
               TunnelSettings settings)
    : client_(client),
      endpoint_(std::move(endpoint)),
      lease_(std::move(lease)),
      settings_(settings),
      up_{client_,
          endpoint_->stream,
          facts_.traffic.from_client,
          facts_.traffic.to_endpoint,
          settings.endpoint_write_limit,
          settings.upload_rate},
      down_{endpoint_->stream,
            client_,
            facts_.traffic.from_endpoint,
            facts_.traffic.to_client,
            settings.client_write_limit,
            settings.download_rate},
      scope_(client.channel().loop()),
      idle_(*this),
      active_(loop().now()) {}

Task<void> Tunnel::run() {
    active_ = loop().now();
    if (settings_.idle_limit != loop::forever) loop().arm(idle_, settings_.idle_limit);
    scope_.spawn(pump(*this, down_));
    co_await pump(*this, up_);
    co_await scope_.join();
    idle_.disarm();
    endpoint_ = nullptr;
    lease_.release();
}

Task<void> Tunnel::pump(Tunnel& tunnel, Direction& direction) {
    Moved moved = Moved::all;
    if (&direction == &tunnel.up_ && !tunnel.first_.empty())
        moved = co_await write_rest(tunnel, direction, std::move(tunnel.first_));
    while (moved == Moved::all) {
        const auto ready = co_await direction.from.readable(loop::forever, loop::Waiter::Work::begun);
        if (!ready) {
            moved = why(ready.error());
            break;
        }
        moved = co_await tunnel.move(direction);
    }
    tunnel.direction_is_over(direction, moved);
}

Tunnel::Moved Tunnel::why(const Error& error) {
    switch (error.code) {
        case ErrorCode::timed_out: return Moved::timed_out;
        case ErrorCode::canceled: return Moved::canceled;
        default: return Moved::failed;
    }
}

void Tunnel::took(Direction& direction, std::size_t bytes) {
    active_ = loop().now();
    direction.received += bytes;
    direction.this_turn += bytes;
    if (&direction == &down_ && !facts_.first_byte_at) facts_.first_byte_at = active_;
}

// Mostly nothing is awaited, and no coroutine is needed.
Task<Tunnel::Moved> Tunnel::move(Direction& direction) {
    if (direction.rate != 0) return move_slowly(*this, direction);
    Buffer buffer;
    buffer.reserve(block_for(settings_.buffer_bytes));
    while (direction.this_turn < loop::bytes_per_turn) {
        const auto read = direction.from.try_read(buffer, settings_.buffer_bytes);
        if (!read) return Moved::failed;
        if (!*read) return Moved::all;
        if (**read == 0) return Moved::end;
        took(direction, **read);
        const std::string_view piece = buffer.view();
        const auto written = direction.to.try_write(std::span(&piece, 1));
        if (!written) return Moved::failed;
        direction.sent += *written;
        buffer.consume(*written);
        if (!buffer.empty()) return write_rest(*this, direction, std::move(buffer));
    }
    return let_others(direction);
}

Task<Tunnel::Moved> Tunnel::let_others(Direction& direction) {
    direction.this_turn = 0;
    const auto on = co_await loop::yield();
    co_return on ? Moved::all : why(on.error());
}

Task<Tunnel::Moved> Tunnel::write_rest(Tunnel& tunnel, Direction& direction, Buffer rest) {
    ++tunnel.writing_;
    const auto written = co_await direction.to.write(rest.view(), direction.write_limit);
    --tunnel.writing_;
    if (!written) co_return why(written.error());
    direction.sent += rest.size();
    tunnel.active_ = tunnel.loop().now();
    rest.release();
    if (direction.this_turn < loop::bytes_per_turn) co_return Moved::all;
    co_return co_await let_others(direction);
}

// One piece, after the time that the one before it was worth: never more than a second's at once.
Task<Tunnel::Moved> Tunnel::move_slowly(Tunnel& tunnel, Direction& direction) {
    if (const auto early = direction.not_before - tunnel.loop().now(); early > loop::Duration::zero()) {
        ++tunnel.delayed_;
        const auto waited = co_await loop::sleep(early);
        --tunnel.delayed_;
        if (!waited) co_return why(waited.error());
        tunnel.active_ = tunnel.loop().now();
    }
    Buffer buffer;
    buffer.reserve(block_for(tunnel.settings_.buffer_bytes));
    const auto most = std::min<std::uint64_t>(direction.rate, tunnel.settings_.buffer_bytes);
    const auto read = direction.from.try_read(buffer, static_cast<std::size_t>(most));
    if (!read) co_return Moved::failed;
    if (!*read) co_return Moved::all;
    if (**read == 0) co_return Moved::end;
    tunnel.took(direction, **read);
    direction.not_before = tunnel.loop().now() + std::chrono::milliseconds(**read * 1000 / direction.rate);
    co_return co_await write_rest(tunnel, direction, std::move(buffer));
}

void Tunnel::direction_is_over(Direction& direction, Moved how) {
    const bool is_up = &direction == &up_;
    const Direction& other = is_up ? down_ : up_;
    direction.is_over = true;
    if (how == Moved::end && settings_.half_close && !other.is_over) {
        direction.to.shutdown_write();
        if (settings_.end_limit >= settings_.idle_limit) return;
        settings_.idle_limit = settings_.end_limit;
        idle_.disarm();
        loop().arm(idle_, settings_.idle_limit);
        return;
    }
    if (how == Moved::timed_out) return finish(End::timed_out);
    if (how == Moved::canceled) return finish(End::canceled);
    finish(is_up ? End::client : End::endpoint);
}

void Tunnel::check_idle() {
    const auto now = loop().now();
    const bool waits_otherwise = writing_ > 0 || delayed_ > 0;
    const auto idle_for = waits_otherwise ? loop::Duration::zero() : now - active_;
    if (idle_for < settings_.idle_limit) {
        loop().arm(idle_, settings_.idle_limit - idle_for);
    } else {
        finish(End::timed_out);
    }
}

// Whoever waits for one of the streams sees it closed.
void Tunnel::finish(End why) {
    if (std::exchange(is_finished_, true)) return;
    facts_.end = why;
    client_.close();
    endpoint_->stream.close();
}

}   // namespace gatehouse::exchange
