#include "main/preparation.h"

#include "main/cpu_quota.h"
#include "main/source_files.h"

#include <fmt/format.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gatehouse::process {
namespace {

using log::LogLevel;

constexpr uid_t nobody_id = 65534;

LogLevel level_of(nginx::Severity severity) {
    switch (severity) {
        case nginx::Severity::error: return LogLevel::emerg;
        case nginx::Severity::warning: return LogLevel::warn;
        case nginx::Severity::notice: return LogLevel::notice;
    }
    return LogLevel::emerg;
}

nginx::Severity severity_of(traefik::Severity severity) {
    switch (severity) {
        case traefik::Severity::error: return nginx::Severity::error;
        case traefik::Severity::warning: return nginx::Severity::warning;
        case traefik::Severity::notice: return nginx::Severity::notice;
    }
    return nginx::Severity::error;
}

LogLevel level_of(traefik::Severity severity) { return level_of(severity_of(severity)); }

bool is_told(nginx::Severity severity, Tell tell) {
    switch (tell) {
        case Tell::errors: return severity == nginx::Severity::error;
        case Tell::warnings: return severity != nginx::Severity::notice;
        case Tell::everything: return true;
    }
    return true;
}

// "[emerg] message in FILE:LINE" without its first word, which the log writes itself.
std::string log_text(const nginx::Diagnostic& diagnostic, const nginx::Sources& sources) {
    const std::string line = nginx::render_for_log(diagnostic, sources);
    return line.substr(line.find(' ') + 1);
}

// Creates a folder and those above it; only the last one is private and the gateway's own.
std::string make_directory(const std::string& path, const std::optional<Account>& owner) {
    const auto why = [&](const char* call) {
        return fmt::format("{}() \"{}\" failed ({}: {})", call, path, errno, std::strerror(errno));
    };
    for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
        if (slash + 1 < path.size()) ::mkdir(path.substr(0, slash).c_str(), 0755);
    }
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return why("mkdir");
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return why("stat");
    if (!S_ISDIR(status.st_mode)) return fmt::format("\"{}\" is not a directory", path);
    if (owner && status.st_uid != owner->user && ::chown(path.c_str(), owner->user, owner->group) != 0)
        return why("chown");
    return {};
}

std::string make_directories(const Prepared& prepared) {
    for (const std::string& path : prepared.settings.temp_directories) {
        if (std::string why = make_directory(path, prepared.account); !why.empty()) return why;
    }
    return {};
}

// As `worker_rlimit_nofile` says, or as far as it goes.
void raise_descriptor_limit(const model::ProcessSettings& settings, KeeperLog& log) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    rlimit wanted{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
    if (settings.rlimit_nofile) {
        wanted.rlim_cur = *settings.rlimit_nofile;
        wanted.rlim_max = std::max<rlim_t>(limit.rlim_max, wanted.rlim_cur);
    }
    if (::setrlimit(RLIMIT_NOFILE, &wanted) != 0) {
        log.write(LogLevel::warn, fmt::format("setrlimit(RLIMIT_NOFILE, {}) failed ({}: {}): {} is used",
                                              wanted.rlim_cur, errno, std::strerror(errno), limit.rlim_max));
        wanted = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &wanted);
    }
    if (settings.worker_connections > wanted.rlim_cur) {
        log.write(LogLevel::warn, fmt::format("{} worker_connections exceed open file resource limit: {}",
                                              settings.worker_connections, wanted.rlim_cur));
    }
}

// Fills the rest of `prepared` from the model; what went wrong, or nothing.
std::string make_ready(const model::Model& model, ListeningSockets& sockets, Prepared& prepared,
                       KeeperLog& log) {
    raise_descriptor_limit(model.process, log);
    auto account = choose_account(model.process);
    if (!account) return account.error();
    prepared.account = *std::move(account);
    if (std::string why = make_directories(prepared); !why.empty()) return why;
    auto logs = open_logs(log_paths(model));
    if (!logs) return logs.error();
    prepared.logs = *std::move(logs);
    auto listening = sockets.prepare(model.listeners);
    if (!listening) return listening.error();
    prepared.sockets = *std::move(listening);
    return {};
}

}   // namespace

void report(const Configuration& configuration, KeeperLog& log, Tell tell) {
    for (const nginx::Diagnostic& diagnostic : configuration.diagnostics.items()) {
        log.record(level_of(diagnostic.severity), log_text(diagnostic, configuration.document.sources));
        if (!log.talks() || !is_told(diagnostic.severity, tell)) continue;
        const std::string text = nginx::render_for_terminal(diagnostic, configuration.document.sources);
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
    }
    for (const traefik::Remark& remark : configuration.remarks.items()) {
        log.record(level_of(remark.severity), remark.describe());
        if (!log.talks() || !is_told(severity_of(remark.severity), tell)) continue;
        const std::string text =
            fmt::format("gatehouse: {}: {}\n", traefik::word_for(remark.severity), remark.describe());
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
    }
}

std::shared_ptr<Prepared> prepare(const FaceOptions& options, ListeningSockets& sockets, KeeperLog& log) {
    SourceFiles sources(options.served, state_directory());
    RecordingFiles files(sources);
    Configuration configuration = read_configuration(files, options);
    if (!configuration.model) {
        report(configuration, log, Tell::warnings);
        return nullptr;
    }
    auto prepared = std::make_shared<Prepared>();
    prepared->files = files.take();
    prepared->settings = configuration.model->process;
    const std::string why = make_ready(*configuration.model, sockets, *prepared, log);
    if (!why.empty()) {
        log.write(LogLevel::emerg, why);
        return nullptr;
    }
    // what is to be said of it belongs into its own logs; the early one keeps what stopped a start
    log.use(prepared->settings.error_logs, prepared->logs);
    report(configuration, log, Tell::warnings);
    return prepared;
}

tl::expected<std::optional<Account>, std::string> choose_account(const model::ProcessSettings& settings) {
    if (::geteuid() != 0) return std::nullopt;
    // nginx's default is nobody, too: nothing serves as root unless it is asked to
    const std::string user = settings.user.empty() ? "nobody" : settings.user;
    const std::string group = settings.user.empty() ? "nobody" : settings.group;
    auto account = find_account(read_text_file("/etc/passwd").value_or(""),
                                read_text_file("/etc/group").value_or(""), user, group);
    // an image made from nothing has no accounts: then it is the number that nobody has everywhere
    if (!account && settings.user.empty())
        account = Account{.name = user, .user = nobody_id, .group = nobody_id, .groups = {nobody_id}};
    if (!account) return tl::unexpected(account.error());
    return std::optional(*std::move(account));
}

}   // namespace gatehouse::process
