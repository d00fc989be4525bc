#include "exchange/h2_connection.h"

#include "exchange/access_log.h"
#include "exchange/exchange.h"
#include "exchange/handlers/h2_tunnel.h"
#include "exchange/linger.h"
#include "exchange/pipeline.h"
#include "exchange/stream_tunnel.h"
#include "exchange/understand.h"
#include "log/error_log.h"

#include <fmt/format.h>

namespace gatehouse::exchange {
namespace {

using loop::Duration;
using loop::Task;

constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::size_t bytes_per_write = 64 * 1024;
constexpr Duration to_say_goodbye = std::chrono::seconds(1);

http::H2Limits limits_of(const ClientConnection& client) {
    const auto& settings = settings_of(client);
    http::H2Limits limits;
    limits.head = limits_from(settings);
    limits.concurrent_streams = settings.http2_streams;
    return limits;
}

}   // namespace

bool may_begin_h2(std::string_view arrived) { return preface.starts_with(arrived.substr(0, preface.size())); }

bool begins_h2(std::string_view arrived) { return arrived.starts_with(preface); }

H2Connection::H2Connection(ClientConnection& client)
    : client_(client),
      session_(limits_of(client), *this),
      strands_(client.worker.loop),
      writer_(client.worker.loop),
      idle_since_(client.worker.loop.now()),
      budget_time_(idle_since_) {
    client.worker.h2_connections.push_back(*this);
    client.h2 = this;
}

H2Connection::~H2Connection() { client_.h2 = nullptr; }

Task<bool> H2Connection::run() {
    reader_ = &(co_await loop::this_strand());
    if (client_.worker.draining) drain();   // it came before the worker left its listeners
    writer_.spawn(write());
    co_await read();
    session_.connection_lost();
    co_await strands_.close();   // those whose client is gone, and what they still log
    while (!arrived_.empty()) delete &arrived_.pop_front();
    co_await writer_.close();
    log_failure();
    co_return said_all_ && !reader_->canceled();
}

// --- input ---

Task<void> H2Connection::read() {
    loop::Share share(loop::bytes_per_turn);
    while (!over_) {
        const auto bytes = client_.in.size();
        if (bytes > 0) {
            if (!take_input()) co_return co_await say_why();
            if (const auto on = co_await share.spend(bytes); !on) co_return;
        }
        const auto read = client_.stream.try_read(client_.in, Buffer::standard_bytes);
        if (!read || (*read && **read == 0)) co_return;
        if (*read) continue;
        client_.in.release();
        if (!co_await wait_for_input()) co_return;
    }
}

bool H2Connection::take_input() {
    const auto now = client_.worker.loop.now();
    session_.pass_time(std::chrono::duration_cast<std::chrono::milliseconds>(now - budget_time_));
    budget_time_ = now;
    constexpr Duration longest_farewell = std::chrono::seconds(5);
    if (session_.draining() && now - drain_began_ > longest_farewell) session_.finish_drain();
    const auto fed = session_.feed(client_.in.view());
    client_.in.clear();
    start_arrived();
    wake_writer();
    return fed.has_value();
}

// The session is broken: the client is sent the GOAWAY, if it still reads.
Task<void> H2Connection::say_why() {
    constexpr Duration longest = std::chrono::seconds(5);
    log_failure();
    if (!over_) [[maybe_unused]]
        const auto said = co_await ended_.wait(longest);
}

// How long an idle connection may stay so from now on.
Duration H2Connection::patience() const {
    const auto now = client_.worker.loop.now();
    if (session_.draining()) return to_say_goodbye - (now - std::max(idle_since_, drain_began_));
    const bool is_new = client_.requests == 0;
    const Duration longest = is_new ? settings_of(client_).header_timeout : defaults().keepalive_timeout;
    return longest - (now - idle_since_);
}

// How an idle connection waits: without buffers, and among those that may be closed for want of descriptors.
Task<bool> H2Connection::wait_for_input() {
    constexpr Duration shortest = std::chrono::milliseconds(100);
    bool is_last = false;
    while (!over_) {
        // Streams have time limits of their own; while there are any, it comes back to look.
        Duration longest = std::max<Duration>(defaults().keepalive_timeout, shortest);
        if (session_.open_streams() == 0) {
            if (patience() <= Duration::zero()) drain();
            longest = patience();
            is_last = longest <= Duration::zero();
            if (is_last) {   // it takes no notice
                session_.finish_drain();
                wake_writer();
                longest = to_say_goodbye;
            }
            note_idle();
        }
        waits_ = true;
        const auto ready = co_await client_.stream.readable(longest);
        waits_ = false;
        note_busy();
        if (ready) co_return true;
        if (is_last || ready.error().code != ErrorCode::timed_out || reader_->canceled()) co_return false;
    }
    co_return false;
}

void H2Connection::note_idle() {
    if (std::exchange(is_noted_idle_, true)) return;
    client_.worker.idle.push_back(client_);
    client_.worker.counters.waiting.add();
}

// Who closed it for want of room has taken it from the list already.
void H2Connection::note_busy() {
    if (!std::exchange(is_noted_idle_, false)) return;
    client_.unlink();
    client_.worker.counters.waiting.subtract();
}

const model::Route& H2Connection::defaults() const {
    return *client_.port.listener->sites.default_site().defaults;
}

void H2Connection::log_failure() {
    const auto& failure = session_.failure();
    if (!failure || failure->by_peer || std::exchange(is_failure_logged_, true)) return;
    Arena arena;
    if (failure->code == http::H2Code::enhance_your_calm) client_.worker.counters.http2_abuses.add();
    log::write_error(log::LogLevel::info, defaults().error_logs, client_.number,
                     fmt::format("HTTP/2 connection ended ({}): {}, client: {}", http::name_of(failure->code),
                                 failure->why, client_.peer.ip_text(arena)));
}

void H2Connection::log_failed_write(const Error& error) {
    if (error.code == ErrorCode::canceled) return;   // closed by ourselves
    Arena arena;
    log::write_error(log::LogLevel::info, defaults().error_logs, client_.number,
                     fmt::format("{} ({}) on an HTTP/2 connection, client: {}", error.describe(),
                                 name_of(error.code), client_.peer.ip_text(arena)));
}

void H2Connection::stream_refused(http::StreamId id, http::H2Code code, const char* why) {
    Arena arena;
    log::write_error(log::LogLevel::info, defaults().error_logs, client_.number,
                     fmt::format("HTTP/2 stream {} refused ({}): {}, client: {}", id, http::name_of(code),
                                 why, client_.peer.ip_text(arena)));
}

// --- output ---

Task<void> H2Connection::write() {
    loop::Share share(loop::bytes_per_turn);
    while (true) {
        output_.clear();   // whatever comes up from here on is looked at, or waits with it
        while (session_.has_output()) {
            out_.reserve(Buffer::large_bytes);
            session_.pull(out_, bytes_per_write);
            if (out_.empty()) break;
            auto writing = client_.stream.write(out_.view(), defaults().send_timeout);
            is_blocked_ = !writing.await_ready();
            if (is_blocked_) hold_up_streams();
            const auto written = co_await writing;
            is_blocked_ = false;
            if (!written) {
                log_failed_write(written.error());
                end_writing();
                co_return;
            }
            const auto bytes = out_.size();
            out_.clear();
            if (const auto on = co_await share.spend(bytes); !on) co_return;
        }
        out_.release();
        check_idle();
        hold_up_streams();
        if (session_.finished()) break;
        const auto waited = co_await output_.wait();
        if (!waited) co_return;
    }
    said_all_ = true;
    end_writing();
}

// The reader may be on its way: then it sees for itself.
void H2Connection::end_writing() {
    over_ = true;
    ended_.set();
    reader_->interrupt(ErrorCode::closed);
}

// Whatever is still offered when nothing can be written waits for the client.
void H2Connection::hold_up_streams() {
    streams_.for_each([](H2ClientStream& stream) { stream.hold_up(); });
}

// --- streams ---

http::H2StreamEvents* H2Connection::request_arrived(http::StreamId id,
                                                    std::unique_ptr<http::H2Request> request) {
    auto* stream = new H2ClientStream(*this, id, std::move(request));
    arrived_.push_back(*stream);
    was_idle_ = false;
    return stream;
}

// Not from within the session's call: an exchange may do anything.
void H2Connection::start_arrived() {
    while (!arrived_.empty()) {
        auto& stream = arrived_.pop_front();
        streams_.push_back(stream);
        strands_.spawn(serve(stream));
    }
}

Task<void> H2Connection::serve(H2ClientStream& stream) {
    {
        Exchange exchange(client_);
        exchange.stream = &stream;
        auto& request = *stream.request;
        exchange.request = std::move(request.head);
        exchange.request_bytes = request.bytes;
        if (exchange.asks_for_tunnel()) {   // the same wish as an Upgrade, which has this method
            exchange.request.method = http::Method::get;
            exchange.request.method_text = "GET";
        }
        const InFlight in_flight(client_.worker.counters);
        ++client_.requests;
        auto error = request.refusal;
        exchange.body.begin(stream, stream.in, request.framing, http::expects_continue(exchange.request));
        if (error.status == 0) {
            if (const auto understood = understand(exchange, settings_of(client_)); !understood)
                error = understood.error();
        }
        if (error.status != 0) {
            exchange.reason = error.rule;
            co_await refuse(exchange, error.status);
        } else {
            co_await run_pipeline(exchange);
        }
        if (stream.tunnel == nullptr) {
            write_access_logs(exchange);
        } else {
            co_await end_with_stream_tunnel(exchange);
        }
        const auto age = client_.worker.loop.now() - client_.opened;
        if (client_.requests >= defaults().keepalive_requests || age >= Duration(defaults().keepalive_time))
            drain();
    }
    stream.request = nullptr;
    if (stream.tunnel != nullptr) co_await run_tunnel(stream);
    strand_ended(stream);
}

// The exchange that made it is over, and nothing of it is left.
Task<void> H2Connection::run_tunnel(H2ClientStream& stream) {
    auto& worker = client_.worker;
    worker.counters.writing.add();
    co_await stream.tunnel->run();
    worker.counters.writing.subtract();
    stream.tunnel->log.finish(worker, stream.tunnel->facts());
}

void H2Connection::strand_ended(H2ClientStream& stream) {
    stream.strand_ended();
    if (stream.is_over()) let_go(stream);
}

void H2Connection::stream_closed(H2ClientStream& stream, const http::H2Closed& how) {
    const bool is_alive = !session_.failure() && how.code != http::H2Code::cancel;
    if (is_alive && how.by == http::H2Closed::By::session) stream_refused(stream.id(), how.code, how.why);
    if (stream.is_over()) let_go(stream);
}

void H2Connection::let_go(H2ClientStream& stream) {
    delete &stream;   // leaves its list
    check_idle();
}

// The session may still hold a stream that is to be reset: this is asked again when it was written.
void H2Connection::check_idle() {
    if (session_.open_streams() > 0 || std::exchange(was_idle_, true)) return;
    idle_since_ = client_.worker.loop.now();
    if (!waits_) return;
    note_idle();
    if (session_.draining() || patience() <= Duration::zero()) reader_->interrupt(ErrorCode::timed_out);
}

// What the client has sent before it knows is still served: the end comes when it has answered, or soon.
void H2Connection::drain() {
    if (session_.draining()) return;
    drain_began_ = client_.worker.loop.now();
    session_.drain();
    wake_writer();
    if (waits_) reader_->interrupt(ErrorCode::timed_out);   // its patience is another now
}

void H2Connection::say_goodbye() {
    if (is_blocked_) return;
    session_.shutdown(http::H2Code::no_error);
    Buffer out;
    session_.pull(out, Buffer::standard_bytes);
    auto writing = client_.stream.write(out.view(), defaults().send_timeout);
    [[maybe_unused]] const bool is_taken = writing.await_ready();   // one try
}

Task<void> serve_h2(ClientConnection& connection) {
    auto own = std::make_unique<H2Connection>(connection);   // an idle frame holds nothing of it
    const bool may_be_sending = co_await own->run();
    own.reset();
    const auto& route = *connection.port.listener->sites.default_site().defaults;
    if (!may_be_sending || route.lingering_close == model::Route::Lingering::off) co_return;
    co_await linger(connection, Duration(route.lingering_time), Duration(route.lingering_timeout));
}

}   // namespace gatehouse::exchange
