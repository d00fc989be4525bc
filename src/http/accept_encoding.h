#pragma once
// Accept-Encoding (RFC 9110 12.5.3): how much a client wants a content coding.

#include <optional>
#include <string_view>

namespace gatehouse::http {

// In thousandths, also where only "*" speaks of it; 0: not at all. nullopt: nothing is said of it.
[[nodiscard]] std::optional<unsigned> coding_weight(std::string_view accept_encoding,
                                                    std::string_view coding);

}   // namespace gatehouse::http
