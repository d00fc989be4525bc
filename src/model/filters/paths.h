#pragma once
// Filters that change the path a request is passed on with. They work on the path as it would be sent, so
// that what the client had encoded stays encoded.

#include "model/go_replacement.h"

#include <memory>
#include <string>
#include <vector>

namespace gatehouse::model {

// What was matched is what is passed on: dot segments and double slashes that were resolved for matching do
// not go on. What is encoded stays encoded. For entry points, before everything that looks at the path.
struct CleanPath {};

struct StripPrefix {                     // the first of these that the path begins with; plain text
    std::vector<std::string> prefixes;   // decoded
    bool force_slash = false;            // as Traefik did of old: of "/a//b" without "/a" remains "/b"
};

struct StripPrefixRegex {
    std::vector<std::shared_ptr<const LinearRegex>> expressions;   // the first that matches at the beginning
};

struct AddPrefix {
    std::string prefix;   // a slash in front is added where there is none
};

struct ReplacePath {
    std::string path;   // encoded
};

struct ReplacePathRegex {
    std::shared_ptr<const LinearRegex> regex;   // on the encoded path
    GoReplacement replacement;
};

}   // namespace gatehouse::model
