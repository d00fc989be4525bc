#pragma once
// What a request must agree with of the TLS session it came in, as nginx checks it: that there is one, that
// the client's certificate is what the site asks for, and that the site is the one the certificate was shown
// for.

#include "exchange/pipeline.h"

namespace gatehouse::exchange {

// The site is chosen. 497: plain HTTP where TLS is spoken; 495, 496: the client's certificate is bad or
// missing (error_page knows them by these numbers, clients see 400); 421: another site was negotiated.
[[nodiscard]] Outcome check_tls(Exchange& exchange);
// It came in early data, and the handshake is not complete: somebody may have recorded and sent it again.
[[nodiscard]] bool came_early(const Exchange& exchange);

}   // namespace gatehouse::exchange
