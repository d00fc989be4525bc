#pragma once
// Whether a request is tried again, and when: by the handler's rules (nginx's proxy_next_upstream), or by
// those of a retry filter in their place. Knows nothing of endpoints.

#include "exchange/handlers/attempt.h"
#include "model/filters/retry.h"

namespace gatehouse::exchange {

class RetryPolicy {
public:
    // Both outlive it.
    RetryPolicy(const Exchange& exchange, const model::ForwardHandler& handler);

    // What the endpoint answered is no good.
    [[nodiscard]] bool concerns(int status) const;
    // A failure of this kind. `stale`: the endpoint closed a kept connection while the request was on its
    // way.
    [[nodiscard]] bool concerns(const Attempt& attempt, const Error& error, bool stale) const;
    // Of one that concerns: whether it may be repeated after so many tries.
    [[nodiscard]] bool may_retry(const Attempt& attempt, const StoredBody& body, unsigned tries) const;
    // The request's body is to be kept for another attempt.
    [[nodiscard]] bool wants_whole_body() const;
    // An endpoint that failed may be tried again when there is no other.
    [[nodiscard]] bool may_return() const { return retry_ != nullptr; }
    // To be waited before the next attempt.
    [[nodiscard]] loop::Duration pause(unsigned tries) const;

private:
    [[nodiscard]] bool is_repeatable() const;

    const Exchange& exchange_;
    const model::NextUpstream& next_;
    const bool is_http2_;
    const model::Retry* retry_;
    loop::TimePoint started_;
};

}   // namespace gatehouse::exchange
