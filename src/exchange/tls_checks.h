#pragma once
// What a request must agree with of the TLS session it came in, as nginx checks it: that there is one, that
// the client's certificate is what the site asks for, and that the site is the one the certificate was shown
// for.

#include "exchange/pipeline.h"

namespace gatehouse::exchange {

// The site is chosen. 497: plain HTTP where TLS is spoken; 495, 496: the client's certificate is bad or
// missing (error_page knows them by these numbers, clients see 400); 421: another site was negotiated.
[[nodiscard]] Outcome check_tls(Exchange& exchange);

// What is to be thought of the client's certificate where it is asked for like this.
struct CertificateVerdict {
    enum class Kind : std::uint8_t { good, missing, bad } kind = Kind::good;
    const char* problem = "";   // bad: static text
};
[[nodiscard]] CertificateVerdict judge_certificate(const tls::Session& session,
                                                   tls::ClientVerification wanted);

// It came in early data, and the handshake is not complete: somebody may have recorded and sent it again.
[[nodiscard]] bool came_early(const Exchange& exchange);

}   // namespace gatehouse::exchange
