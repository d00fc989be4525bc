#include "main/pid_file.h"

#include "base/text.h"
#include "main/cpu_quota.h"
#include "main/unique_fd.h"

#include <fmt/format.h>

#include <fcntl.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <limits>

namespace gatehouse::process {
namespace {

std::string why(const std::string& path) {
    return fmt::format("open() \"{}\" failed ({}: {})", path, errno, std::strerror(errno));
}

}   // namespace

tl::expected<void, std::string> PidFile::write(const std::string& path) {
    if (path != path_) remove();
    if (path.empty()) return {};
    const std::string draft = fmt::format("{}.{}", path, ::getpid());
    const UniqueFd fd(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!fd) return tl::unexpected(why(path));
    const std::string text = fmt::format("{}\n", ::getpid());
    if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::rename(draft.c_str(), path.c_str()) != 0) {
        std::string reason = why(path);
        ::unlink(draft.c_str());
        return tl::unexpected(std::move(reason));
    }
    path_ = path;
    return {};
}

void PidFile::remove() {
    if (!path_.empty()) ::unlink(path_.c_str());
    path_.clear();
}

tl::expected<pid_t, std::string> PidFile::read(const std::string& path) {
    const auto text = read_text_file(path);
    if (!text)
        return tl::unexpected(fmt::format("{}: is a gateway with this configuration running?", why(path)));
    const auto number = parse_decimal(std::string_view(*text).substr(0, text->find_first_of("\r\n ")));
    if (!number || *number == 0 || *number > std::numeric_limits<pid_t>::max()) {
        return tl::unexpected(fmt::format("invalid PID number \"{}\" in \"{}\"", *text, path));
    }
    return static_cast<pid_t>(*number);
}

}   // namespace gatehouse::process
