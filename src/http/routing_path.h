#pragma once
// The path of a request as Traefik's rules compare it: escapes of unreserved bytes are decoded, those of
// reserved ones (RFC 3986 section 2.2, and "%") stay, in upper case, since decoding them would change what
// the path means; then dot segments are resolved and double slashes merged. nginx's locations compare another
// one: see normalize_uri.

#include <optional>
#include <string_view>

#include "base/arena.h"

namespace gatehouse::http {

// `path`: as sent, without its query; nothing of it is read behind a "?" or "#". Begins with "/", or is
// empty, which is "/". A view of `path` where nothing had to change, else of the arena. A broken escape stays
// as it is (such requests are refused before). Never above the root: ".." there is nothing.
[[nodiscard]] std::string_view routing_path(std::string_view path, Arena& arena);

// One pair of a query as forms write it (application/x-www-form-urlencoded): decoded, "+" is a space.
struct QueryPair {
    std::string_view name, value;
};
// Takes the next pair off `query`; nullopt at its end. As Go reads it: pairs that hold a ";" or a broken
// escape are no pairs and left out. Views of the query, or of the arena where something was decoded.
[[nodiscard]] std::optional<QueryPair> next_query_pair(std::string_view& query, Arena& arena);

}   // namespace gatehouse::http
