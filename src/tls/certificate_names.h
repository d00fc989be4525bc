#pragma once
// The names a certificate is for. Pure.

#include <tl/expected.hpp>

#include <string>
#include <vector>

namespace gatehouse::tls {

// Of the first certificate of a PEM text: its common name, DNS names and addresses, in lower case, sorted,
// each once. The error is OpenSSL's words.
[[nodiscard]] tl::expected<std::vector<std::string>, std::string> certificate_names(const std::string& pem);

}   // namespace gatehouse::tls
