#pragma once
// Conditional requests: the preconditions of RFC 9110 13.2.2, in its order, and If-Range. Pure functions over
// the request's fields and the validators of what would be sent.

#include <ctime>
#include <optional>
#include <string_view>

#include "http/head.h"

namespace gatehouse::http {

struct Validators {
    std::string_view entity_tag;   // as it would be sent: "x" or W/"x"; empty when there is none
    std::optional<std::time_t> last_modified;
};

enum class IfModifiedSince : std::uint8_t {
    off,
    exact,
    before
};   // nginx's if_modified_since; exact is its default

enum class Precondition : std::uint8_t {
    proceed,
    not_modified,   // 304
    failed,         // 412
};
[[nodiscard]] Precondition evaluate_preconditions(Method method, const Fields& request,
                                                  const Validators& validators,
                                                  IfModifiedSince mode = IfModifiedSince::exact);

// Whether Range is to be honoured: If-Range is absent, or names this very representation (strong comparison,
// exact date).
[[nodiscard]] bool range_applies(const Fields& request, const Validators& validators);

}   // namespace gatehouse::http
