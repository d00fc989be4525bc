#pragma once
// `gatehouse serve [DIR] [/PREFIX=URL …] [--listen ADDRESS] [--tls]`: a directory, and apps behind it, in one
// line. It stands for a configuration, which is what is served: `-T` prints it, as a beginning of one's own.
// Pure: it looks at no file.

#include "main/command_line.h"

namespace gatehouse::process {

// `arguments` behind "serve". The error is a sentence that says what to do.
[[nodiscard]] tl::expected<CommandLine, std::string> parse_serve_line(std::span<const char* const> arguments,
                                                                      std::string_view directory);

[[nodiscard]] std::string serve_help_text();

}   // namespace gatehouse::process
