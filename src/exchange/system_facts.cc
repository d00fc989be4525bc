#include "exchange/system_facts.h"

#include "base/base64.h"
#include "base/text.h"

#include <sys/random.h>
#include <unistd.h>

#include <array>

namespace gatehouse::exchange {
std::uint64_t process_id() {
    static const auto pid = static_cast<std::uint64_t>(::getpid());
    return pid;
}

int utc_offset_minutes(std::time_t now) {
    thread_local std::time_t asked_at = 0;
    thread_local int minutes = 0;
    if (asked_at == 0 || now - asked_at >= 3600 || now < asked_at) {
        std::tm local{};
        localtime_r(&now, &local);
        minutes = static_cast<int>(local.tm_gmtoff / 60);
        asked_at = now;
    }
    return minutes;
}

std::string make_request_id() {
    std::array<unsigned char, 16> bytes{};
    [[maybe_unused]] const auto got = ::getrandom(bytes.data(), bytes.size(), 0);
    std::string out;
    for (const auto byte : bytes) {
        out += "0123456789abcdef"[byte >> 4];
        out += "0123456789abcdef"[byte & 15];
    }
    return out;
}

std::optional<std::string_view> basic_user(const http::Fields& request, Arena& arena) {
    const auto* field = request.find(http::FieldId::authorization);
    if (field == nullptr || !starts_with_ignoring_case(field->value, "basic ")) return {};
    const std::string decoded = decode_base64(trim(field->value.substr(6)));
    const auto colon = decoded.find(':');
    if (colon == std::string::npos || colon == 0) return {};
    return arena.copy(std::string_view(decoded).substr(0, colon));
}

std::optional<std::string_view> find_set_cookie(const http::Fields& response, std::string_view name) {
    for (const auto& field : response) {
        if (field.id != http::FieldId::set_cookie) continue;
        const auto equals = field.value.find('=');
        if (equals == std::string_view::npos) continue;
        auto found = field.value.substr(0, equals);
        found = found.substr(0, found.find_last_not_of(' ') + 1);   // as in nginx, a tab is part of the name
        if (!equals_ignoring_case(found, name)) continue;
        return trim(field.value.substr(equals + 1, field.value.find(';', equals) - equals - 1));
    }
    return {};
}

}   // namespace gatehouse::exchange
