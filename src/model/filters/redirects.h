#pragma once
// Filters that send the client elsewhere.

#include "model/go_replacement.h"

#include <memory>
#include <string>

namespace gatehouse::model {

// To the same place by another scheme, unless the client came by it already.
struct RedirectScheme {
    std::string scheme;   // "https"
    std::string port;     // "": the scheme's own
    bool permanent = false;
};

// The whole URL, as the client asked for it, is rewritten; if that changed it, the client goes there.
struct RedirectRegex {
    std::shared_ptr<const LinearRegex> regex;
    GoReplacement replacement;   // of every match in the URL
    bool permanent = false;
};

}   // namespace gatehouse::model
