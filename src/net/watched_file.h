#pragma once
// WatchedFile: a small file of the system that others change (hosts, resolv.conf), read whole, and a cheap
// way to ask whether it is still the one that was read: its inode, size and times. Files that Docker mounts
// are replaced or rewritten in place; both show. A file that is not there reads as empty.

#include <sys/stat.h>

#include <cstdint>
#include <string>

namespace gatehouse::net {

class WatchedFile {
public:
    // Lists of blocked names make hosts files of a few MiB; what follows the limit is not read.
    static constexpr std::size_t limit_bytes = 16U << 20;

    explicit WatchedFile(std::string path) : path_(std::move(path)) {}

    [[nodiscard]] std::string read();
    [[nodiscard]] bool changed() const { return present_stamp() != read_; }   // since read()

private:
    struct Stamp {
        ino_t inode = 0;
        dev_t device = 0;
        off_t bytes = -1;   // -1: there is no file
        std::int64_t modified_ns = 0;
        std::int64_t status_changed_ns = 0;   // catches a rewrite whose modification time was set back
        friend bool operator==(const Stamp&, const Stamp&) = default;
    };
    [[nodiscard]] Stamp present_stamp() const;

    std::string path_;
    Stamp read_;
};

}   // namespace gatehouse::net
