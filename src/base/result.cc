#include "base/result.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace gatehouse {
namespace {

ErrorCode code_of(int os_error) {
    switch (os_error) {
        case ECANCELED: return ErrorCode::canceled;
        case ETIMEDOUT: return ErrorCode::timed_out;
        case EPIPE:
        case ECONNRESET:
        case ECONNABORTED: return ErrorCode::reset;
        case ECONNREFUSED: return ErrorCode::refused;
        case ENETUNREACH:
        case EHOSTUNREACH:
        case ENETDOWN:
        case EADDRNOTAVAIL: return ErrorCode::unreachable;
        case EADDRINUSE: return ErrorCode::address_in_use;
        case EMFILE:
        case ENFILE: return ErrorCode::too_many_files;
        case ENOMEM:
        case ENOBUFS: return ErrorCode::out_of_memory;
        case EACCES:
        case EPERM: return ErrorCode::no_permission;
        case ENOENT:
        case ENOTDIR:
        case ENAMETOOLONG: return ErrorCode::not_found;
        default: return ErrorCode::system;
    }
}

}   // namespace

Failure fail(ErrorCode code, const char* what, ErrorSource source) {
    return Failure(Error{code, source, 0, what});
}

Failure fail_errno(int os_error, const char* what, ErrorSource source) {
    return Failure(Error{code_of(os_error), source, os_error, what});
}

std::string_view name_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::canceled: return "canceled";
        case ErrorCode::timed_out: return "timed out";
        case ErrorCode::closed: return "closed by the peer";
        case ErrorCode::reset: return "reset by the peer";
        case ErrorCode::refused: return "connection refused";
        case ErrorCode::unreachable: return "unreachable";
        case ErrorCode::address_in_use: return "address already in use";
        case ErrorCode::too_many_files: return "too many open files";
        case ErrorCode::out_of_memory: return "out of memory";
        case ErrorCode::no_permission: return "permission denied";
        case ErrorCode::not_found: return "not found";
        case ErrorCode::malformed: return "malformed";
        case ErrorCode::too_large: return "too large";
        case ErrorCode::unsupported: return "unsupported";
        case ErrorCode::no_endpoint: return "no live endpoint";
        case ErrorCode::unresolved: return "name not resolved";
        case ErrorCode::system: return "system error";
    }
    return "unknown error";
}

std::string Error::describe() const {
    const bool named = what != nullptr && *what != '\0';
    if (os_error != 0) {
        return fmt::format("{}{}{} ({})", named ? what : "", named ? ": " : "", std::strerror(os_error),
                           os_error);
    }
    return fmt::format("{}{}{}", named ? what : "", named ? ": " : "", name_of(code));
}

}   // namespace gatehouse
