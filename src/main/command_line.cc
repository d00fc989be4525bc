#include "main/command_line.h"

#include "base/text.h"
#include "faces/traefik/static_configuration.h"
#include "main/check_line.h"
#include "main/serve_line.h"
#include "main/status_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace gatehouse::process {
namespace {

struct NamedSignal {
    std::string_view name;
    int number;
};
constexpr std::array signals = {NamedSignal{"stop", SIGTERM}, NamedSignal{"quit", SIGQUIT},
                                NamedSignal{"reload", SIGHUP}, NamedSignal{"reopen", SIGUSR1}};

std::optional<int> signal_named(std::string_view name) {
    for (const NamedSignal& signal : signals) {
        if (signal.name == name) return signal.number;
    }
    return std::nullopt;
}

std::string with_slash(std::string path) {
    if (!path.ends_with('/')) path += '/';
    return path;
}

class Reader {
public:
    Reader(std::span<const char* const> arguments, std::string_view directory)
        : arguments_(arguments), directory_(directory) {}

    tl::expected<CommandLine, std::string> read() {
        while (next_ < arguments_.size() && error_.empty()) read_argument(arguments_[next_++]);
        if (!error_.empty()) return tl::unexpected(error_);
        return line_;
    }

private:
    void read_argument(std::string_view argument) {
        if (argument == "--help") return choose(Action::help);
        if (argument == "--version") return choose(Action::version);
        if (argument.starts_with("--") && argument.size() > 2)
            return fail(fmt::format("unknown option \"{}\"", argument));
        if (argument.size() < 2 || argument[0] != '-') {
            return fail(
                fmt::format("unexpected argument \"{0}\": to serve a configuration, use -c {0}", argument));
        }
        rest_ = argument.substr(1);
        while (!rest_.empty() && error_.empty()) {
            const char letter = rest_[0];
            rest_.remove_prefix(1);
            read_switch(letter);
        }
    }

    void read_switch(char letter) {
        switch (letter) {
            case 'h':
            case '?': return choose(Action::help);
            case 'v': return choose(Action::version);
            case 'V': return choose(Action::build);
            case 't': return choose(Action::test);
            case 'T': return choose(Action::dump);
            case 'q': line_.quiet = true; return;
            case 'c': return take_value(line_.config, "-c", "a configuration file");
            case 'g': return take_value(line_.directives, "-g", "directives");
            case 'e': return take_value(line_.error_log, "-e", "a file name");
            case 'p': return take_prefix();
            case 's': return take_signal();
            default: return fail(fmt::format("unknown option \"-{}\"", letter));
        }
    }

    // Help and versions win over everything, a dump over a test, whatever their order.
    void choose(Action action) {
        if (line_.action == Action::dump && action == Action::test) return;
        if (line_.action >= Action::version && action < Action::version) return;
        line_.action = action;
    }

    void take_value(std::string& into, std::string_view option, std::string_view what) {
        std::string_view value = std::exchange(rest_, {});
        if (value.empty() && next_ < arguments_.size()) value = arguments_[next_++];
        if (value.empty()) return fail(fmt::format("option \"{}\" requires {}", option, what));
        into = value;
    }

    void take_prefix() {
        std::string prefix;
        take_value(prefix, "-p", "a directory");
        if (!error_.empty()) return;
        if (!prefix.starts_with('/')) prefix = with_slash(std::string(directory_)) + prefix;
        line_.prefix = with_slash(std::move(prefix));
    }

    void take_signal() {
        std::string name;
        take_value(name, "-s", "one of stop, quit, reload, reopen");
        if (!error_.empty()) return;
        const auto number = signal_named(name);
        if (!number)
            return fail(fmt::format("invalid option: \"-s {}\": use stop, quit, reload or reopen", name));
        line_.signal = *number;
        choose(Action::signal);
    }

    void fail(std::string text) { error_ = std::move(text) + "; -h shows what there is"; }

    std::span<const char* const> arguments_;
    std::string_view directory_;
    std::size_t next_ = 0;
    std::string_view rest_;   // of the argument being read
    CommandLine line_;
    std::string error_;
};

// "--providers.docker=true": two dashes and what a static configuration of Traefik may begin with.
bool is_traefik_flag(std::string_view argument) {
    if (!argument.starts_with("--")) return false;
    argument.remove_prefix(2);
    const auto root = argument.substr(0, argument.find_first_of(".=["));
    const auto is_it = [&](const traefik::Field& field) { return equals_ignoring_case(field.name, root); };
    return std::ranges::any_of(traefik::StaticConfiguration::table().fields, is_it);
}

// Called so, or given its flags.
bool is_traefik(std::span<const char* const> arguments, std::string_view program) {
    const bool is_called_so = program.substr(program.rfind('/') + 1) == "traefik";
    if (arguments.empty()) return is_called_so;
    const std::string_view first = arguments.front();
    if (first == "--help" || first == "--version") return false;
    return is_called_so || is_traefik_flag(first);
}

CommandLine parse_traefik_line(std::span<const char* const> arguments) {
    CommandLine line;
    line.is_traefik = true;
    if (!arguments.empty() && std::string_view(arguments.front()) == "version") {
        line.action = Action::version;
    } else {
        line.traefik_arguments.assign(arguments.begin(), arguments.end());
    }
    return line;
}

}   // namespace

std::string CommandLine::under_prefix(std::string_view path) const {
    return path.starts_with('/') ? std::string(path) : prefix + std::string(path);
}

tl::expected<CommandLine, std::string> parse_command_line(std::span<const char* const> arguments,
                                                          std::string_view directory,
                                                          std::string_view program) {
    // a command is one under any name of the program
    const std::string_view first = arguments.empty() ? "" : arguments.front();
    if (first == "check") return parse_check_line(arguments.subspan(1));
    if (first == "status") return parse_status_line(arguments.subspan(1));
    if (first == "healthcheck") {
        CommandLine line = parse_traefik_line(arguments.subspan(1));
        line.action = Action::health_check;
        return line;
    }
    if (is_traefik(arguments, program)) return parse_traefik_line(arguments);
    if (first == "serve") return parse_serve_line(arguments.subspan(1), directory);
    return Reader(arguments, directory).read();
}

}   // namespace gatehouse::process
