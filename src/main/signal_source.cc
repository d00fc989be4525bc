#include "main/signal_source.h"

#include <sys/signalfd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace gatehouse::process {
namespace {

constexpr std::array answered = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH, SIGCHLD};

sigset_t answered_set() {
    sigset_t set{};
    sigemptyset(&set);
    for (int number : answered) sigaddset(&set, number);
    return set;
}

}   // namespace

SignalSource::SignalSource() {
    const sigset_t set = answered_set();
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGCHLD, SIG_DFL);   // an inherited SIG_IGN would lose the gateway's exit status
    fd_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_) {
        std::perror("signalfd");
        std::abort();
    }
}

std::optional<int> SignalSource::next() {
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
    return static_cast<int>(info.ssi_signo);
}

void release_signals() {
    for (int number : answered) std::signal(number, number == SIGCHLD ? SIG_DFL : SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t none{};
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}   // namespace gatehouse::process
