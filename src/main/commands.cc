#include "main/commands.h"

#include "main/build_info.h"
#include "main/check_line.h"
#include "main/health_line.h"
#include "main/keeper.h"
#include "main/pid_file.h"
#include "main/preparation.h"
#include "main/serve_line.h"
#include "main/source_files.h"
#include "main/status_line.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace gatehouse::process {
namespace {

using log::LogLevel;

int print(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0) return 1;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

// What a start would stumble over, as far as that can be seen without changing anything.
bool check_surroundings(const model::Model& model, KeeperLog& log) {
    bool is_fine = true;
    const auto complain = [&](std::string_view text) {
        log.write(LogLevel::emerg, text);
        is_fine = false;
    };
    if (const auto account = choose_account(model.process); !account) complain(account.error());
    for (const std::string& path : log_paths(model)) {
        if (const std::string why = why_unwritable(path); !why.empty()) complain(why);
    }
    return is_fine;
}

}   // namespace

int test_configuration(const CommandLine& line) {
    KeeperLog log;
    if (!line.error_log.empty()) log.open_early(line.error_log_path());
    const FaceOptions options = face_options(line);
    SourceFiles files(options.served, state_directory());
    const Configuration configuration = read_configuration(files, options);
    report(configuration, log, line.quiet ? Tell::errors : Tell::everything);
    const bool is_understood = configuration.model.has_value();
    if (is_understood && !line.quiet) {
        print(STDERR_FILENO,
              fmt::format("nginx: the configuration file {} syntax is ok\n", options.config_path));
    }
    if (!is_understood || !check_surroundings(*configuration.model, log)) {
        print(STDERR_FILENO, fmt::format("nginx: configuration file {} test failed\n", options.config_path));
        return 1;
    }
    if (!line.quiet)
        print(STDERR_FILENO,
              fmt::format("nginx: configuration file {} test is successful\n", options.config_path));
    return line.action == Action::dump ? print(STDOUT_FILENO, configuration.document.sources.dump()) : 0;
}

int signal_gateway(const CommandLine& line) {
    KeeperLog log;
    const FaceOptions options = face_options(line);
    SourceFiles files(options.served, state_directory());
    const Configuration configuration = read_configuration(files, options);
    if (!configuration.model) {
        report(configuration, log, Tell::errors);
        return 1;
    }
    const std::string& path = configuration.model->process.pid_path;
    const auto pid = PidFile::read(path);
    if (!pid) {
        log.write(LogLevel::error, pid.error());
        return 1;
    }
    if (::kill(*pid, line.signal) == 0) return 0;
    log.write(LogLevel::alert, fmt::format("kill({}, {}) failed ({}: {}), the number is from \"{}\"", *pid,
                                           line.signal, errno, std::strerror(errno), path));
    return 1;
}

int run_command(const CommandLine& line) {
    switch (line.action) {
        case Action::run: print(STDERR_FILENO, line.greeting); return Keeper(line).run();
        case Action::test:
        case Action::dump: return test_configuration(line);
        case Action::signal: return signal_gateway(line);
        case Action::version: return print(STDERR_FILENO, version_text());
        case Action::build: return print(STDERR_FILENO, build_text());
        case Action::help: return print(STDOUT_FILENO, help_text());
        case Action::check: return run_check_command(line.check);
        case Action::check_help: return print(STDOUT_FILENO, check_help_text());
        case Action::status: return run_status_command(line.status);
        case Action::status_help: return print(STDOUT_FILENO, status_help_text());
        case Action::health_check: return run_health_check(line.traefik_arguments);
        case Action::serve_help: return print(STDOUT_FILENO, serve_help_text());
    }
    return 1;
}

}   // namespace gatehouse::process
