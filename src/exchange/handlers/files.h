#pragma once
// Serves Route::files: GET and HEAD of regular files with ranges, validators and conditional requests, the
// index of a directory, the redirect to a directory's slash, and (autoindex) its listing. Never leaves the
// root: the URI is normalized before it comes here, and symbolic links are judged as configured.

#include "exchange/pipeline.h"

namespace gatehouse::exchange {

// Fills exchange.response (respond), or gives a status (403, 404, 405, 416 …) or an internal redirect
// (index).
Outcome serve_files(Exchange& exchange);

// try_files: go_on when a file was found (exchange.uri points at it), else the redirect or status of its last
// argument.
Outcome try_files(Exchange& exchange, const model::TryFiles& tests);

// The tests of `if (-f …)`.
bool path_satisfies(model::Condition::Test test, std::string_view path);

}   // namespace gatehouse::exchange
