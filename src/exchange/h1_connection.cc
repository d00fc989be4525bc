#include "exchange/h1_connection.h"

#include "exchange/access_log.h"
#include "exchange/exchange.h"
#include "exchange/handlers/upgrade.h"
#include "exchange/linger.h"
#include "exchange/pipeline.h"
#include "exchange/understand.h"
#include "http/h1_parser.h"

#include <fmt/format.h>

namespace gatehouse::exchange {
namespace {

using loop::Duration;

// What a request says of itself and of the bytes behind it.
http::HeadResult<void> begin(Exchange& exchange, const model::ConnectionSettings& settings) {
    if (const auto understood = understand(exchange, settings); !understood) return understood;
    const auto& request = exchange.request;
    const auto framing = http::request_framing(request);
    if (!framing) return http::HeadFailure(framing.error());
    auto& connection = exchange.client;
    exchange.body.begin(connection.stream, connection.in, *framing, http::expects_continue(request));
    exchange.keep_alive = http::is_persistent(request.version, request.fields);
    return {};
}

struct HeadRead {
    enum class Result : std::uint8_t { complete, refused, gone } result = Result::gone;
    http::HeadError error;
};

// Parses what has arrived; nullopt: more must be read. Bytes of the head end up in exchange.head_bytes, later
// ones stay in connection.in.
std::optional<HeadRead> parse_arrived(Exchange& exchange, http::RequestParser& parser) {
    auto& connection = exchange.client;
    const auto progress = parser.parse(connection.in.view(), exchange.arena(), exchange.request);
    if (progress.state == http::Progress::State::need_more) return {};
    if (progress.state == http::Progress::State::refused) {
        exchange.request_bytes = connection.in.size();
        exchange.head_bytes = std::move(connection.in);
        return HeadRead{HeadRead::Result::refused, progress.error};
    }
    exchange.request_bytes = progress.consumed;
    exchange.head_bytes = std::move(connection.in);
    const auto rest = exchange.head_bytes.view().substr(progress.consumed);
    if (!rest.empty()) connection.in.append(rest);
    return HeadRead{HeadRead::Result::complete, {}};
}

// The rest of a head of which a part has arrived.
loop::Task<HeadRead> read_rest_of_head(Exchange& exchange, const model::ConnectionSettings& settings,
                                       http::RequestParser& parser) {
    auto& connection = exchange.client;
    const loop::Deadline deadline(co_await loop::this_strand(), Duration(settings.header_timeout));
    while (true) {
        const auto read =
            co_await connection.stream.read(connection.in, Buffer::standard_bytes, loop::forever);
        if (read && *read > 0) {
            const auto head = parse_arrived(exchange, parser);
            if (head) co_return *head;
            continue;
        }
        exchange.request_bytes = connection.in.size();
        if (!read && deadline.expired())
            co_return HeadRead{HeadRead::Result::refused, {408, "client_header_timeout"}};
        co_return HeadRead{HeadRead::Result::gone, {400, "client closed"}};
    }
}

// A connection with bytes of a request in it. Mostly that is a whole head, and nothing is awaited.
loop::Task<HeadRead> read_head(Exchange& exchange, const model::ConnectionSettings& settings,
                               http::RequestParser& parser) {
    if (const auto head = parse_arrived(exchange, parser)) return *head;
    return read_rest_of_head(exchange, settings, parser);
}

// A body that nobody wanted is read and dropped, so that the connection can go on (nginx does the same).
loop::Task<bool> drop_body(Exchange& exchange) {
    exchange.body.abandon();
    const loop::Deadline deadline(co_await loop::this_strand(), Duration(exchange.route->lingering_time));
    loop::Share share(loop::bytes_per_turn);
    while (true) {
        const auto piece = co_await exchange.body.next();
        if (!piece || deadline.expired()) co_return false;
        if (piece->empty()) co_return true;
        const auto on = co_await share.spend(piece->size());
        if (!on) co_return false;
    }
}

// Before the next request: an unread rest of the body that is there already is dropped; one still to come
// ends keep-alive.
Ending ending_of(Exchange& exchange) {
    exchange.body.discard_arrived();   // also a last piece that an upload which failed had been handed
    const bool body_left = !exchange.body.done();
    const auto& worker = exchange.client.worker;
    if (exchange.keep_alive && !body_left && !worker.draining) return Ending::keep_alive;
    if (exchange.reset) return Ending::reset;
    const auto lingering =
        exchange.route == nullptr ? model::Route::Lingering::on : exchange.route->lingering_close;
    if (lingering == model::Route::Lingering::off) return Ending::close;
    const bool more_may_come = body_left || !exchange.client.in.empty() || exchange.lingering;
    return more_may_come || lingering == model::Route::Lingering::always ? Ending::linger : Ending::close;
}

struct ExchangeEnd {
    Ending ending = Ending::close;
    Duration keep_alive{};
    Duration lingering_time{}, lingering_timeout{};
};

loop::Task<ExchangeEnd> run_exchange(ClientConnection& connection, bool pipelined) {
    Exchange exchange(connection);
    exchange.pipelined = pipelined;
    const model::ConnectionSettings& settings = settings_of(connection);
    http::RequestParser parser(limits_from(settings));
    connection.worker.counters.reading.add();
    const HeadRead head = co_await read_head(exchange, settings, parser);
    connection.worker.counters.reading.subtract();
    if (head.result == HeadRead::Result::gone) {
        if (exchange.request_bytes > 0) co_await refuse(exchange, 0);
        co_return ExchangeEnd{};
    }
    const InFlight in_flight(connection.worker.counters);
    ++connection.requests;
    auto error = head.error;
    if (head.result == HeadRead::Result::complete) {
        if (const auto begun = begin(exchange, settings); !begun) {
            error = begun.error();
        } else {
            error.status = 0;
        }
    }
    if (error.status != 0) {
        exchange.keep_alive = false;
        exchange.lingering = error.status != 408;
        exchange.reason = error.rule;
        if (exchange.request.line.empty()) {   // the log says what was sent
            const auto sent = exchange.head_bytes.view();
            exchange.request.line = sent.substr(0, sent.find_first_of("\r\n"));
        }
        co_await refuse(exchange, error.status);
    } else {
        co_await run_pipeline(exchange);
    }
    if (connection.tunnel != nullptr) {
        co_await end_with_tunnel(exchange);
        co_return ExchangeEnd{};
    }
    write_access_logs(exchange);
    if (exchange.keep_alive && !exchange.body.done()) exchange.keep_alive = co_await drop_body(exchange);
    ExchangeEnd end;
    end.ending = ending_of(exchange);
    if (exchange.route != nullptr) {
        end.keep_alive = Duration(exchange.route->keepalive_timeout);
        end.lingering_time = Duration(exchange.route->lingering_time);
        end.lingering_timeout = Duration(exchange.route->lingering_timeout);
    }
    co_return end;
}

}   // namespace

// A coroutine of its own, so that an idle connection's frame holds nothing of it.
loop::Task<Duration> serve_h1(ClientConnection& connection) {
    constexpr std::uint64_t pipelined_per_turn = 16;
    loop::Share share(pipelined_per_turn);
    for (bool pipelined = false;; pipelined = true) {
        const ExchangeEnd end = co_await run_exchange(connection, pipelined);
        if (end.ending == Ending::linger)
            co_await linger(connection, end.lingering_time, end.lingering_timeout);
        if (end.ending == Ending::reset) {
            auto& channel = connection.stream.channel();
            channel.loop().backend().set_option(channel.fd(), loop::SocketOption::reset_on_close, 1);
        }
        if (end.ending != Ending::keep_alive) co_return Duration::zero();
        if (connection.in.empty() || end.keep_alive <= Duration::zero()) co_return end.keep_alive;
        const auto on = co_await share.spend(1);   // requests sent ahead must not keep others waiting
        if (!on) co_return Duration::zero();
    }
}

}   // namespace gatehouse::exchange
