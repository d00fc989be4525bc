#pragma once
// Errors are values. Result<T> is either a T or an Error; an Error says what failed and whose fault it is:
// the place that fails decides that, it alone knows. Nothing here allocates; `what` points to static text.

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse {

enum class ErrorCode : std::uint8_t {
    canceled,         // the scope is closing or somebody gave up on purpose
    timed_out,        // a deadline passed
    closed,           // end of stream where more was expected
    reset,            // the peer reset the connection
    refused,          // nobody listens there
    unreachable,      // no route, no such host or network
    address_in_use,   // bind found the address taken
    too_many_files,   // EMFILE, ENFILE
    out_of_memory,    // ENOMEM, ENOBUFS
    no_permission,    // EACCES, EPERM
    not_found,        // ENOENT, ENOTDIR, ENAMETOOLONG, unknown name
    malformed,        // the peer broke the protocol
    too_large,        // a named limit was hit
    unsupported,      // understood, but not done here
    no_endpoint,      // every endpoint is down, full or excluded
    unresolved,       // a name has no address (yet)
    system,           // any other errno
};

enum class ErrorSource : std::uint8_t { client, upstream, internal };

struct Error {
    ErrorCode code = ErrorCode::system;
    ErrorSource source = ErrorSource::internal;
    int os_error = 0;        // errno, 0 when the system was not asked
    const char* what = "";   // static text: the operation, or the rule that was broken

    [[nodiscard]] std::string describe() const;   // "connect: connection refused (111)"
};

template <class T = void>
using Result = tl::expected<T, Error>;
using Failure = tl::unexpected<Error>;

[[nodiscard]] Failure fail(ErrorCode code, const char* what, ErrorSource source = ErrorSource::internal);
// Maps errno to a code; `what` names the operation ("connect").
[[nodiscard]] Failure fail_errno(int os_error, const char* what, ErrorSource source = ErrorSource::internal);
[[nodiscard]] std::string_view name_of(ErrorCode code);

}   // namespace gatehouse
