#pragma once
// The pid file: written when the sockets listen, removed by the process that wrote it. It is replaced in one
// step, so that whoever waits for it never reads half a number.

#include <tl/expected.hpp>

#include <sys/types.h>

#include <string>

namespace gatehouse::process {

class PidFile {
public:
    PidFile() = default;
    ~PidFile() { remove(); }
    PidFile(const PidFile&) = delete;
    PidFile& operator=(const PidFile&) = delete;

    // Our own pid; a former path is removed when it changed. An empty path: none is wanted.
    [[nodiscard]] tl::expected<void, std::string> write(const std::string& path);
    void remove();

    // Who wrote it; the error is a sentence that says what to do.
    [[nodiscard]] static tl::expected<pid_t, std::string> read(const std::string& path);

private:
    std::string path_;
};

}   // namespace gatehouse::process
