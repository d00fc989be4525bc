#include "exchange/handlers/file_cache.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace gatehouse::exchange {
namespace {

using Symlinks = model::FileSettings::Symlinks;

constexpr int open_flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;   // O_NONBLOCK: a FIFO must not stop the worker

FileInfo facts_from(const struct stat& status) {
    FileInfo info;
    info.is_directory = S_ISDIR(status.st_mode);
    info.is_regular = S_ISREG(status.st_mode);
    info.bytes = static_cast<std::uint64_t>(status.st_size);
    info.modified = status.st_mtime;
    info.inode = status.st_ino;
    info.device = status.st_dev;
    return info;
}

FileInfo failed(int error) {
    FileInfo info;
    info.error = error;
    return info;
}

// disable_symlinks on: the kernel refuses any link below `from` (openat2, Linux 5.6).
int open_without_links(const std::string& path, std::string_view from) {
    int base = AT_FDCWD;
    std::string below = path;
    if (!from.empty() && path.starts_with(from)) {
        base = ::open(std::string(from).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (base < 0) return -1;
        const auto start = path.find_first_not_of('/', from.size());
        below = start == std::string::npos ? "." : path.substr(start);
    }
    struct open_how how {};
    how.flags = open_flags;
    how.resolve = RESOLVE_NO_SYMLINKS;
    const int fd = static_cast<int>(::syscall(SYS_openat2, base, below.c_str(), &how, sizeof how));
    const int error = errno;
    if (base != AT_FDCWD) ::close(base);
    errno = error;
    return fd;
}

// disable_symlinks if_not_owner: each link below `from` must belong to the owner of what it points to.
bool links_keep_owner(const std::string& path, std::string_view from) {
    std::size_t at = path.starts_with(from) ? from.size() : 0;
    while (at < path.size()) {
        at = std::min(path.find('/', at + 1), path.size());
        const std::string part = path.substr(0, at);
        struct stat link {
        }, target{};
        if (::lstat(part.c_str(), &link) != 0) return true;   // the open itself will say why
        if (!S_ISLNK(link.st_mode)) continue;
        if (::stat(part.c_str(), &target) == 0 && link.st_uid != target.st_uid) return false;
    }
    return true;
}

int open_checked(const std::string& path, Symlinks symlinks, std::string_view from) {
    switch (symlinks) {
        case Symlinks::allowed: break;
        case Symlinks::refused: return open_without_links(path, from);
        case Symlinks::if_not_owner:
            if (links_keep_owner(path, from)) break;
            errno = ELOOP;
            return -1;
    }
    return ::open(path.c_str(), open_flags);
}

FileInfo open_now(const std::string& path, Symlinks symlinks, std::string_view from) {
    const int fd = open_checked(path, symlinks, from);
    if (fd < 0) return failed(errno);
    auto file = std::make_shared<const OpenFile>(fd);
    struct stat status {};
    if (::fstat(fd, &status) != 0) return failed(errno);
    FileInfo info = facts_from(status);
    if (info.is_regular) info.file = std::move(file);
    return info;
}

// Still the same file, unchanged: what is open may be served on.
bool is_current(const FileInfo& known, const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return known.error == errno;
    if (known.error != 0) return false;
    const FileInfo now = facts_from(status);
    return now.inode == known.inode && now.device == known.device && now.bytes == known.bytes &&
           now.modified == known.modified && now.is_directory == known.is_directory;
}

}   // namespace

OpenFile::~OpenFile() {
    if (fd >= 0) ::close(fd);
}

FileInfo FileCache::open(std::string_view path, const model::FileSettings& settings,
                         std::string_view checked_from, loop::TimePoint now) {
    const auto& limits = settings.open_file_cache;
    // what one route may see through a link, another must not: judged paths are not shared
    if (limits.max == 0 || settings.symlinks != Symlinks::allowed)
        return open_now(std::string(path), settings.symlinks, checked_from);
    const auto known = index_.find(path);
    if (known != index_.end()) {
        Entry& entry = *known->second;
        entries_.splice(entries_.begin(), entries_, known->second);
        if (now - entry.used > loop::Duration(limits.inactive)) entry.uses = 0;
        entry.used = now;
        ++entry.uses;
        const bool is_open = !entry.info.is_regular || entry.info.file != nullptr;
        if (is_open && now - entry.checked <= loop::Duration(limits.valid)) return entry.info;
        entry.checked = now;
        if (is_open && is_current(entry.info, entry.path)) return entry.info;
        return remember(entry, open_now(entry.path, settings.symlinks, checked_from), limits);
    }
    FileInfo info = open_now(std::string(path), settings.symlinks, checked_from);
    if (info.error != 0 && !limits.errors) return info;
    entries_.push_front({std::string(path), {}, now, now, 1});
    index_.emplace(entries_.front().path, entries_.begin());
    remember(entries_.front(), info, limits);
    forget_surplus(limits, now);
    return info;
}

// Of a file that is used too rarely only the facts are kept (open_file_cache_min_uses).
FileInfo FileCache::remember(Entry& entry, FileInfo info, const model::FileSettings::OpenFileCache& limits) {
    entry.info = info;
    if (entry.uses < limits.min_uses) entry.info.file = nullptr;
    return info;
}

void FileCache::forget_surplus(const model::FileSettings::OpenFileCache& limits, loop::TimePoint now) {
    // One or two of the longest unused per insertion keep the list in bounds without ever walking it.
    for (int i = 0; i < 2 && !entries_.empty(); ++i) {
        const Entry& last = entries_.back();
        const bool unused = now - last.used > loop::Duration(limits.inactive);
        if (entries_.size() <= limits.max && !unused) return;
        index_.erase(last.path);
        entries_.pop_back();
    }
}

}   // namespace gatehouse::exchange
