#include "main/check_line.h"

#include "check/check.h"
#include "check/json.h"
#include "check/show.h"
#include "faces/nginx/source.h"

#include <fmt/format.h>

#include <unistd.h>

#include <chrono>
#include <string_view>

namespace gatehouse::process {
namespace {

constexpr std::string_view help = R"(usage: gatehouse check [FILE …] [options]

Looks at configurations as they stand in files, together: without an engine, and serving nothing.

  gatehouse check                                   the compose file of this folder
  gatehouse check docker-compose.yml proxy.conf     and an nginx.conf, whole or a fragment
  gatehouse check compose.yml traefik.yml dynamic.yml
  gatehouse check base.yml production.yml           compose files are laid over each other

What a file is, it says itself: a compose file, a configuration of nginx (.conf), Traefik's static or
dynamic configuration (YAML or TOML). A compose service that runs Traefik, or Gatehouse in its place,
is the proxy: its flags, environment and mounted files are the static configuration.

  --all               show notices, too
  --format json       for programs; docs/check.md describes it                     [text]
  --strict            warnings also make the exit status 1
  --env-file FILE     variables of the compose files                               [.env beside the first]
  --project-name NAME what Compose calls the project                               [name:, or its folder]
  -h, --help          this page

Exit status: 0 nothing to mend, 1 errors were found, 2 something cannot be read.
)";

class Reader {
public:
    explicit Reader(std::span<const char* const> arguments) : arguments_(arguments) {}

    tl::expected<CommandLine, std::string> read() {
        CommandLine line;
        line.action = Action::check;
        while (next_ < arguments_.size() && error_.empty()) read_argument(arguments_[next_++], line);
        if (!error_.empty())
            return tl::unexpected(error_ + "; \"gatehouse check --help\" shows what there is");
        line.check = std::move(check_);
        return line;
    }

private:
    void read_argument(std::string_view argument, CommandLine& line) {
        if (argument == "-h" || argument == "--help") {
            line.action = Action::check_help;
        } else if (argument == "--all") {
            check_.all = true;
        } else if (argument == "--strict") {
            check_.strict = true;
        } else if (takes_value(argument, "--format", format_)) {
            if (format_ != "json" && format_ != "text")
                error_ = fmt::format("invalid option: \"--format {}\": use text or json", format_);
            check_.json = format_ == "json";
        } else if (takes_value(argument, "--env-file", check_.env_file) ||
                   takes_value(argument, "--project-name", check_.project_name)) {
            return;
        } else if (argument.starts_with('-') && argument.size() > 1) {
            error_ = fmt::format("unknown option \"{}\"", argument);
        } else {
            check_.paths.emplace_back(argument);
        }
    }

    // `--NAME VALUE`, or `--NAME=VALUE`.
    bool takes_value(std::string_view argument, std::string_view option, std::string& into) {
        if (!argument.starts_with(option)) return false;
        const auto rest = argument.substr(option.size());
        if (rest.starts_with('=')) {
            into = rest.substr(1);
            return true;
        }
        if (!rest.empty()) return false;
        if (next_ == arguments_.size()) {
            error_ = fmt::format("option \"{}\" requires a value", option);
        } else {
            into = arguments_[next_++];
        }
        return true;
    }

    std::span<const char* const> arguments_;
    std::size_t next_ = 0;
    std::string error_, format_;
    CheckLine check_;
};

bool print(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
        if (written < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}   // namespace

tl::expected<CommandLine, std::string> parse_check_line(std::span<const char* const> arguments) {
    return Reader(arguments).read();
}

std::string check_help_text() { return std::string(help); }

int run_check_command(const CheckLine& line) {
    nginx::DiskFiles files;
    using Clock = std::chrono::system_clock;
    check::Inputs inputs{.paths = line.paths,
                         .environment = {},
                         .env_file = line.env_file,
                         .project_name = line.project_name,
                         .now = static_cast<std::int64_t>(Clock::to_time_t(Clock::now()))};
    if (inputs.paths.empty()) inputs.paths = check::usual_files(files);
    if (inputs.paths.empty()) {
        constexpr std::string_view text =
            "gatehouse: no file is named, and there is no compose file here; "
            "\"gatehouse check --help\" shows what there is\n";
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
        return 2;
    }
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
        inputs.environment.emplace_back(*entry);
    const check::Outcome outcome = check::run_check(inputs, files);
    const bool color = ::isatty(STDOUT_FILENO) == 1 && ::getenv("NO_COLOR") == nullptr;
    const auto text =
        line.json ? check::to_json(outcome) : check::show(outcome, {.notices = line.all, .color = color});
    if (!print(text)) return 2;
    if (outcome.cannot_be_read) return 2;
    const bool has_warnings = outcome.findings.count(check::Severity::warning) > 0;
    return outcome.findings.count(check::Severity::error) > 0 || (line.strict && has_warnings) ? 1 : 0;
}

}   // namespace gatehouse::process
