#pragma once
// Everything a configuration needs before it can be served, made ready with the rights the program was
// started with: the files read and understood, the account to serve as, folders, logs and listening sockets.
// Nothing that is in force changes on the way, so a mistake costs nothing.

#include "main/accounts.h"
#include "main/configuration.h"
#include "main/keeper_log.h"
#include "main/listening_sockets.h"
#include "main/log_files.h"

#include <cstdint>
#include <memory>
#include <optional>

namespace gatehouse::process {

struct Prepared {
    FileRecord files;
    model::ProcessSettings settings;
    std::optional<Account> account;   // to become; none: stay who we are
    ListeningSockets::List sockets;
    LogFiles logs;
};

// Diagnostics to the log and, while it talks, in their long form to stderr: errors and warnings, notices if
// asked for.
enum class Tell : std::uint8_t { errors, warnings, everything };
void report(const Configuration& configuration, KeeperLog& log, Tell tell);

// Null after what is wrong was logged. Sockets that are reused stay as they are in `sockets`.
[[nodiscard]] std::shared_ptr<Prepared> prepare(const FaceOptions& options, ListeningSockets& sockets,
                                                KeeperLog& log);

// The account of the `user` directive, where there is a choice; the error is a sentence.
[[nodiscard]] tl::expected<std::optional<Account>, std::string> choose_account(
    const model::ProcessSettings& settings);

}   // namespace gatehouse::process
