#include "main/source_files.h"

#include "base/text.h"
#include "log/error_log.h"
#include "main/unique_fd.h"
#include "tls/self_signed.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace gatehouse::process {
namespace {

// Readable for its owner only, and never half written.
bool keep(const std::string& path, const std::string& text) {
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    const std::string draft = path + ".new";
    const UniqueFd file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return false;
    return ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
           ::fsync(file.get()) == 0 && ::rename(draft.c_str(), path.c_str()) == 0;
}

// A name that a file can have: those of wildcards cannot.
std::string file_name(std::string_view names) {
    std::string name = "self-signed-";
    for (const char c : names.substr(0, names.find(','))) name += c == '*' || c == '/' ? '_' : c;
    return name + fmt::format("-{:08x}.pem", std::hash<std::string_view>{}(names)&0xffff'ffffU);
}

}   // namespace

Result<std::string> SourceFiles::read(const std::string& path) {
    if (!served_.empty() && path == nginx::served_name) return served_;
    if (path.starts_with(nginx::self_signed_prefix))
        return self_signed(std::string_view(path).substr(nginx::self_signed_prefix.size()));
    return disk_.read(path);
}

std::vector<std::string> SourceFiles::glob(const std::string& pattern) { return disk_.glob(pattern); }

std::string SourceFiles::self_signed(std::string_view names) const {
    std::vector<std::string> list;
    for (const auto name : split(names, ',')) list.emplace_back(name);
    using Clock = std::chrono::system_clock;
    const auto now = static_cast<std::int64_t>(Clock::to_time_t(Clock::now()));
    const std::string path = state_directory_ + "/" + file_name(names);
    nginx::DiskFiles disk;
    if (auto kept = disk.read(path); kept && tls::is_self_signed_for(*kept, list, now)) return *kept;
    auto made = tls::make_self_signed(list, now, certificate_days);
    if (state_directory_.empty() || !keep(path, made)) {
        log::write_error(
            log::LogLevel::warn,
            fmt::format("a self-signed certificate cannot be kept in \"{}\" ({}): the next start "
                        "makes another",
                        path, std::strerror(errno)));
    }
    return made;
}

std::string state_directory() {
    if (const char* given = std::getenv("STATE_DIRECTORY"); given != nullptr && *given == '/') return given;
    if (::geteuid() == 0) return "/var/lib/gatehouse";
    const char* state = std::getenv("XDG_STATE_HOME");
    if (state != nullptr && *state == '/') return std::string(state) + "/gatehouse";
    const char* home = std::getenv("HOME");
    return home == nullptr || *home != '/' ? "" : std::string(home) + "/.local/state/gatehouse";
}

}   // namespace gatehouse::process
