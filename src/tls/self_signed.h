#pragma once
// A certificate that nobody vouches for, for a site that has none yet: good for trying, and for names that no
// authority certifies (localhost, a home network). Pure but for randomness.

#include <cstdint>
#include <span>
#include <string>

namespace gatehouse::tls {

// Of a new P-256 key, for names ("localhost", "*.example.com") and addresses ("127.0.0.1"), at least one.
// Certificate and key as PEM, one behind the other.
[[nodiscard]] std::string make_self_signed(std::span<const std::string> names, std::int64_t unix_seconds,
                                           int days);

// Whether `pem` is such a text, for exactly these names, and good at that time.
[[nodiscard]] bool is_self_signed_for(const std::string& pem, std::span<const std::string> names,
                                      std::int64_t unix_seconds);

}   // namespace gatehouse::tls
