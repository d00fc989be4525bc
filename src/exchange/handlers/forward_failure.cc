#include "exchange/handlers/forward_failure.h"

namespace gatehouse::exchange {

Fault fault_of(const Attempt& attempt) {
    if (attempt.tls_failed()) return Fault::tls;
    return attempt.invalid_head() ? Fault::head : Fault::other;
}

Failing explain(const Error& error, Fault fault) {
    if (fault == Fault::tls) return {502, "upstream-tls"};
    if (fault == Fault::head)
        return {502, error.code == ErrorCode::too_large ? "upstream-head-too-large" : "upstream-malformed"};
    switch (error.code) {
        case ErrorCode::timed_out: return {504, "upstream-timeout"};
        case ErrorCode::refused: return {502, "upstream-refused"};
        case ErrorCode::reset: return {502, "upstream-reset"};
        case ErrorCode::closed: return {502, "upstream-closed"};
        case ErrorCode::unreachable: return {502, "upstream-unreachable"};
        case ErrorCode::no_endpoint: return {502, "no-live-endpoint"};
        case ErrorCode::unresolved: return {502, "upstream-unresolved"};
        case ErrorCode::too_many_files:
        case ErrorCode::out_of_memory: return {503, "gateway-exhausted"};
        default: return {502, "upstream-error"};
    }
}

std::string_view scheme_of(const model::ForwardHandler& handler, bool is_secure) {
    if (handler.is_grpc) return is_secure ? "grpcs" : "grpc";
    return is_secure ? "https" : "http";
}

int status_for_body_error(const Error& error) {
    switch (error.code) {
        case ErrorCode::too_large: return 413;
        case ErrorCode::timed_out: return 408;
        case ErrorCode::malformed: return 400;
        default: return error.source == ErrorSource::internal ? 500 : 400;
    }
}

Outcome lost_body(Exchange& exchange, const Error& error) {
    exchange.keep_alive = false;
    const bool gone = error.code == ErrorCode::closed || error.code == ErrorCode::reset ||
                      error.code == ErrorCode::canceled;
    if (gone) {
        exchange.response.status = 400;
        exchange.reason = "client-closed";
        return Outcome::close();
    }
    exchange.reason = error.what;
    return Outcome::answer(status_for_body_error(error));
}

}   // namespace gatehouse::exchange
