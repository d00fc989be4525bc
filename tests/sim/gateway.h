#pragma once
// The whole gateway inside a simulated world: control and its workers, each on a loop of its own, wired as
// the process wires them but in one thread. The sockets it listens on belong to somebody else, as the
// keeper's do.

#include "control/control.h"
#include "exchange/worker.h"
#include "log/log_writer.h"
#include "loop/sim/sim_world.h"
#include "net/table_resolver.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::simulation {

class Gateway {
public:
    Gateway(loop::SimWorld& world, const loop::FaultPlan& plan, unsigned worker_count,
            const std::vector<SocketAddress>& listen_on);
    ~Gateway();

    // Names that the configuration may use.
    [[nodiscard]] net::TableResolver& names() { return names_; }
    // What later configurations have endpoints asked; nginx's language has no words for it.
    void check_health(std::shared_ptr<const model::HealthCheck> health) { health_ = std::move(health); }
    // Empty, or why not.
    [[nodiscard]] std::string apply(const std::string& configuration);
    // A reload while things go on. `done` gets what apply() says.
    void apply_after(loop::Duration delay, std::string configuration, std::function<void(std::string)> done);
    // What was logged to access_log_path, once finish() is over.
    [[nodiscard]] std::string access_log();
    // Configurations that somebody still uses, the one in force included.
    [[nodiscard]] std::size_t live_snapshots() const { return control_->live_snapshots(); }
    static constexpr const char* access_log_path = "/sim/access.log";
    // Drains the workers and ends everything, in the order the process does. Empty, or what was left behind.
    [[nodiscard]] std::string finish(loop::Duration drain_limit);

private:
    struct WorkerRun {
        std::unique_ptr<loop::Loop> loop;
        std::unique_ptr<exchange::Worker> worker;
        bool drained = false;
    };
    [[nodiscard]] std::vector<control::Control::Sink> sinks();
    [[nodiscard]] loop::Task<void> close_control();
    [[nodiscard]] std::string leftovers(const loop::Loop& loop, const std::string& whose) const;
    [[nodiscard]] std::string miscounted() const;

    loop::SimWorld& world_;
    std::unique_ptr<loop::SimBackend> keeper_;
    std::map<std::string, int> listening_fds_;   // by address
    log::LogWriter logs_;
    int access_log_ = -1;   // real, in memory
    loop::Loop& control_loop_;
    net::TableResolver names_;
    std::shared_ptr<const model::HealthCheck> health_;
    std::vector<WorkerRun> workers_;
    std::unique_ptr<control::Control> control_;
    std::unique_ptr<exchange::Shared> shared_;
    loop::Scope closing_;
};

}   // namespace gatehouse::simulation
