#pragma once
// Room for an attempt over HTTP/1 or HTTP/2, as the handler has it.

#include "exchange/handlers/h1_attempt.h"
#include "exchange/handlers/h2_attempt.h"

#include <memory>
#include <optional>

namespace gatehouse::exchange {

// The attempt under way, by either protocol. One over HTTP/1 needs no memory of its own.
class EitherAttempt {
public:
    Attempt& begin(const AttemptSettings& settings, upstream::EndpointLease lease, bool afresh) {
        if (!settings.handler.http_2) return http_1_.emplace(settings, std::move(lease), afresh);
        http_2_ = std::make_unique<H2Attempt>(settings, std::move(lease), afresh);
        return *http_2_;
    }

private:
    std::optional<H1Attempt> http_1_;
    std::unique_ptr<H2Attempt> http_2_;
};

}   // namespace gatehouse::exchange
