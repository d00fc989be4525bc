#pragma once
// Copies of requests for mirrors: each goes its own way, on its own, once the client's request was forwarded,
// and what comes back is read and dropped. Neither the client nor its connection waits for it or feels it.
// Bounded in number, in bytes and in time; what would be more is not sent.

#include "exchange/exchange.h"
#include "model/service_choice.h"

namespace gatehouse::exchange {

// Of one worker, all mirrors together.
inline constexpr unsigned most_mirrored_requests = 256;
inline constexpr std::size_t most_mirrored_bytes = 16 * 1024 * 1024;   // of their bodies
inline constexpr loop::Duration mirror_patience = std::chrono::seconds(60);

// `with_body`: that of exchange.stored_body, which is whole. The exchange may be gone afterwards.
void send_to_mirror(Exchange& exchange, const model::ServicePart& mirror, bool with_body);

}   // namespace gatehouse::exchange
