#pragma once
// What makes the next endpoint be tried (proxy_next_upstream and its like).

#include <chrono>

namespace gatehouse::model {

// error, timeout and invalid_header also count as failures, listed or not.
struct NextUpstream {
    bool error = true, timeout = true, invalid_header = false, non_idempotent = false;
    bool http_500 = false, http_502 = false, http_503 = false, http_504 = false, http_403 = false,
         http_404 = false, http_429 = false;
    // A kept connection was closed while the request was on its way: once more, whatever else is said here.
    bool stale = false;
    bool denied = false;                 // of tunnels: it is not allowed to connect there
    unsigned tries = 0;                  // 0: no limit but the number of endpoints
    std::chrono::milliseconds time{0};   // 0: no limit
};

}   // namespace gatehouse::model
