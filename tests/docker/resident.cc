// What runs in the containers of these tests: it stays until it is told to stop, and ends a little later, as
// a program does that finishes its work. With an argument it is the health check, which finds no fault.

#include <signal.h>
#include <unistd.h>

int main(int count, char**) {
    if (count > 1) return 0;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGQUIT);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    int signal = SIGHUP;
    while (signal == SIGHUP) sigwait(&signals, &signal);
    usleep(300'000);
    return 0;
}
