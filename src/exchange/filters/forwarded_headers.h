#pragma once
// X-Forwarded-… and X-Real-Ip as Traefik's entry points leave them. From a client that is not trusted none of
// them is believed, in whatever spelling: many a program reads "X_Forwarded_For" as if it were the real one.

#include "exchange/exchange.h"
#include "exchange/pipeline.h"
#include "model/filters/forwarded_headers.h"

namespace gatehouse::exchange {

[[nodiscard]] Outcome on_request(Exchange& exchange, const model::ForwardedHeaders& settings);

// Removes them all, also with underscores for hyphens.
void drop_forwarded_fields(http::Fields& fields);
// The port the client meant: of the host it named, else of the scheme it came by.
[[nodiscard]] std::string_view forwarded_port(const Exchange& exchange, std::string_view proto);

}   // namespace gatehouse::exchange
