#include "http/h2_client.h"

#include <algorithm>

#include "http/h2_abuse.h"
#include "http/h2_block.h"
#include "http/h2_callbacks.h"
#include "http/h2_stream.h"

namespace gatehouse::http {

H2ClientSession::H2ClientSession(const H2Limits& limits, H2SessionEvents& events)
    : H2Session(Role::client, limits, events) {}

H2ClientSession::~H2ClientSession() = default;

std::size_t H2ClientSession::available() const {
    if (failed_ || lost_ || draining_ || goaway_arrived_) return 0;
    if (nghttp2_session_check_request_allowed(session_.get()) == 0) return 0;
    // nghttp2 assumes 100 until the peer has said so.
    const std::size_t most = settings_known_ ? nghttp2_session_get_remote_settings(
                                                   session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS)
                                             : 100;
    return most - std::min(most, open_streams_);
}

bool H2ClientSession::settings_known() const { return settings_known_; }

bool H2ClientSession::accepts_protocols() const {
    return nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
}

Result<StreamId> H2ClientSession::submit(const H2Outgoing& request, H2StreamEvents& events) {
    if (available() == 0) {
        return gatehouse::fail(ErrorCode::no_endpoint, "no stream is available on this HTTP/2 connection",
                               ErrorSource::upstream);
    }
    if (!request.protocol.empty() && !accepts_protocols()) {
        return gatehouse::fail(ErrorCode::unsupported, "the endpoint knows no extended CONNECT",
                               ErrorSource::upstream);
    }
    H2NameValues head;
    head.pseudo(":method", request.method);
    if (!request.protocol.empty()) head.pseudo(":protocol", request.protocol);
    if (!request.scheme.empty()) head.pseudo(":scheme", request.scheme);
    if (!request.path.empty()) head.pseudo(":path", request.path);
    if (!request.authority.empty()) head.pseudo(":authority", request.authority);
    if (request.fields != nullptr) head.fields(*request.fields, FieldId::host);
    const auto body = H2Callbacks::data_provider();
    auto& stream = open(0);
    count(stream);
    const auto id = nghttp2_submit_request(session_.get(), nullptr, head.data(), head.size(),
                                           request.ends ? nullptr : &body, &stream);
    if (id < 0) {
        forget(stream);
        return gatehouse::fail(ErrorCode::no_endpoint, nghttp2_strerror(id), ErrorSource::upstream);
    }
    stream.id = id;
    stream.events = &events;
    stream.was_told = true;
    stream.method = parse_method(request.method);
    stream.tunnel = stream.method == Method::connect;
    return id;
}

void H2ClientSession::begin_head(H2Stream* stream, StreamId id, bool) {
    if (stream == nullptr || stream->events == nullptr) return;
    block_ = std::make_unique<H2Block>(id);
    stream->head_arrived ? block_->begin_trailers(false) : block_->begin_response();
}

void H2ClientSession::finish_head(H2Stream& stream, H2Block& block, bool ends) {
    block.finish_response(ends, stream.method);
    if (block.refusal.status != 0) return reject(stream, H2Code::cancel, block.refusal.rule);
    const bool interim = block.response->head.status < 200;
    if (interim && ++stream.interim_heads > limits_.interim_heads)
        return reject(stream, H2Code::enhance_your_calm, "too many interim responses");
    if (!interim) {
        stream.head_arrived = true;
        abuse_->request_arrived();
    }
    if (stream.events != nullptr) stream.events->head_arrived(std::move(block.response));
}

}   // namespace gatehouse::http
