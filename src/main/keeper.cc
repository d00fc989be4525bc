#include "main/keeper.h"

#include "main/standard_descriptors.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <span>
#include <vector>

namespace gatehouse::process {
namespace {

using namespace std::chrono_literals;
using log::LogLevel;

constexpr auto patience_with_stop = 5s;       // before a gateway that was told to stop is killed
constexpr auto patience_with_silence = 1s;    // … or one that closed its end of the socket pair
constexpr auto first_back_off = 500ms;        // between a gateway's death and the next one …
constexpr auto longest_back_off = 10'000ms;   // … doubled up to this …
constexpr auto healthy_after = 60s;           // … and forgotten when one lived this long

std::string describe_end(pid_t pid, int status) {
    if (WIFSIGNALED(status)) {
        return fmt::format("gateway process {} exited on signal {}{}", pid, WTERMSIG(status),
                           WCOREDUMP(status) ? " (core dumped)" : "");
    }
    return fmt::format("gateway process {} exited with code {}", pid, WEXITSTATUS(status));
}

bool is_standard(std::string_view path) {
    return path == "stderr" || path == "/dev/stderr" || path == "/dev/stdout";
}

}   // namespace

Keeper::Keeper(CommandLine line) : line_(std::move(line)), face_(face_options(line_)) {}

int Keeper::run() {
    if (!start()) return 1;
    while (phase_ != Phase::over) step();
    return exit_code_;
}

bool Keeper::start() {
    if (!line_.error_log.empty()) log_.open_early(line_.error_log_path());
    auto prepared = read();
    if (!prepared) return false;
    if (!prepared->account && !prepared->settings.user.empty()) {
        log_.write(LogLevel::warn,
                   "the \"user\" directive makes sense only with super-user privileges, ignored");
    }
    if (prepared->settings.daemon && !go_to_background()) return false;
    return start_gateway(std::move(prepared));
}

// A large configuration takes a hundred times its size while it is read; the keeper and what it forks need
// none of that.
std::shared_ptr<Prepared> Keeper::read() {
    auto prepared = prepare(face_, sockets_, log_);
    ::malloc_trim(0);
    return prepared;
}

// The command returns when the background process serves, or with its failure.
bool Keeper::go_to_background() {
    if (::getpid() == 1) {
        log_.write(LogLevel::notice, "process 1 stays in the foreground, as if with \"daemon off;\"");
        return true;
    }
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    UniqueFd from_child(ends[0]);
    UniqueFd to_starter(ends[1]);
    const pid_t pid = ::fork();
    if (pid < 0) {
        log_.write(LogLevel::emerg, fmt::format("fork() failed ({}: {})", errno, std::strerror(errno)));
        return false;
    }
    if (pid > 0) {
        to_starter.reset();
        char answer = 0;
        std::_Exit(::read(from_child.get(), &answer, 1) == 1 ? 0 : 1);
    }
    ::setsid();
    starter_ = std::move(to_starter);
    is_in_background_ = true;
    return true;
}

// Its terminal, or the pipe it reads our output from, must not be held open by a process in the background.
void Keeper::leave_starter() {
    if (!starter_) return;
    if (std::ranges::any_of(active_->logs.paths, is_standard)) {
        log_.write(LogLevel::warn,
                   "in the background a log to stdout or stderr goes nowhere: name files with access_log and "
                   "error_log, or say \"daemon off;\"");
    }
    attach_standard_descriptors_to_nothing();
    reopen_logs();
    [[maybe_unused]] const auto written = ::write(starter_.get(), "1", 1);
    starter_.reset();
}

int Keeper::poll_timeout() const {
    const auto next = std::min(restart_at_, kill_at_);
    if (next == Clock::time_point::max()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

void Keeper::step() {
    std::vector<pollfd> waits{{signals_.fd(), POLLIN, 0}, {-1, POLLIN, 0}};
    if (gateway_ && hears_) {
        waits[1].fd = gateway_->fd();
        if (gateway_->channel().has_unsent()) waits[1].events |= POLLOUT;
        engines_.add_waits(waits, gateway_->channel().unsent_bytes());
    }
    ::poll(waits.data(), waits.size(), poll_timeout());
    if (waits[1].revents != 0) hear_gateway();   // before its death is noticed: what it said last counts
    engines_.proceed(std::span(waits).subspan(2));
    while (const auto signal = signals_.next()) obey(*signal);
    const auto now = Clock::now();
    if (now >= restart_at_ && phase_ == Phase::serving) {
        restart_at_ = Clock::time_point::max();
        if (!start_gateway(active_)) end(1);
    }
    if (now >= kill_at_ && gateway_) {
        kill_at_ = Clock::time_point::max();
        log_.write(LogLevel::warn,
                   fmt::format("gateway process {} does not stop, it is killed", gateway_->pid()));
        ::kill(gateway_->pid(), SIGKILL);
    }
}

void Keeper::obey(int signal) {
    if (signal == SIGCHLD) return reap();
    log_.write(LogLevel::notice, fmt::format("signal {} (SIG{}) received", signal, ::sigabbrev_np(signal)));
    switch (signal) {
        case SIGHUP: return reload();
        case SIGUSR1: return reopen_logs();
        case SIGQUIT: return quit();
        case SIGTERM:
        case SIGINT: return stop();
        case SIGUSR2:
            return log_.write(LogLevel::notice, "upgrading a running gateway is not supported yet, ignored");
        default: return log_.write(LogLevel::notice, "it means nothing to Gatehouse, ignored");
    }
}

void Keeper::reload() {
    if (phase_ != Phase::serving) return;
    if (offered_ || !gateway_) {   // busy with another, or dead and about to start again
        reload_again_ = true;
        return;
    }
    reload_again_ = false;
    log_.write(LogLevel::notice, "reconfiguring");
    auto prepared = read();
    if (!prepared) {
        log_.use(active_->settings.error_logs, active_->logs);
        log_.write(LogLevel::error, "the configuration was not taken, the former one is served on");
        return;
    }
    const auto identity = [](const Prepared& of) { return of.account ? of.account->user : ::geteuid(); };
    if (identity(*prepared) != identity(*active_)) {
        log_.write(LogLevel::warn,
                   "a changed \"user\" takes effect with the next start: privileges never come back");
    }
    offer(std::move(prepared));
}

void Keeper::reopen_logs() {
    if (!active_) return;
    auto logs = open_logs(active_->logs.paths);
    if (!logs) return log_.write(LogLevel::emerg, logs.error());
    active_->logs = *std::move(logs);
    log_.use(active_->settings.error_logs, active_->logs);
    if (!gateway_) return;
    if (const auto sent = gateway_->reopen(active_->logs); !sent)
        log_.write(LogLevel::alert, sent.error().describe());
}

void Keeper::quit() {
    if (phase_ == Phase::starting || !gateway_) return stop();
    if (phase_ != Phase::serving) return;
    phase_ = Phase::quitting;
    pid_file_.remove();
    sockets_.keep({});   // the gateway closes its own: whoever connects now is refused
    active_->sockets.clear();
    offered_.reset();
    log_.write(LogLevel::notice, "gracefully shutting down");
    if (!gateway_->channel().send(Quit{})) stop();
}

void Keeper::stop() {
    if (phase_ == Phase::over) return;
    phase_ = Phase::stopping;
    if (!gateway_) return end(0);
    kill_at_ = std::min(kill_at_, Clock::now() + patience_with_stop);
    if (!gateway_->channel().send(Stop{})) kill_at_ = Clock::now();
}

bool Keeper::start_gateway(std::shared_ptr<Prepared> with) {
    gateway_ = GatewayProcess::start(face_, *with, is_in_background_);
    if (!gateway_) {
        log_.write(LogLevel::emerg,
                   fmt::format("starting the gateway process failed ({}: {})", errno, std::strerror(errno)));
        return false;
    }
    hears_ = true;
    log_.write(LogLevel::notice, fmt::format("start gateway process {}", gateway_->pid()));
    offer(std::move(with));
    return true;
}

void Keeper::offer(std::shared_ptr<Prepared> prepared) {
    offered_ = std::move(prepared);
    allow_engines();
    if (const auto sent = gateway_->configure(++generation_, *offered_); !sent) {
        log_.write(LogLevel::alert,
                   fmt::format("handing over the configuration failed: {}", sent.error().describe()));
        ::kill(gateway_->pid(), SIGKILL);   // its end decides what happens next
    }
}

// Those of what is served and of what may be served any moment.
void Keeper::allow_engines() {
    std::vector<std::string> endpoints;
    for (const Prepared* prepared : {active_.get(), offered_.get()}) {
        if (prepared == nullptr) continue;
        const auto& engines = prepared->settings.engines;
        endpoints.insert(endpoints.end(), engines.begin(), engines.end());
    }
    engines_.allow(endpoints);
}

// Where that fails the gateway is gone, and SIGCHLD tells.
void Keeper::tell_gateway(const Message& message) {
    if (!gateway_ || !hears_) return;
    [[maybe_unused]] const auto sent = gateway_->channel().send(message);
}

void Keeper::hear_gateway() {
    auto flushed = gateway_->channel().flush();
    while (flushed) {
        auto received = gateway_->channel().receive();
        if (!received) {
            flushed = tl::unexpected(received.error());
            break;
        }
        if (!*received) return;
        heard((*received)->message);
    }
    hears_ = false;   // it is dead, or must be: SIGCHLD tells
    engines_.close();
    kill_at_ = std::min(kill_at_, Clock::now() + patience_with_silence);
}

void Keeper::heard(const Message& message) {
    if (const auto* answer = std::get_if<Applied>(&message)) {
        if (offered_ && answer->generation == generation_) applied();
    } else if (const auto* refusal = std::get_if<Failed>(&message)) {
        if (offered_ && refusal->generation == generation_) refused(*refusal);
    } else if (const auto* question = std::get_if<AskEngine>(&message)) {
        engines_.ask(*question);
    } else if (const auto* left = std::get_if<LeaveEngine>(&message)) {
        engines_.leave(left->question);
    }
}

void Keeper::applied() {
    const bool is_new = offered_ != active_;
    active_ = std::exchange(offered_, nullptr);
    allow_engines();
    if (is_new) {
        sockets_.keep(active_->sockets);
        if (const auto written = pid_file_.write(active_->settings.pid_path); !written) {
            const bool is_wanted = active_->settings.pid_path != face_.compile.pid_path;
            log_.write(is_wanted ? LogLevel::emerg : LogLevel::warn, written.error());
            if (is_wanted && phase_ == Phase::starting) {
                exit_code_ = 1;
                return stop();
            }
        }
        log_.write(LogLevel::notice, fmt::format("configuration {} is served", generation_));
    }
    if (phase_ == Phase::starting) {
        phase_ = Phase::serving;
        leave_starter();
        log_.stop_talking();
    }
    if (reload_again_) reload();
}

void Keeper::refused(const Failed& answer) {
    log_.write(LogLevel::emerg, answer.text);
    offered_ = nullptr;
    allow_engines();
    if (phase_ == Phase::starting) {
        exit_code_ = 1;
        return stop();
    }
    log_.use(active_->settings.error_logs, active_->logs);
    log_.write(LogLevel::error, "the configuration was not taken, the former one is served on");
    if (reload_again_) reload();
}

void Keeper::reap() {
    int status = 0;
    for (pid_t pid = 0;
         (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {   // as process 1, orphans of others come here too
        if (gateway_ && pid == gateway_->pid()) gateway_ended(status);
    }
}

void Keeper::gateway_ended(int status) {
    const std::string how = describe_end(gateway_->pid(), status);
    const auto lived = Clock::now() - gateway_->started();
    gateway_.reset();
    engines_.close();
    offered_.reset();   // perhaps what killed it
    kill_at_ = Clock::time_point::max();
    if (phase_ == Phase::quitting || phase_ == Phase::stopping) {
        log_.write(LogLevel::notice, how);
        return end(exit_code_);
    }
    log_.write(LogLevel::alert, how);
    if (phase_ == Phase::starting) return end(1);
    log_.use(active_->settings.error_logs, active_->logs);
    back_off_ = lived > healthy_after
                    ? 0ms
                    : std::clamp<std::chrono::milliseconds>(back_off_ * 2, first_back_off, longest_back_off);
    restart_at_ = Clock::now() + back_off_;
}

void Keeper::end(int exit_code) {
    exit_code_ = exit_code;
    phase_ = Phase::over;
    pid_file_.remove();
    log_.write(LogLevel::notice, "exit");
}

}   // namespace gatehouse::process
