#pragma once
// What a client is told when forwarding fails, and why: one word, the same in the log and in
// $gatehouse_reason.

#include "exchange/handlers/attempt.h"
#include "exchange/pipeline.h"

namespace gatehouse::exchange {

struct Failing {
    int status = 502;
    std::string_view reason;
};

enum class Fault : std::uint8_t { other, head, tls };   // what of the endpoint's was no good

[[nodiscard]] Fault fault_of(const Attempt& attempt);
[[nodiscard]] Failing explain(const Error& error, Fault fault);
// For the log: "http", "https", "grpc", "grpcs".
[[nodiscard]] std::string_view scheme_of(const model::ForwardHandler& handler, bool is_secure);
// Of the client's body.
[[nodiscard]] int status_for_body_error(const Error& error);
// It cannot be read whole: what the client is told, if it is still there.
[[nodiscard]] Outcome lost_body(Exchange& exchange, const Error& error);

}   // namespace gatehouse::exchange
