#pragma once
// Which responses are compressed, and how: Traefik's `compress`, nginx's gzip and brotli.

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace gatehouse::model {

struct Compress {
    enum class Coding : std::uint8_t { gzip, brotli, zstd };
    // When a client wants several as much, the first of these.
    std::vector<Coding> codings = {Coding::gzip, Coding::brotli, Coding::zstd};
    std::optional<Coding> without_wish;   // for clients without Accept-Encoding
    int gzip_level = 5, brotli_level = 4, zstd_level = 3;

    std::uint64_t min_bytes = 1024;   // of a response whose length is known
    // Media types in lower case, without parameters. All but the excluded ones, unless some are named.
    std::unordered_set<std::string> included, excluded;
    bool all_statuses = true;   // else 200, 403 and 404
    bool vary = true;           // says that others might get it otherwise
    bool http_1_0 = true;       // also for clients of HTTP/1.0

    // Requests that came through a proxy (Via) get it only where the response … (gzip_proxied)
    struct Proxied {
        bool any = true;
        bool expired = false, no_cache = false, no_store = false, is_private = false;   // … says so
        bool no_last_modified = false, no_etag = false;                                 // … lacks it
        bool auth = false;   // … answers a request with Authorization
    } proxied;
};

}   // namespace gatehouse::model
