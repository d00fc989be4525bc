#pragma once
// Opening log files by path, as the keeper does with the rights it was started with: append, create, never
// wait. stdout and stderr get open files of their own where they are pipes or terminals, so that making them
// non-blocking changes nothing for the other programs that share them.

#include "main/unique_fd.h"
#include "model/snapshot.h"

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::process {

// The error is a sentence in nginx's form: `open() "/x" failed (2: No such file or directory)`.
[[nodiscard]] tl::expected<UniqueFd, std::string> open_log(const std::string& path);
// Could open_log() do it? Creates nothing. Empty: yes; else why not.
[[nodiscard]] std::string why_unwritable(const std::string& path);

struct LogFiles {
    std::vector<std::string> paths;
    std::vector<UniqueFd> descriptors;   // beside `paths`
};
[[nodiscard]] tl::expected<LogFiles, std::string> open_logs(std::vector<std::string> paths);

// Every log the model names, each once.
[[nodiscard]] std::vector<std::string> log_paths(const model::Model& model);

}   // namespace gatehouse::process
