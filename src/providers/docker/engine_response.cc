#include "providers/docker/engine_response.h"

#include "http/date.h"

#include <algorithm>

namespace gatehouse::docker {
namespace {

Failure malformed(const char* what) { return fail(ErrorCode::malformed, what, ErrorSource::upstream); }

}   // namespace

Result<> EngineResponse::feed(std::string_view bytes) {
    if (phase_ == Phase::whole) return {};   // what follows an answer is nobody's
    if (phase_ == Phase::body) return read_body(bytes);
    head_bytes_ += bytes;
    return read_head();
}

Result<> EngineResponse::read_head() {
    const http::Progress progress = parser_.parse(head_bytes_, arena_, head_);
    if (progress.state == http::Progress::State::need_more) return {};
    if (progress.state == http::Progress::State::refused) return malformed(progress.error.rule);
    if (head_.status < 200) return malformed("an interim answer");   // nobody asked for one
    const auto framing = http::response_framing(head_, http::Method::get);
    if (!framing) return malformed(framing.error().rule);
    framing_ = *framing;
    status_ = head_.status;
    date_ = http::parse_http_date(head_.fields.value_of(http::FieldId::date));
    phase_ = framing_.has_body() ? Phase::body : Phase::whole;
    left_ = framing_.length;
    const std::string rest = head_bytes_.substr(progress.consumed);
    head_ = {};
    head_bytes_ = {};
    return feed(rest);
}

Result<> EngineResponse::read_body(std::string_view bytes) {
    if (framing_.kind == http::BodyKind::chunked) return read_chunks(bytes);
    if (framing_.kind == http::BodyKind::until_close) return keep(bytes);
    const auto payload = bytes.substr(0, std::min<std::uint64_t>(left_, bytes.size()));
    left_ -= payload.size();
    if (left_ == 0) phase_ = Phase::whole;
    return keep(payload);
}

Result<> EngineResponse::read_chunks(std::string_view bytes) {
    using State = http::ChunkedDecoder::State;
    for (;;) {
        const auto step = chunks_.step(bytes);
        if (step.state == State::refused) return malformed(chunks_.error().rule);
        if (step.state == State::need_more) return {};
        if (step.state == State::done) {
            phase_ = Phase::whole;
            return {};
        }
        if (const auto kept = keep(step.payload); !kept) return kept;
        bytes.remove_prefix(step.consumed);
    }
}

Result<> EngineResponse::keep(std::string_view payload) {
    if (payload.size() > body_limit_ - std::min(body_limit_, body_.size()))
        return fail(ErrorCode::too_large, "an answer", ErrorSource::upstream);
    body_ += payload;
    return {};
}

Result<> EngineResponse::finish() {
    const bool ends_so = phase_ == Phase::body && framing_.kind == http::BodyKind::until_close;
    if (phase_ == Phase::whole || ends_so) {
        phase_ = Phase::whole;
        return {};
    }
    return fail(ErrorCode::closed, "an answer that ended half way", ErrorSource::upstream);
}

}   // namespace gatehouse::docker
