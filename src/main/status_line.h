#pragma once
// `gatehouse status`: what the running gateway says of itself over its API, for people or as JSON. Reading
// the command line and showing answers is pure.

#include "main/command_line.h"

#include <map>
#include <string>

namespace gatehouse::process {

// `arguments` behind "status". The error is a sentence that says what to do.
[[nodiscard]] tl::expected<CommandLine, std::string> parse_status_line(
    std::span<const char* const> arguments);

[[nodiscard]] std::string status_help_text();

// The bodies of the API's answers by their path below it: "containers", "http/routers" …
using StatusAnswers = std::map<std::string, std::string>;

struct StatusShown {
    std::string text;
    bool is_refused = false;   // something is not served
};
// The error is a sentence: it is not what the API answers.
[[nodiscard]] tl::expected<StatusShown, std::string> show_status(const StatusAnswers& answers, bool as_json);

// 0: all is served; 1: something is refused; 2: nothing answers.
[[nodiscard]] int run_status_command(const StatusLine& line);

}   // namespace gatehouse::process
