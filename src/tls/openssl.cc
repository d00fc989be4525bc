#include "tls/openssl.h"

#include "tls/context.h"

#include <fmt/format.h>

namespace gatehouse::tls {

std::string_view library_name() { return OPENSSL_VERSION_TEXT; }

const char* take_reason(const char* otherwise) {
    const unsigned long code = ERR_peek_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    ERR_clear_error();
    return reason == nullptr ? otherwise : reason;
}

std::string take_errors() {
    std::string text;
    const char* data = nullptr;
    int flags = 0;
    while (const unsigned long code = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
        const char* reason = ERR_reason_error_string(code);
        if (!text.empty()) text += ", ";
        text += reason == nullptr ? fmt::format("error {:x}", code) : std::string(reason);
        const bool has_words = (flags & ERR_TXT_STRING) != 0 && data != nullptr && *data != '\0';
        if (has_words) text += fmt::format(" ({})", data);
    }
    return text.empty() ? "unknown error" : text;
}

}   // namespace gatehouse::tls
