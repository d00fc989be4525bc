#include "exchange/h2_respond.h"

#include "exchange/body_stream.h"
#include "exchange/client_watch.h"
#include "exchange/error_page.h"
#include "exchange/h2_client_stream.h"
#include "exchange/rate_limit.h"
#include "exchange/response_head.h"
#include "exchange/worker_state.h"
#include "http/date.h"
#include "http/grpc.h"
#include "http/status.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::exchange {
namespace {

using http::FieldId;
using loop::Task;

std::uint64_t bytes_of(const http::Fields& fields) {
    std::uint64_t bytes = 0;
    for (const auto& field : fields) bytes += field.name.size() + field.value.size();
    return bytes;
}

class StreamWriter {
public:
    explicit StreamWriter(Exchange& exchange) : exchange_(exchange), rate_(rate_of(exchange)) {
        if (rate_ > 0) free_bytes_ = exchange.size_of(exchange.route->limit_rate_after);
    }

    Task<Result<>> piece(std::string_view body, bool last, BodySource* source) {
        while (rate_ > 0 && !body.empty()) {
            const auto allowed = co_await wait_for_allowance(exchange_.client.worker.loop,
                                                             {exchange_.started, rate_, free_bytes_},
                                                             exchange_.body_bytes_sent);
            if (!allowed) co_return Failure(allowed.error());
            const auto slice = body.substr(0, std::min<std::uint64_t>(*allowed, body.size()));
            body.remove_prefix(slice.size());
            const auto sent = co_await whole_piece(slice, last && body.empty(), source);
            if (!sent || body.empty()) co_return sent;
        }
        co_return co_await whole_piece(body, last, source);
    }

private:
    Task<Result<>> whole_piece(std::string_view body, bool last, BodySource* source) {
        const auto sent = co_await exchange_.stream->send(body, last, exchange_.route->send_timeout, source);
        if (!sent) co_return sent;
        exchange_.bytes_sent += body.size();
        exchange_.body_bytes_sent += body.size();
        co_return Result<>();
    }
    Exchange& exchange_;
    std::uint64_t rate_;
    std::uint64_t free_bytes_ = 0;
};

Task<Result<>> send_trailers(Exchange& exchange, const http::Fields* of_source) {
    add_trailers(exchange, of_source);
    const auto sent =
        co_await exchange.stream->send_trailers(exchange.sent_trailers, exchange.route->send_timeout);
    if (sent) exchange.bytes_sent += bytes_of(exchange.sent_trailers);
    co_return sent;
}

Task<void> send_grpc_status(Exchange& exchange) {
    http::Fields trailers;
    trailers.add(exchange.arena(), http::make_field("grpc-status", http::grpc_status_of(502)));
    trailers.add(exchange.arena(), http::make_field("grpc-message", "502 Bad Gateway"));
    // whether the client takes it or not, it is the endpoint's failure that is noted
    [[maybe_unused]] const auto sent =
        co_await exchange.stream->send_trailers(trailers, exchange.route->send_timeout);
}

Task<Result<>> send_source(Exchange& exchange, BodySource& source) {
    StreamWriter writer(exchange);
    loop::Share share(loop::bytes_per_turn);
    while (true) {
        const auto piece = co_await source.next();
        if (!piece) co_return Failure(piece.error());
        const bool at_end = piece->empty() || source.ended();
        const http::Fields* trailers = at_end ? source.trailers() : nullptr;
        const bool has_trailers =
            at_end && ((trailers != nullptr && !trailers->empty()) || adds_trailers(exchange));
        if (!piece->empty() || !has_trailers) {
            const auto sent = co_await writer.piece(*piece, at_end && !has_trailers, &source);
            if (!sent) co_return sent;
        }
        if (has_trailers) co_return co_await send_trailers(exchange, trailers);
        if (at_end) co_return Result<>();
        if (const auto on = co_await share.spend(piece->size()); !on) co_return on;
    }
}

Task<Result<>> send_body(Exchange& exchange) {
    const auto* text = std::get_if<std::string_view>(&exchange.response.body);
    if (text != nullptr && exchange.response.recoding == nullptr && !adds_trailers(exchange)) {
        StreamWriter writer(exchange);
        co_return co_await writer.piece(*text, true, nullptr);
    }
    BodyStream source(exchange.response);
    co_return co_await send_source(exchange, source);
}

}   // namespace

// In the order of HTTP/1: own fields, then those of the response.
http::Fields head_fields(Exchange& exchange) {
    const auto& response = exchange.response;
    auto& arena = exchange.arena();
    http::Fields all;
    const auto add = [&](std::string_view name, std::string_view value) {
        all.add(arena, http::make_field(name, value));
    };
    const auto& server = exchange.route->server_field;
    if (!server.empty() && !response.fields.contains(FieldId::server)) add("server", server);
    auto& worker = exchange.client.worker;
    if (!response.fields.contains(FieldId::date))
        add("date", arena.copy(worker.dates.http_date(worker.unix_time())));
    if (!response.content_type.empty()) add("content-type", response.content_type);
    if (response.length && !http::is_bodiless(response.status))
        add("content-length", arena.copy(fmt::format_int(*response.length).c_str()));
    if (response.last_modified && !response.fields.contains(FieldId::last_modified)) {
        char date[http::http_date_bytes];
        add("last-modified", arena.copy(http::format_http_date(*response.last_modified, date)));
    }
    for (const auto& field : response.fields) all.add(arena, field);
    return all;
}

Task<Result<>> respond_on_stream(Exchange& exchange) {
    auto& response = exchange.response;
    if (exchange.asks_for_tunnel() && response.status / 100 == 2) {   // but there is none
        exchange.reason = "not-upgraded";
        make_status_response(exchange, 501);
    }
    const bool is_head = exchange.request.method == http::Method::head;
    const bool is_empty = std::holds_alternative<std::monostate>(response.body);
    if (is_empty && response.length && !is_head) response.length = 0;
    if (exchange.stream->is_gone()) {
        const auto gone = fail(ErrorCode::closed, "client closed the stream", ErrorSource::client);
        note_failed_response(exchange, gone.value());
        co_return gone;
    }
    const bool ends = is_head || http::is_bodiless(response.status) || (is_empty && !adds_trailers(exchange));
    const auto fields = head_fields(exchange);
    exchange.stream->respond(response.status, fields, ends);
    exchange.head_sent = true;
    exchange.bytes_sent += bytes_of(fields);
    if (ends) co_return Result<>();
    std::optional<ClientWatch> watch;   // also for who waits for something else than the client
    auto& strand = co_await loop::this_strand();
    if (!exchange.stream->is_watched()) watch.emplace(exchange, strand);
    const auto sent = co_await send_body(exchange);
    if (!sent) {
        // the endpoint is lost in the middle of a gRPC call: its client can be told so
        if (sent.error().source == ErrorSource::upstream && is_grpc_call(exchange)) {
            co_await send_grpc_status(exchange);
        } else {
            exchange.stream->reset(http::H2Code::internal_error);
        }
        note_failed_response(exchange, sent.error());
    }
    co_return sent;
}

}   // namespace gatehouse::exchange
