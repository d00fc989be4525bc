#include "exchange/handlers/forward_retry.h"

#include "exchange/filters/filter_run.h"
#include "exchange/worker_state.h"

#include <algorithm>
#include <cmath>

namespace gatehouse::exchange {
namespace {

const model::Retry* retry_of(const Exchange& exchange) {
    return exchange.filter_run == nullptr ? nullptr : exchange.filter_run->retry;
}

}   // namespace

RetryPolicy::RetryPolicy(const Exchange& exchange, const model::ForwardHandler& handler)
    : exchange_(exchange),
      next_(handler.next),
      is_http2_(handler.http_2),
      retry_(retry_of(exchange)),
      started_(exchange.client.worker.loop.now()) {}

bool RetryPolicy::concerns(int status) const {
    if (retry_ != nullptr) return retry_->statuses.contains(status);
    switch (status) {
        case 500: return next_.http_500;
        case 502: return next_.http_502;
        case 503: return next_.http_503;
        case 504: return next_.http_504;
        case 403: return next_.http_403;
        case 404: return next_.http_404;
        case 429: return next_.http_429;
        default: return false;
    }
}

bool RetryPolicy::concerns(const Attempt& attempt, const Error& error, bool stale) const {
    if (stale && next_.stale) return true;
    if (retry_ != nullptr) return retry_->on_network_error && !attempt.request_sent();
    if (error.code == ErrorCode::timed_out) return next_.timeout;
    if (attempt.invalid_head()) return next_.invalid_header;
    // nginx counts the reset of a stream as an invalid header; here it is the error that it is, too
    const bool is_rejected = is_http2_ && error.code == ErrorCode::reset;
    return next_.error || (is_rejected && next_.invalid_header);
}

bool RetryPolicy::is_repeatable() const {
    const auto method = exchange_.method;
    return method != http::Method::post && method != http::Method::lock && method != http::Method::patch;
}

bool RetryPolicy::may_retry(const Attempt& attempt, const StoredBody& body, unsigned tries) const {
    if (exchange_.head_sent) return false;
    const bool non_idempotent = retry_ != nullptr ? retry_->non_idempotent : next_.non_idempotent;
    if (attempt.request_sent() && !is_repeatable() && !non_idempotent) return false;
    if (!body.is_whole() && exchange_.body.received() > 0) return false;
    const unsigned most = retry_ != nullptr ? retry_->attempts : next_.tries;
    if (most != 0 && tries >= most) return false;
    const auto limit = loop::Duration(retry_ != nullptr ? retry_->timeout : next_.time);
    return limit.count() == 0 || exchange_.client.worker.loop.now() - started_ < limit;
}

bool RetryPolicy::wants_whole_body() const {
    if (exchange_.filter_run == nullptr) return false;
    if (exchange_.filter_run->wants_whole_body) return true;
    if (retry_ == nullptr || retry_->statuses.empty()) return false;
    const auto& framing = exchange_.body.framing();
    const bool is_small = framing.kind == http::BodyKind::length && framing.length <= retry_->max_body_bytes;
    return is_small && (is_repeatable() || retry_->non_idempotent);
}

// Grows so that it is twice the first before the last attempt; a little by chance, so that not all who failed
// together come again together.
loop::Duration RetryPolicy::pause(unsigned tries) const {
    if (retry_ == nullptr || retry_->initial_interval.count() == 0 || retry_->attempts < 2) return {};
    const double growth = std::pow(2.0, static_cast<double>(tries - 1) / (retry_->attempts - 1));
    const double chance = 0.5 + static_cast<double>(exchange_.client.worker.random.below(1001)) / 1000;
    const double interval = static_cast<double>(loop::Duration(retry_->initial_interval).count());
    return loop::Duration(static_cast<loop::Duration::rep>(interval * growth * chance));
}

}   // namespace gatehouse::exchange
