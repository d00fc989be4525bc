#include "main/command_line.h"
#include "main/commands.h"
#include "main/standard_descriptors.h"

#include <fmt/format.h>

#include <unistd.h>

#include <climits>
#include <cstring>
#include <span>
#include <string_view>

int main(int argc, char** argv) {
    gatehouse::process::ensure_standard_descriptors();
    char directory[PATH_MAX] = "/";
    if (::getcwd(directory, sizeof directory) == nullptr) std::strcpy(directory, "/");
    const auto line = gatehouse::process::parse_command_line(
        std::span<const char* const>(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0),
        directory, argc > 0 ? argv[0] : "");
    if (!line) {
        const std::string text = fmt::format("gatehouse: {}\n", line.error());
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
        // of these commands 1 is an answer
        const std::string_view command = argc > 1 ? argv[1] : "";
        return command == "check" || command == "status" ? 2 : 1;
    }
    return gatehouse::process::run_command(*line);
}
