#pragma once
// The command line: of the nginx face (`gatehouse -c …`, also when invoked as `nginx`) nginx's switches with
// nginx's grammar, where one-letter switches may be joined (-tq) and values may follow at once (-cFILE); and
// the commands `gatehouse serve …` (serve_line.h), `check …` (check_line.h), `status …` (status_line.h) and
// `healthcheck …` (health_line.h). Pure: it looks at no file.

#include <tl/expected.hpp>

#include <csignal>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::process {

enum class Action : std::uint8_t {
    run,
    test,
    dump,
    signal,
    version,
    build,
    help,
    serve_help,
    check,
    check_help,
    status,
    status_help,
    health_check
};

struct CheckLine {   // `gatehouse check`
    std::vector<std::string> paths;
    std::string env_file, project_name;
    bool json = false, strict = false, all = false;
};

struct StatusLine {   // `gatehouse status`
    std::string url = "http://127.0.0.1:8080/api";
    bool json = false;
};

struct CommandLine {
    static constexpr std::string_view default_config = "/etc/nginx/nginx.conf";
    static constexpr std::string_view default_prefix = "/etc/nginx/";

    Action action = Action::run;
    std::string config{default_config};           // -c; relative to the prefix
    std::string prefix{default_prefix};           // -p; absolute, ends in "/"
    std::string directives;                       // -g
    bool is_traefik = false;                      // Traefik's face, with …
    std::vector<std::string> traefik_arguments;   // … these
    std::string served;                           // what `gatehouse serve …` stands for, as a configuration
    std::string greeting;                         // said before that is served
    std::string error_log;                        // -e; relative to the prefix, "stderr", or empty: not given
    int signal = 0;                               // of -s
    bool quiet = false;                           // -q
    CheckLine check;                              // of the actions of these names
    StatusLine status;

    [[nodiscard]] std::string config_path() const { return under_prefix(config); }
    [[nodiscard]] std::string error_log_path() const {
        return error_log == "stderr" ? error_log : under_prefix(error_log);
    }
    [[nodiscard]] std::string under_prefix(std::string_view path) const;
};

// `arguments` without the program's name, which is `program`; `directory`: the current one, absolute, for a
// relative -p. The error is a sentence that says what to do.
[[nodiscard]] tl::expected<CommandLine, std::string> parse_command_line(
    std::span<const char* const> arguments, std::string_view directory, std::string_view program = {});

}   // namespace gatehouse::process
