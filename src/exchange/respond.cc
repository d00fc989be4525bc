#include "exchange/respond.h"

#include "exchange/body_stream.h"
#include "exchange/client_watch.h"
#include "exchange/h2_respond.h"
#include "exchange/part_of_body.h"
#include "exchange/rate_limit.h"
#include "exchange/response_head.h"
#include "exchange/sub_exchange.h"
#include "exchange/worker_state.h"
#include "http/chunked.h"
#include "http/h1_writer.h"
#include "log/error_log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace gatehouse::exchange {
namespace {

using loop::Duration;
using loop::Task;

// Writes the pieces of one response, the head before the first of them.
class Writer {
public:
    Writer(Exchange& exchange, BodyFraming framing) : exchange_(exchange), framing_(framing) {
        write_response_head(exchange, framing, head_);
        rate_ = rate_of(exchange);
        if (rate_ > 0) free_bytes_ = exchange.size_of(exchange.route->limit_rate_after);
    }

    // A piece of the body; `last`: nothing follows. Empty and last: the head alone, or the end of a chunked
    // body.
    Task<Result<>> piece(std::string_view body, bool last);
    Task<Result<>> file(const FileBody& body);
    Task<Result<>> trailers(const http::Fields* fields);
    void pulls_from(BodySource& source) { source_ = &source; }
    [[nodiscard]] bool is_limited() const { return rate_ > 0; }

private:
    [[nodiscard]] Duration timeout() const { return exchange_.route->send_timeout; }
    Task<Result<>> file_part(const OpenFile& file, const FileBody::Part& part);
    Task<Result<>> limited_piece(std::string_view body, bool last);
    Task<Result<>> write_piece(std::string_view body, bool last);
    Task<Result<std::uint64_t>> allowance() {
        return wait_for_allowance(exchange_.client.worker.loop, {exchange_.started, rate_, free_bytes_},
                                  exchange_.body_bytes_sent);
    }
    void count(std::uint64_t wire, std::uint64_t body) {
        exchange_.bytes_sent += wire;
        exchange_.body_bytes_sent += body;
        exchange_.head_sent = true;
    }

    Exchange& exchange_;
    BodyFraming framing_;
    BodySource* source_ = nullptr;
    Buffer head_;
    std::uint64_t rate_ = 0;         // bytes a second; 0: no limit …
    std::uint64_t free_bytes_ = 0;   // … but behind so many
};

Task<Result<>> Writer::write_piece(std::string_view body, bool last) {
    std::array<char, http::chunk_head_bytes> chunk_head;
    std::array<std::string_view, 4> pieces;
    std::size_t count_of = 0;
    const auto add = [&](std::string_view piece) {
        if (!piece.empty()) pieces[count_of++] = piece;
    };
    add(head_.view());
    if (framing_ == BodyFraming::chunked) {
        if (!body.empty()) {
            const auto length = http::write_chunk_head(chunk_head, body.size());
            add({chunk_head.data(), length});
            add(body);
            add(last ? std::string_view("\r\n0\r\n\r\n") : http::chunk_end);
        } else if (last) {
            add(http::last_chunk);
        }
    } else {
        add(body);
    }
    if (count_of == 0) co_return Result<>();
    const std::span<const std::string_view> parts(pieces.data(), count_of);
    auto operation = exchange_.client.stream.write(parts, timeout());
    if (source_ != nullptr && !operation.await_ready()) source_->client_is_slow();
    const auto written = co_await operation;
    const auto sent = operation.written();
    if (sent > 0) count(sent, sent - std::min<std::uint64_t>(sent, head_.size()));
    if (!written) co_return written;
    head_.clear();
    co_return Result<>();
}

Task<Result<>> Writer::limited_piece(std::string_view body, bool last) {
    while (true) {
        const auto allowed = co_await allowance();
        if (!allowed) co_return Failure(allowed.error());
        const auto slice =
            body.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(*allowed, body.size())));
        body.remove_prefix(slice.size());
        const auto written = co_await write_piece(slice, last && body.empty());
        if (!written || body.empty()) co_return written;
    }
}

Task<Result<>> Writer::piece(std::string_view body, bool last) {
    return is_limited() && !body.empty() ? limited_piece(body, last) : write_piece(body, last);
}

Task<Result<>> Writer::file_part(const OpenFile& file, const FileBody::Part& part) {
    const auto chunk = std::max<std::size_t>(exchange_.route->files.sendfile_max_chunk, 4096);
    loop::Share share(loop::bytes_per_turn);
    for (std::uint64_t done = 0; done < part.bytes;) {
        auto step = std::min(part.bytes - done, loop::bytes_per_turn);
        if (is_limited()) {
            const auto allowed = co_await allowance();
            if (!allowed) co_return Failure(allowed.error());
            step = std::min(step, *allowed);
        }
        const auto offset = part.offset + static_cast<off_t>(done);
        const auto sent = co_await exchange_.client.stream.send_file(file.fd, offset, step, chunk, timeout());
        if (!sent) co_return sent;
        count(step, step);
        done += step;
        if (const auto on = co_await share.spend(step); !on) co_return on;
    }
    co_return Result<>();
}

Task<Result<>> Writer::file(const FileBody& body) {
    for (const auto& part : body.parts) {
        const std::array<std::string_view, 2> heads{head_.view(), part.head};
        // the head waits for the file's first bytes; before much of a file that costs more than a packet
        const bool wait_for_file = part.bytes <= 64 * 1024;
        const auto written = co_await exchange_.client.stream.write(heads, timeout(), wait_for_file);
        if (!written) co_return written;
        count(head_.size() + part.head.size(), part.head.size());
        head_.clear();
        const auto sent = co_await file_part(*body.file, part);
        if (!sent) co_return sent;
    }
    co_return co_await write_piece(body.tail, true);
}

// The end of a chunked body that has trailer fields.
Task<Result<>> Writer::trailers(const http::Fields* fields) {
    Buffer text;
    if (!head_.empty()) text.append(head_.view());
    text.append(http::last_chunk_line);
    http::HeadWriter writer(text);
    add_trailers(exchange_, fields);
    for (const auto& field : exchange_.sent_trailers) writer.field(field);
    writer.end();
    const auto written = co_await exchange_.client.stream.write(text.view(), timeout());
    if (written) count(text.size(), text.size() - head_.size());
    co_return written;
}

Task<Result<>> write_source(Exchange& exchange, Writer& writer, BodySource& source, BodyFraming framing) {
    writer.pulls_from(source);
    loop::Share share(loop::bytes_per_turn);
    if (exchange.response.unbuffered &&
        !source.has_arrived()) {   // who waits for events wants to know they will come
        const auto written = co_await writer.piece({}, false);
        if (!written) co_return written;
    }
    while (true) {
        auto piece = co_await source.next();
        if (!piece) co_return Failure(piece.error());
        const http::Fields* trailers = source.trailers();
        const bool has_trailers = framing == BodyFraming::chunked &&
                                  ((trailers != nullptr && !trailers->empty()) || adds_trailers(exchange));
        const bool last = piece->empty() || source.ended();
        if (!piece->empty() || !has_trailers) {
            const auto written = co_await writer.piece(*piece, last && !has_trailers);
            if (!written) co_return written;
        }
        if (!last) {
            if (const auto on = co_await share.spend(piece->size()); !on) co_return on;
            continue;
        }
        if (has_trailers) co_return co_await writer.trailers(trailers);
        co_return Result<>();
    }
}

Task<Result<>> write_body(Exchange& exchange, Writer& writer, BodyFraming framing) {
    const auto& body = exchange.response.body;
    if (const auto* text = std::get_if<std::string_view>(&body)) return writer.piece(*text, true);
    if (const auto* file = std::get_if<FileBody>(&body)) return writer.file(*file);
    if (BodySource* const* source = std::get_if<BodySource*>(&body))
        return write_source(exchange, writer, **source, framing);
    return writer.piece({}, true);
}

Task<Result<>> respond_in_pieces(Exchange& exchange, BodyFraming framing) {
    std::optional<BodyStream> stream;
    if (exchange.response.recoding != nullptr || (framing == BodyFraming::chunked && adds_trailers(exchange)))
        stream.emplace(exchange.response);
    Writer writer(exchange, framing);
    // who waits for the rate to allow more does not see by itself that the client is gone
    std::optional<ClientWatch> watch;
    auto& strand = co_await loop::this_strand();
    if (writer.is_limited() && !exchange.client.stream.channel().is_guarded())
        watch.emplace(exchange, strand);
    const auto written = co_await write_body(exchange, writer, framing);
    if (!written) note_failed_response(exchange, written.error());
    co_return written;
}

// A response that is in memory as a whole: its head, to which the body may be joined, and else the body.
struct Whole {
    Buffer head;
    std::size_t joined_bytes = 0;   // of the body, in `head`
    std::string_view body;
    [[nodiscard]] std::size_t bytes() const { return head.size() + body.size(); }
};

// What the client took of it, also when no more will follow.
void count_sent(Exchange& exchange, const Whole& whole, std::uint64_t bytes) {
    const std::uint64_t of_head = whole.head.size() - whole.joined_bytes;
    exchange.bytes_sent += bytes;
    exchange.body_bytes_sent += bytes - std::min(bytes, of_head);
    exchange.head_sent = exchange.head_sent || bytes > 0;
}

// What follows the first `sent` bytes, which the client took at once.
Task<Result<>> write_rest(Exchange& exchange, Whole whole, std::size_t sent) {
    const std::size_t of_head = std::min(sent, whole.head.size());
    const std::array<std::string_view, 2> pieces{whole.head.view().substr(of_head),
                                                 whole.body.substr(sent - of_head)};
    auto operation = exchange.client.stream.write(pieces, exchange.route->send_timeout);
    const auto written = co_await operation;
    count_sent(exchange, whole, sent + operation.written());
    if (!written) note_failed_response(exchange, written.error());
    co_return written;
}

// Mostly the client takes all of it at once, and nothing is awaited.
Task<Result<>> write_whole(Exchange& exchange, Whole whole) {
    const std::array<std::string_view, 2> pieces{whole.head.view(), whole.body};
    const auto sent = exchange.client.stream.try_write(pieces);
    if (!sent) {
        note_failed_response(exchange, sent.error());
        return Failure(sent.error());
    }
    if (*sent < whole.bytes()) return write_rest(exchange, std::move(whole), *sent);
    count_sent(exchange, whole, *sent);
    return Result<>();
}

// Read and sent with the head in one call: cheaper than sendfile for what fits a buffer.
constexpr std::uint64_t small_file_bytes = 12 * 1024;

bool is_small(const FileBody& body) {
    return body.parts.size() == 1 && body.tail.empty() && body.parts.front().bytes <= small_file_bytes;
}

Result<> join_file(const FileBody& body, Whole& whole) {
    const auto& part = body.parts.front();
    const auto space = whole.head.prepare(part.bytes);
    const auto got = ::pread(body.file->fd, space.data(), part.bytes, part.offset);
    if (got < 0 || static_cast<std::uint64_t>(got) != part.bytes)
        return fail(ErrorCode::closed, "the file became shorter while it was sent");
    whole.head.commit(part.bytes);
    whole.joined_bytes = part.bytes;
    return {};
}

// Whether all of the body is at hand and may be sent as fast as the client takes it.
bool is_whole(Exchange& exchange, BodyFraming framing) {
    if (exchange.request.method == http::Method::head || framing == BodyFraming::none) return true;
    const auto& body = exchange.response.body;
    if (std::holds_alternative<std::monostate>(body)) return framing != BodyFraming::chunked;
    if (framing == BodyFraming::chunked || exchange.response.recoding != nullptr || rate_of(exchange) > 0)
        return false;
    const auto* file = std::get_if<FileBody>(&body);
    return file == nullptr ? std::holds_alternative<std::string_view>(body)
                           : is_small(*file) && framing == BodyFraming::length;
}

Task<Result<>> respond_whole(Exchange& exchange, BodyFraming framing) {
    Whole whole;
    write_response_head(exchange, framing, whole.head);
    const bool wanted = exchange.request.method != http::Method::head && framing != BodyFraming::none;
    if (const auto* text = std::get_if<std::string_view>(&exchange.response.body); wanted && text != nullptr)
        whole.body = *text;
    if (const auto* file = std::get_if<FileBody>(&exchange.response.body); wanted && file != nullptr) {
        if (const auto joined = join_file(*file, whole); !joined) {
            note_failed_response(exchange, joined.error());
            return joined;
        }
    }
    return write_whole(exchange, std::move(whole));
}

Task<Result<>> respond_as_it_is(Exchange& exchange) {
    if (exchange.stream != nullptr) return respond_on_stream(exchange);
    const BodyFraming framing = choose_framing(exchange);
    return is_whole(exchange, framing) ? respond_whole(exchange, framing)
                                       : respond_in_pieces(exchange, framing);
}

Task<Result<>> respond_with_part(Exchange& exchange, http::ByteRange range) {
    PartOfBody part(exchange.response, range);
    co_return co_await respond_as_it_is(exchange);
}

}   // namespace

Task<Result<>> respond(Exchange& exchange) {
    if (exchange.collected != nullptr) return collect_response(exchange);
    run_response_steps(exchange);
    // an answer with 2xx to CONNECT would be a tunnel (RFC 9110 9.3.6)
    if (exchange.request.method == http::Method::connect && exchange.response.status / 100 == 2)
        exchange.response.status = 405;
    if (const auto range = forced_range(exchange)) return respond_with_part(exchange, *range);
    return respond_as_it_is(exchange);
}

}   // namespace gatehouse::exchange
