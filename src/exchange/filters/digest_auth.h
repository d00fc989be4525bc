#pragma once
// Digest authentication (RFC 7616, with MD5 and qop=auth). Nonces carry their time and are signed, so that
// nothing of them need be remembered: a request may be repeated while its nonce is young.

#include "exchange/exchange.h"
#include "exchange/pipeline.h"
#include "model/filters/credentials.h"

namespace gatehouse::exchange {

[[nodiscard]] Outcome on_request(Exchange& exchange, const model::DigestAuth& settings);

}   // namespace gatehouse::exchange
