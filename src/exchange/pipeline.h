#pragma once
// The order of things for one exchange: site's script, route, route's script, method limits, access,
// try_files, handler; error pages and internal redirects lead back into it, at most ten times. Ends with the
// response written, or with the decision to close without one.

#include "exchange/exchange.h"

namespace gatehouse::exchange {

// How a step leaves the request.
struct Outcome {
    enum class Kind : std::uint8_t {
        go_on,      // the next step's turn
        respond,    // exchange.response is what to answer
        status,     // answer with `status`: an error page or a made page
        redirect,   // internal: match again with exchange.uri as set
        named,      // internal: continue in the named location `name`
        done,       // the response was written by the step itself
        close,      // close the connection without an answer (444, or the client is gone)
    };
    Kind kind = Kind::go_on;
    int status = 0;
    std::string_view name;

    static Outcome go_on() { return {}; }
    static Outcome respond() { return {.kind = Kind::respond, .status = 0, .name = {}}; }
    static Outcome answer(int status) { return {.kind = Kind::status, .status = status, .name = {}}; }
    static Outcome redirect() { return {.kind = Kind::redirect, .status = 0, .name = {}}; }
    static Outcome to_named(std::string_view name) {
        return {.kind = Kind::named, .status = 0, .name = name};
    }
    static Outcome done() { return {.kind = Kind::done, .status = 0, .name = {}}; }
    static Outcome close() { return {.kind = Kind::close, .status = 0, .name = {}}; }
};

// Runs everything for an exchange whose request head, target and host are set. Returns when the response was
// written.
loop::Task<void> run_pipeline(Exchange& exchange);

// Answers with a status before a route could be chosen (a malformed head): error pages of the listener's
// default site apply.
loop::Task<void> refuse(Exchange& exchange, int status);

// 301 to the same path with a slash behind it: of a directory, or of a location that ends in one.
Outcome redirect_with_slash(Exchange& exchange);

// Points exchange.uri and args at "/path?args" or, for an absolute URL, makes a 302; used by try_files,
// error_page, X-Accel-Redirect and index.
Outcome internal_redirect(Exchange& exchange, std::string_view target);

}   // namespace gatehouse::exchange
