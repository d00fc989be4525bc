#pragma once
// Compresses responses for clients that can take it, with what they like best. The body then comes piece by
// piece and without a length, its entity tag becomes a weak one (RFC 9110 8.8.1), and it offers no ranges. A
// body that is there as a whole is compressed at once and keeps a length. What has an encoding already, is
// part of something, or is not to be transformed (RFC 9111 5.2.2.6) stays as it is.

#include "exchange/exchange.h"
#include "exchange/pipeline.h"
#include "model/filters/compress.h"

namespace gatehouse::exchange {

[[nodiscard]] inline Outcome on_request(Exchange&, const model::Compress&) { return Outcome::go_on(); }
void on_response(Exchange& exchange, const model::Compress& settings);

// What to encode with, by the request's Accept-Encoding; nothing: as it is.
[[nodiscard]] std::optional<model::Compress::Coding> choose_coding(const http::Fields& request,
                                                                   const model::Compress& settings);

}   // namespace gatehouse::exchange
