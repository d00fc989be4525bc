#pragma once
// The keeper: the process that was started, and keeps the rights it was started with. It reads the
// configuration, opens what needs rights, starts the gateway process and hands it everything; then it waits:
// for signals (reload, reopen, quit, stop), for the gateway's answers and questions, and for its death, after
// which it starts another on the same sockets. One thread, one poll().

#include "main/command_line.h"
#include "main/docker_door.h"
#include "main/gateway_process.h"
#include "main/keeper_log.h"
#include "main/listening_sockets.h"
#include "main/pid_file.h"
#include "main/preparation.h"
#include "main/signal_source.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

namespace gatehouse::process {

class Keeper {
public:
    explicit Keeper(CommandLine line);
    [[nodiscard]] int run();   // the exit code

private:
    using Clock = std::chrono::steady_clock;
    enum class Phase : std::uint8_t {
        starting,   // nothing was ever served
        serving,
        quitting,   // the gateway finishes what is under way
        stopping,
        over,
    };

    [[nodiscard]] bool start();
    [[nodiscard]] std::shared_ptr<Prepared> read();
    [[nodiscard]] bool go_to_background();
    void leave_starter();
    void step();
    [[nodiscard]] int poll_timeout() const;

    void obey(int signal);
    void reload();
    void reopen_logs();
    void quit();
    void stop();

    [[nodiscard]] bool start_gateway(std::shared_ptr<Prepared> with);
    void offer(std::shared_ptr<Prepared> prepared);
    void hear_gateway();
    void heard(const Message& message);
    void tell_gateway(const Message& message);
    void allow_engines();
    void applied();
    void refused(const Failed& answer);
    void reap();
    void gateway_ended(int status);
    void end(int exit_code);

    const CommandLine line_;
    FaceOptions face_;
    KeeperLog log_;
    SignalSource signals_;
    PidFile pid_file_;
    ListeningSockets sockets_;
    std::unique_ptr<GatewayProcess> gateway_;   // null between a death and the restart
    DockerDoor engines_{[this](const Message& message) { tell_gateway(message); }};
    bool hears_ = false;                  // its end of the socket pair is open
    std::shared_ptr<Prepared> active_;    // what is served
    std::shared_ptr<Prepared> offered_;   // what the gateway was given and has not answered for
    std::uint64_t generation_ = 0;
    bool reload_again_ = false;   // asked for while the gateway was busy with another
    Phase phase_ = Phase::starting;
    Clock::time_point restart_at_ = Clock::time_point::max();
    Clock::time_point kill_at_ = Clock::time_point::max();
    std::chrono::milliseconds back_off_{0};
    UniqueFd starter_;   // of the command that put us into the background
    bool is_in_background_ = false;
    int exit_code_ = 0;
};

}   // namespace gatehouse::process
