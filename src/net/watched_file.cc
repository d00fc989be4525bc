#include "net/watched_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace gatehouse::net {
namespace {

std::int64_t nanoseconds(const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}   // namespace

WatchedFile::Stamp WatchedFile::present_stamp() const {
    struct stat status {};
    if (::stat(path_.c_str(), &status) < 0) return {};
    return {.inode = status.st_ino,
            .device = status.st_dev,
            .bytes = status.st_size,
            .modified_ns = nanoseconds(status.st_mtim),
            .status_changed_ns = nanoseconds(status.st_ctim)};
}

std::string WatchedFile::read() {
    // the stamp first: a change between it and the text makes it old, and is seen at the next look
    read_ = present_stamp();
    std::string text;
    // O_NONBLOCK: a FIFO given by mistake must not stop control
    const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return text;
    while (text.size() < limit_bytes) {
        constexpr std::size_t chunk_bytes = 64U << 10;
        const std::size_t before = text.size();
        text.resize(before + chunk_bytes);
        const ssize_t got = ::read(fd, text.data() + before, chunk_bytes);
        text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got <= 0) break;
    }
    ::close(fd);
    return text;
}

}   // namespace gatehouse::net
