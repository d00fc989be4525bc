#include "upstream/h2_connection.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gatehouse::upstream {
namespace {

using loop::Duration;
using loop::Task;

constexpr std::size_t bytes_per_write = 64 * 1024;
constexpr Duration longest_farewell = std::chrono::seconds(5);
constexpr std::array<std::string_view, 1> protocols{"h2"};

// An endpoint is trusted more than a client, and gRPC servers do send thousands of small messages.
http::H2Limits endpoint_limits() {
    http::H2Limits limits;
    limits.head.field_bytes = limits.head.head_bytes = std::size_t{128} * 1024;
    // Each stream has its own window, and no more streams are opened than clients ask for: what one slow
    // client leaves untaken must not hold up the others of the connection.
    limits.connection_window_bytes = 0x7fff'ffff;
    limits.resets = {.burst = 4096, .per_second = 512};
    limits.pings = {.burst = 1024, .per_second = 64};
    limits.empty_data = {.burst = 4096, .per_second = 512};
    limits.overhead = {.burst = 65536, .per_second = 8192};
    return limits;
}

}   // namespace

H2Connection::H2Connection(loop::Loop& loop, H2Pool& pool, H2Wish wish)
    : loop_(loop),
      pool_(pool),
      wish_(std::move(wish)),
      session_(endpoint_limits(), *this),
      writer_(loop),
      opened_(loop.now()),
      idle_since_(opened_),
      budget_time_(opened_),
      heard_(opened_),
      needed_last_(opened_) {}

H2Connection::~H2Connection() = default;

Task<void> H2Connection::serve(std::unique_ptr<H2Connection> connection) { co_await connection->run(); }

Task<void> H2Connection::run() {
    reader_ = &(co_await loop::this_strand());
    const auto opened = co_await open();
    if (!opened) {
        over_ = true;
        pool_.remove(*this);
        fail_waiting(opened.error());
        co_return;
    }
    is_open_ = true;
    heard_ = loop_.now();
    writer_.spawn(write());
    admit_waiting();
    co_await read();
    over_ = true;
    pool_.remove(*this);
    session_.connection_lost();
    const Error lost{
        .code = ErrorCode::closed, .source = ErrorSource::upstream, .what = "upstream closed the connection"};
    while (!streams_.empty()) streams_.pop_front().fail(lost);   // admitted, but not submitted yet
    fail_waiting(lost);
    co_await writer_.close();
}

Task<Result<>> H2Connection::open() {
    Result<> result = fail(ErrorCode::unresolved, "connect", ErrorSource::upstream);
    for (const auto& address : wish_.endpoint->addresses) {
        const auto fd = wish_.make_socket(address.family());
        if (!fd) co_return Failure(fd.error());
        connection_ = std::make_unique<Connection>(loop_, *fd, wish_.endpoint);
        result = co_await connection_->stream.connect(address, wish_.connect_timeout);
        if (result || result.error().code == ErrorCode::canceled) break;
    }
    if (result && wish_.context != nullptr) {
        const TlsWish tls{wish_.context, wish_.name, wish_.sends_name, protocols};
        result = co_await secure(*connection_, tls, pool_.sessions_, wish_.connect_timeout);
        if (result && connection_->stream.tls()->application_protocol() != protocols[0])
            result = fail(ErrorCode::malformed, "upstream does not agree to HTTP/2 (ALPN)");
    }
    if (!result) result.error().source = ErrorSource::upstream;
    co_return result;
}

// --- streams ---

bool H2Connection::has_room() const {
    if (!is_open_ || over_ || retired_) return false;
    if (!is_known_) return promised_ + session_.open_streams() == 0 && session_.available() > 0;
    return session_.available() > promised_;
}

void H2Connection::take(H2Stream& stream) {
    if (has_room()) return admit(stream);
    waiting_.push_back(stream);
}

void H2Connection::admit(H2Stream& stream) {
    ++promised_;
    was_idle_ = false;
    streams_.push_back(stream);
    stream.admit(*this, requests_ > 0);
    ++requests_;
    const bool is_spent = requests_ >= wish_.keepalive.requests ||
                          loop_.now() - opened_ >= Duration(wish_.keepalive.time) || !wish_.is_shared;
    if (is_spent) take_no_more();
}

void H2Connection::admit_waiting() {
    while (!waiting_.empty() && has_room()) admit(waiting_.pop_front());
    if (is_known_ || retired_) send_elsewhere();
}

void H2Connection::send_elsewhere() {
    IntrusiveList<H2Stream> rest;
    rest.splice_back(waiting_);
    while (!rest.empty()) pool_.enter(rest.pop_front(), wish_);
}

void H2Connection::fail_waiting(const Error& error) {
    while (!waiting_.empty()) waiting_.pop_front().fail(error);
}

Result<http::StreamId> H2Connection::submit(const http::H2Outgoing& request, http::H2StreamEvents& stream) {
    --promised_;
    auto id = session_.submit(request, stream);
    output_.set();
    return id;
}

void H2Connection::stream_left(bool before_submit) {
    if (before_submit) --promised_;
    needed_last_ = loop_.now();
    output_.set();   // the writer sees whether all is done, when the session has let go, too
}

// Whoever closed nothing may still be gone: its machine, or the way to it. HTTP/1 leaves such a connection
// with the first request that is not answered in time, and so are others spared this one.
void H2Connection::stream_timed_out(Duration after) {
    if (!retired_ && loop_.now() - heard_ >= after) retire();
}

void H2Connection::offer(http::StreamId id, std::string_view piece, bool last) {
    session_.offer(id, piece, last);
    output_.set();
}

void H2Connection::offer_trailers(http::StreamId id, const http::Fields& fields) {
    session_.offer_trailers(id, fields);
    output_.set();
}

void H2Connection::consume(http::StreamId id, std::size_t bytes) {
    session_.consume(id, bytes);
    if (session_.has_output()) output_.set();
}

void H2Connection::reset(http::StreamId id, http::H2Code code) {
    session_.reset(id, code);
    output_.set();
}

// The session itself gives out no more streams and closes those that were not served.
void H2Connection::goaway_arrived(http::H2Code, http::StreamId) { take_no_more(); }

void H2Connection::take_no_more() {
    retired_ = true;
    needed_last_ = loop_.now();
    pool_.remove(*this);
}

void H2Connection::retire() {
    take_no_more();
    output_.set();
}

bool H2Connection::is_overdue(loop::TimePoint now) const {
    const bool is_needed = !streams_.empty() || !waiting_.empty();
    return is_open_ && retired_ && !over_ && !is_needed && now - needed_last_ >= longest_farewell;
}

void H2Connection::leave() {
    if (over_ || !is_open_) return;
    take_no_more();
    say_goodbye();
    over_ = true;
    connection_->stream.close();
}

void H2Connection::say_goodbye() {
    if (is_writing_ || std::exchange(said_goodbye_, true)) return;
    session_.shutdown(http::H2Code::no_error);
    Buffer out;
    session_.pull(out, Buffer::standard_bytes);
    auto writing = connection_->stream.write(out.view(), loop::forever);
    [[maybe_unused]] const bool is_taken = writing.await_ready();   // one try
}

// True: there is something to say about it.
bool H2Connection::become_idle() {
    if (!std::exchange(was_idle_, true)) {
        idle_since_ = loop_.now();
        const bool too_many = pool_.idle_count(endpoint()) > wish_.keepalive.idle_connections;
        if (!retired_ && too_many) retire();
    }
    if (!retired_ || std::exchange(said_goodbye_, true)) return false;
    session_.shutdown(http::H2Code::no_error);
    return true;
}

// --- bytes ---

Task<void> H2Connection::read() {
    auto& in = connection_->in;
    loop::Share share(loop::bytes_per_turn);
    while (!over_) {
        if (const auto bytes = in.size(); bytes > 0) {
            if (!take_input()) co_return co_await say_why();
            if (const auto on = co_await share.spend(bytes); !on) co_return;
        }
        const auto read = connection_->stream.try_read(in, Buffer::standard_bytes);
        if (!read || (*read && **read == 0)) co_return;
        if (*read) continue;
        in.release();
        const Duration patience = is_known_ ? loop::forever : wish_.connect_timeout;
        const auto ready = co_await connection_->stream.readable(patience);
        if (ready) continue;
        if (ready.error().code != ErrorCode::timed_out) co_return;
        is_known_ = true;   // no SETTINGS: nobody else need wait for this connection
        take_no_more();
        fail_waiting({.code = ErrorCode::timed_out,
                      .source = ErrorSource::upstream,
                      .what = "upstream sent no HTTP/2 settings"});
    }
}

bool H2Connection::take_input() {
    const auto now = loop_.now();
    session_.pass_time(std::chrono::duration_cast<std::chrono::milliseconds>(now - budget_time_));
    budget_time_ = heard_ = now;
    const auto fed = session_.feed(connection_->in.view());
    connection_->in.clear();
    if (!is_known_ && session_.settings_known()) {
        is_known_ = true;
        admit_waiting();
    }
    output_.set();
    return fed.has_value();
}

// The session is broken: the endpoint is sent the GOAWAY, if it still reads.
Task<void> H2Connection::say_why() {
    if (!over_) [[maybe_unused]]
        const auto said = co_await ended_.wait(longest_farewell);
}

Task<void> H2Connection::write() {
    while (true) {
        while (session_.has_output()) {
            out_.reserve(Buffer::large_bytes);
            session_.pull(out_, bytes_per_write);
            if (out_.empty()) break;
            // how long a request may take to be sent is its own limit
            is_writing_ = true;
            const auto written = co_await connection_->stream.write(out_.view(), loop::forever);
            is_writing_ = false;
            if (!written) co_return end_writing();
            out_.clear();
        }
        out_.release();
        if (is_idle() && become_idle()) continue;
        if (session_.finished()) break;
        output_.clear();
        const auto waited = co_await output_.wait();
        if (!waited) co_return;
    }
    end_writing();
}

void H2Connection::end_writing() {
    over_ = true;
    ended_.set();
    reader_->interrupt(ErrorCode::closed);
}

}   // namespace gatehouse::upstream
