#pragma once
// `gatehouse check [FILE…]`: its command line, and what runs it. The first is pure; the second reads the
// files and writes to stdout.

#include "main/command_line.h"

namespace gatehouse::process {

// `arguments` behind "check". The error is a sentence that says what to do.
[[nodiscard]] tl::expected<CommandLine, std::string> parse_check_line(
    std::span<const char* const> arguments);

[[nodiscard]] std::string check_help_text();

// 0: nothing to mend; 1: errors, or with `strict` warnings; 2: something could not be read.
[[nodiscard]] int run_check_command(const CheckLine& line);

}   // namespace gatehouse::process
