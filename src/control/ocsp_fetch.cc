#include "control/ocsp_fetch.h"

#include "base/base64.h"
#include "base/text.h"
#include "http/framing.h"
#include "http/h1_parser.h"
#include "net/stream.h"

#include <fmt/format.h>

namespace gatehouse::control {
namespace {

using Fetched = tl::expected<std::string, std::string>;
using Refusal = tl::unexpected<std::string>;

Refusal refusal(const Error& error) { return Refusal(error.describe()); }

std::string escaped(std::string_view base64) {
    std::string text;
    for (const char c : base64) {
        switch (c) {
            case '+': text += "%2B"; break;
            case '/': text += "%2F"; break;
            case '=': text += "%3D"; break;
            default: text += c;
        }
    }
    return text;
}

// GET, so that caches may answer. In HTTP/1.0 the end of the connection can be the end of the answer, and
// there is nothing else to be known of it.
std::string request_to(const tls::OcspQuestion& question) {
    const auto& to = question.responder();
    return fmt::format("GET {}{}{} HTTP/1.0\r\nHost: {}\r\nAccept: application/ocsp-response\r\n\r\n",
                       to.path, to.path.ends_with('/') ? "" : "/", escaped(encode_base64(question.request())),
                       to.authority());
}

// How many bytes of a body are to come; nothing: until the connection ends.
tl::expected<std::optional<std::size_t>, std::string> bytes_of(const http::ResponseHead& head) {
    if (head.status != 200) return Refusal(fmt::format("it answers with status {}", head.status));
    const auto type = head.fields.value_of(http::FieldId::content_type);
    if (!equals_ignoring_case(trim(type.substr(0, type.find(';'))), "application/ocsp-response"))
        return Refusal(fmt::format("it answers with content of type \"{}\"", type));
    const auto framing = http::response_framing(head, http::Method::get);
    if (!framing) return Refusal(framing.error().rule);
    switch (framing->kind) {
        case http::BodyKind::none: return 0;
        case http::BodyKind::chunked: return Refusal("it answers in chunks to HTTP/1.0");
        case http::BodyKind::until_close: return std::nullopt;
        case http::BodyKind::length: break;
    }
    if (framing->length > largest_ocsp_response) return Refusal("its answer is too large");
    return static_cast<std::size_t>(framing->length);
}

loop::Task<Fetched> read_response(net::Stream& stream) {
    Buffer in;
    Arena arena;
    http::ResponseHead head;
    http::ResponseParser parser;
    http::Progress progress = parser.parse(in.view(), arena, head);
    while (progress.state == http::Progress::State::need_more) {
        const auto read = co_await stream.read(in, Buffer::standard_bytes, loop::forever);
        if (!read) co_return refusal(read.error());
        if (*read == 0) co_return Refusal("it closes the connection without an answer");
        progress = parser.parse(in.view(), arena, head);
    }
    if (progress.state == http::Progress::State::refused) co_return Refusal(progress.error.rule);
    const auto bytes = bytes_of(head);
    if (!bytes) co_return Refusal(bytes.error());
    in.consume(progress.consumed);
    while (in.size() < bytes->value_or(SIZE_MAX)) {
        if (in.size() > largest_ocsp_response) co_return Refusal("its answer is too large");
        const auto read = co_await stream.read(in, Buffer::standard_bytes, loop::forever);
        if (!read) co_return refusal(read.error());
        if (*read == 0) break;
    }
    if (in.size() < bytes->value_or(0)) co_return Refusal("it closes the connection within its answer");
    co_return std::string(in.view().substr(0, bytes->value_or(in.size())));
}

loop::Task<Fetched> ask_at(loop::Loop& loop, const SocketAddress& address, const std::string& request) {
    const int fd = loop.backend().socket(address.family(), SOCK_STREAM);
    if (fd < 0) co_return refusal(fail_errno(-fd, "socket").value());
    net::Stream stream(loop, fd);
    const auto connected = co_await stream.connect(address, loop::forever);
    if (!connected) co_return refusal(connected.error());
    const auto written = co_await stream.write(request, loop::forever);
    if (!written) co_return refusal(written.error());
    co_return co_await read_response(stream);
}

}   // namespace

loop::Task<Fetched> fetch_ocsp_response(loop::Loop& loop, NameWatches& names,
                                        const tls::OcspQuestion& question) {
    const loop::Deadline deadline(co_await loop::this_strand(), ocsp_patience);
    const auto found = co_await names.look_up(question.responder().host, NameSource::run_time);
    if (!found.resolution) co_return refusal(found.resolution.error());
    const std::string request = request_to(question);
    Fetched fetched = Refusal("it has no address");
    for (SocketAddress address : found.resolution->addresses) {
        address.set_port(question.responder().port);
        fetched = co_await ask_at(loop, address, request);
        if (fetched || deadline.expired()) break;
    }
    if (!fetched && deadline.expired()) co_return Refusal("it does not answer in time");
    co_return fetched;
}

}   // namespace gatehouse::control
