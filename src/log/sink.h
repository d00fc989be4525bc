#pragma once
// Sink: one log's descriptor and the lines on their way into it. It never waits: a write takes what the
// descriptor takes now, and says so. Descriptors that were inherited in blocking mode (a terminal or a pipe
// shared with other programs, whose mode is not ours to change) are written in pieces that poll() promised to
// accept. Used by the writer's thread only.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

namespace gatehouse::log {

class Sink {
public:
    struct Outcome {
        std::size_t bytes = 0;   // gone from the backlog: written or lost
        std::uint64_t lost_lines = 0;
        int os_error = 0;       // why they were lost
        bool blocked = false;   // the descriptor takes no more now
    };

    Sink() = default;
    ~Sink() { adopt(-1); }
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    void adopt(int fd);   // from now on; the former descriptor is closed
    void add(std::string lines);
    // Writes until the backlog is empty, the descriptor blocks, or it fails: then the backlog is lost.
    Outcome write();

    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] std::size_t pending_bytes() const { return pending_bytes_; }

private:
    enum class Mode : std::uint8_t {
        plain,    // regular files and descriptors in non-blocking mode
        polled,   // blocking, but no file: a pipe or terminal inherited from whoever started us
        socket,   // stdout of some supervisors
    };
    [[nodiscard]] long write_some() const;   // bytes, or -errno
    void consume(std::size_t bytes);
    [[nodiscard]] Outcome lose(Outcome outcome, int os_error);

    int fd_ = -1;
    Mode mode_ = Mode::plain;
    std::deque<std::string> backlog_;
    std::size_t front_offset_ = 0;   // of backlog_.front(), already written
    std::size_t pending_bytes_ = 0;
};

[[nodiscard]] std::uint64_t count_lines(std::string_view text);

}   // namespace gatehouse::log
