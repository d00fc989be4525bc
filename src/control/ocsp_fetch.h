#pragma once
// Asks an OCSP responder over HTTP (RFC 6960 appendix A), once. On control's loop: nobody is served there.

#include "control/name_watch.h"
#include "tls/ocsp.h"

#include <tl/expected.hpp>

#include <chrono>
#include <string>

namespace gatehouse::control {

// Of the look-up, the connection and the answer together.
inline constexpr loop::Duration ocsp_patience = std::chrono::seconds(30);
// A proof is sent in every handshake that asks for it, so a large one is no use.
inline constexpr std::size_t largest_ocsp_response = 16 * 1024;

// The response (DER), not looked at; or why there is none.
[[nodiscard]] loop::Task<tl::expected<std::string, std::string>> fetch_ocsp_response(
    loop::Loop& loop, NameWatches& names, const tls::OcspQuestion& question);

}   // namespace gatehouse::control
