#pragma once
// Log files whose names come from requests (nginx: access_log with variables). The log writer's thread opens
// each for the lines of one pass and closes it again: no descriptor is kept, however many names requests
// think of, and a file that was renamed is followed at once. Part of LogWriter, whose lock guards add() and
// take().

#include "base/text.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gatehouse::log {

class RunTimeFiles {
public:
    using Clock = std::chrono::steady_clock;
    using Lines = std::unordered_map<std::string, std::string, TextHash, std::equal_to<>>;   // by path
    static constexpr std::size_t waiting_bytes = 16U << 20;   // of lines and names: more is refused

    struct Batch {
        Lines lines;
        std::uint64_t refused = 0;   // lines for which there was no room
    };

    // Whole lines for the file at `path`. How many were refused: all of them when too much waits already.
    std::uint64_t add(std::string_view path, std::string_view lines);
    [[nodiscard]] Batch take();
    // Appends to the files, which are created where they do not exist. How many lines were lost; the error
    // log says so at once for the first, then at most once a minute.
    std::uint64_t write(const Batch& batch, Clock::time_point now);

private:
    void report(std::string_view failure, std::uint64_t lines, Clock::time_point now);

    Batch waiting_;
    std::size_t waiting_bytes_ = 0;
    Clock::time_point next_report_{};
};

}   // namespace gatehouse::log
