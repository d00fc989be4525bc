#include "faces/nginx/source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <glob.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace gatehouse::nginx {

std::uint32_t Sources::add(Source source) {
    if (auto known = index_by_path_.find(source.path); known != index_by_path_.end()) return known->second;
    const auto index = static_cast<std::uint32_t>(sources_.size());
    index_by_path_.emplace(source.path, index);
    sources_.push_back(std::move(source));
    return index;
}

std::string_view Sources::line(const Position& position) const {
    if (position.line == 0 || position.file >= sources_.size()) return {};
    std::string_view rest = sources_[position.file].text;
    for (std::uint32_t skipped = 1; skipped < position.line; ++skipped) {
        const std::size_t end = rest.find('\n');
        if (end == std::string_view::npos) return {};
        rest.remove_prefix(end + 1);
    }
    rest = rest.substr(0, rest.find('\n'));
    if (rest.ends_with('\r')) rest.remove_suffix(1);
    return rest;
}

std::string Sources::describe(const Position& position) const {
    if (position.line == 0 || position.file >= sources_.size()) return {};
    return fmt::format("{}:{}:{}", sources_[position.file].path, position.line, position.column);
}

std::string Sources::dump() const {
    std::string out;
    for (const Source& source : sources_) {
        if (source.kind == SourceKind::command_line) continue;
        out += fmt::format("# configuration file {}:\n{}\n", source.path, source.text);
    }
    return out;
}

std::string why_unreadable(std::string_view path, const Error& error) {
    const std::string shown = path.empty() ? std::string() : fmt::format(" \"{}\"", path);
    if (error.os_error == 0) return fmt::format("{}(){} failed: {}", error.what, shown, name_of(error.code));
    return fmt::format("{}(){} failed ({}: {})", error.what, shown, error.os_error,
                       std::generic_category().message(error.os_error));
}

Result<std::string> DiskFiles::read(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail_errno(errno, "open");
    std::string text;
    for (;;) {
        char piece[16 * 1024];
        const ssize_t count = ::read(fd, piece, sizeof piece);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            const int os_error = errno;
            ::close(fd);
            return fail_errno(os_error, "read");
        }
        if (count == 0) break;
        text.append(piece, static_cast<std::size_t>(count));
        if (text.size() > max_file_bytes) {
            ::close(fd);
            return fail(ErrorCode::too_large, "configuration file");
        }
    }
    ::close(fd);
    return text;
}

std::vector<std::string> DiskFiles::glob(const std::string& pattern) {
    std::vector<std::string> paths;
    glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
        paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    return paths;
}

Result<std::string> MemoryFiles::read(const std::string& path) {
    const auto file = files_.find(path);
    if (file == files_.end()) return fail_errno(ENOENT, "open");
    return file->second;
}

std::vector<std::string> MemoryFiles::glob(const std::string& pattern) {
    std::vector<std::string> paths;
    for (const auto& [path, text] : files_) {
        if (::fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0) paths.push_back(path);
    }
    return paths;
}

}   // namespace gatehouse::nginx
