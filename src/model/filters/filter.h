#pragma once
// A filter: one thing that is done to a request before it is answered, to its response, or to both. A route
// has them in order (Route::filters): requests pass them from the first to the last, responses the other way,
// those too that a later filter made. Settings are plain values, immutable once compiled; what a filter
// remembers between requests is behind a pointer of its settings, shared by all workers.

#include "model/filters/body_limits.h"
#include "model/filters/circuit_breaker.h"
#include "model/filters/client_certificate.h"
#include "model/filters/compress.h"
#include "model/filters/credentials.h"
#include "model/filters/edit_headers.h"
#include "model/filters/error_service.h"
#include "model/filters/forward_auth.h"
#include "model/filters/forwarded_headers.h"
#include "model/filters/limits.h"
#include "model/filters/paths.h"
#include "model/filters/redirects.h"
#include "model/filters/retry.h"
#include "model/origin.h"

#include <string>
#include <variant>

namespace gatehouse::model {

struct Filter {
    std::string name;   // as configured: "auth@docker"
    Origin origin;
    // It concerns every answer of its route, also those made before it was reached (nginx's gzip).
    bool always = false;
    std::variant<ForwardedHeaders, CleanPath, RedirectScheme, StripPrefix, StripPrefixRegex, EditHeaders,
                 BasicAuth, DigestAuth, RedirectRegex, AddPrefix, ReplacePath, ReplacePathRegex,
                 AllowAddresses, RequestRate, RequestsInFlight, Compress, Retry, ErrorService, BodyLimits,
                 ForwardAuth, CircuitBreaker, PassClientCertificate>
        settings;
};

}   // namespace gatehouse::model
