#include "http/h2_server.h"

#include <cassert>

#include "http/h2_abuse.h"
#include "http/h2_block.h"
#include "http/h2_callbacks.h"
#include "http/h2_stream.h"

namespace gatehouse::http {

H2ServerSession::H2ServerSession(const H2Limits& limits, H2ServerEvents& events)
    : H2Session(Role::server, limits, events), server_events_(events) {}

H2ServerSession::~H2ServerSession() = default;

void H2ServerSession::begin_head(H2Stream* stream, StreamId id, bool first) {
    if (first) {
        stream = &open(id);
        nghttp2_session_set_stream_user_data(session_.get(), id, stream);
    } else if (stream == nullptr || stream->events == nullptr) {
        return;   // trailers that nobody wants
    }
    block_ = std::make_unique<H2Block>(id);
    first ? block_->begin_request() : block_->begin_trailers(true);
}

void H2ServerSession::finish_head(H2Stream& stream, H2Block& block, bool ends) {
    block.finish_request(ends, limits_);
    count(stream);
    abuse_->request_arrived();
    stream.head_arrived = true;
    stream.method = block.request->head.method;
    stream.tunnel = stream.method == Method::connect;
    if (block.request->head.fields.find("priority") == nullptr) {
        // Without a wish streams share; RFC 9218's own default is one after the other.
        const nghttp2_extpri shared{NGHTTP2_EXTPRI_DEFAULT_URGENCY, 1};
        nghttp2_session_change_extpri_stream_priority(session_.get(), stream.id, &shared, 0);
    }
    stream.was_told = true;
    const auto id = stream.id;
    auto* owner = server_events_.request_arrived(id, std::move(block.request));
    if (stream.reset_by_owner) return;   // meanwhile; it is freed only later
    if (owner == nullptr) return reset(id, H2Code::refused_stream);
    stream.events = owner;
}

void H2ServerSession::inform(StreamId id, int status, const Fields& fields) {
    auto* stream = find(id);
    if (stream == nullptr || stream->reset_by_owner) return;
    assert(status / 100 == 1 && status != 101);
    H2NameValues head;
    head.status(status);
    head.fields(fields);
    nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, id, nullptr, head.data(), head.size(), nullptr);
}

void H2ServerSession::respond(StreamId id, int status, const Fields& fields, bool ends) {
    auto* stream = find(id);
    if (stream == nullptr || stream->reset_by_owner) return;
    assert(status >= 200 && status <= 999);
    H2NameValues head;
    head.status(status);
    head.fields(fields);
    const auto body = H2Callbacks::data_provider();
    nghttp2_submit_response(session_.get(), id, head.data(), head.size(), ends ? nullptr : &body);
}

}   // namespace gatehouse::http
