#pragma once
// What the command line may ask for besides serving: to test or print a configuration, and to signal a
// running gateway. Each returns an exit code: nginx's.

#include "main/command_line.h"

namespace gatehouse::process {

[[nodiscard]] int test_configuration(const CommandLine& line);   // -t and -T
[[nodiscard]] int signal_gateway(const CommandLine& line);       // -s
[[nodiscard]] int run_command(const CommandLine& line);          // whatever it asks for

}   // namespace gatehouse::process
