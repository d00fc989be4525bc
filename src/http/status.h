#pragma once
// Reason phrases, in the words nginx uses (its clients' tests and dashboards know them), and the classes of
// status codes.

#include <array>
#include <string_view>

namespace gatehouse::http {

[[nodiscard]] std::string_view reason_phrase(int status);   // "" when unknown

// The same in the words that are usual elsewhere (RFC 9110 15, Go), where nginx has others.
[[nodiscard]] std::string_view standard_phrase(int status);

// A status as text, always of three digits, also the 009 that HTTP/0.9 is logged with.
class StatusDigits {
public:
    explicit constexpr StatusDigits(int status)
        : text_{digit(status / 100), digit(status / 10), digit(status)} {}
    [[nodiscard]] constexpr std::string_view view() const { return {text_.data(), text_.size()}; }

private:
    static constexpr char digit(int number) { return static_cast<char>('0' + number % 10); }
    std::array<char, 3> text_;
};

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
