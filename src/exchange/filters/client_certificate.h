#pragma once
// PassClientCertificate (model/filters/client_certificate.h).

#include "exchange/pipeline.h"
#include "model/filters/client_certificate.h"

namespace gatehouse::exchange {

[[nodiscard]] Outcome on_request(Exchange& exchange, const model::PassClientCertificate& settings);

}   // namespace gatehouse::exchange
