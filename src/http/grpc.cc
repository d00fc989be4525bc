#include "http/grpc.h"

#include "base/text.h"

namespace gatehouse::http {

bool is_grpc(std::string_view content_type) {
    constexpr std::string_view type = "application/grpc";
    if (!equals_ignoring_case(content_type.substr(0, type.size()), type)) return false;
    const auto rest = content_type.substr(type.size());
    return rest.empty() || rest[0] == '+' || rest[0] == ';' || rest[0] == ' ';
}

std::string_view grpc_status_of(int http_status) {
    switch (http_status) {
        case 400: return "13";   // INTERNAL
        case 401: return "16";   // UNAUTHENTICATED
        case 403: return "7";    // PERMISSION_DENIED
        case 404: return "12";   // UNIMPLEMENTED
        case 429:
        case 502:
        case 503:
        case 504: return "14";   // UNAVAILABLE
        default: return "2";     // UNKNOWN
    }
}

}   // namespace gatehouse::http
