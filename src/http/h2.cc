#include "http/h2.h"

#include <array>

namespace gatehouse::http {

std::string_view name_of(H2Code code) {
    static constexpr std::array<std::string_view, 14> names = {
        "NO_ERROR",
        "PROTOCOL_ERROR",
        "INTERNAL_ERROR",
        "FLOW_CONTROL_ERROR",
        "SETTINGS_TIMEOUT",
        "STREAM_CLOSED",
        "FRAME_SIZE_ERROR",
        "REFUSED_STREAM",
        "CANCEL",
        "COMPRESSION_ERROR",
        "CONNECT_ERROR",
        "ENHANCE_YOUR_CALM",
        "INADEQUATE_SECURITY",
        "HTTP_1_1_REQUIRED",
    };
    const auto index = static_cast<std::size_t>(code);
    return index < names.size() ? names[index] : "unknown code";
}

}   // namespace gatehouse::http
