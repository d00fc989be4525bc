#pragma once
// Reason phrases, in the words nginx uses (its clients' tests and dashboards know them), and the classes of
// status codes.

#include <string_view>

namespace gatehouse::http {

[[nodiscard]] std::string_view reason_phrase(int status);   // "" when unknown
[[nodiscard]] constexpr bool is_informational(int status) { return status >= 100 && status < 200; }
[[nodiscard]] constexpr bool is_success(int status) { return status >= 200 && status < 300; }
[[nodiscard]] constexpr bool is_redirect(int status) {   // with a Location that a client follows
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}
// No content whatever the fields say (RFC 9110 6.4.1), a HEAD request aside.
[[nodiscard]] constexpr bool is_bodiless(int status) {
    return is_informational(status) || status == 204 || status == 304;
}

}   // namespace gatehouse::http
