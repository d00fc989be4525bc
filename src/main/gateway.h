#pragma once
// The gateway process: what serves. It is forked by the keeper, gives up its privileges first, and then does
// what the keeper tells it: control on the main thread's loop, one worker thread per `worker_processes`, one
// thread that writes logs. It ends when it was told to and everything under way is done, or when the keeper
// is gone.

#include "main/accounts.h"
#include "main/configuration.h"
#include "main/unique_fd.h"

#include <optional>
#include <string>

namespace gatehouse::process {

struct GatewayLaunch {
    UniqueFd keeper;   // our end of the socket pair
    FaceOptions face;
    std::optional<Account> account;   // to become
    std::optional<std::uint64_t> core_limit;
    std::optional<int> priority;
    std::string working_directory;
    bool in_background = false;   // once it serves, the standard descriptors are nobody's
};

// The exit code. Called once, in a process of its own without other threads.
[[nodiscard]] int run_gateway(GatewayLaunch launch);

}   // namespace gatehouse::process
