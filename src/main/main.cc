#include "main/command_line.h"
#include "main/commands.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <span>

namespace {

// Whoever started us may have closed a standard descriptor; the next file opened would take its number, and
// get what is meant for the terminal.
void ensure_standard_descriptors() {
    int fd = 0;
    do {
        fd = ::open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO) ::close(fd);
}

}   // namespace

int main(int argc, char** argv) {
    ensure_standard_descriptors();
    char directory[PATH_MAX] = "/";
    if (::getcwd(directory, sizeof directory) == nullptr) directory[0] = '/', directory[1] = '\0';
    const auto line = gatehouse::process::parse_command_line(
        std::span<const char* const>(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0),
        directory);
    if (!line) {
        const std::string text = fmt::format("gatehouse: {}\n", line.error());
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
        return 1;
    }
    return gatehouse::process::run_command(*line);
}
