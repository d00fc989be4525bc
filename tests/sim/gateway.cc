#include "gateway.h"

#include "certificate.h"

#include "faces/nginx/load.h"
#include "log/error_log.h"
#include "loop/loop.h"
#include "loop/sim/sim_backend.h"

#include <fmt/format.h>

#include <algorithm>

#include <sys/mman.h>
#include <unistd.h>

namespace gatehouse::simulation {

using namespace std::chrono_literals;
using loop::SimWorld;

namespace {

// Each resolver that control makes answers from the one table.
class SharedTable final : public net::Resolver {
public:
    explicit SharedTable(net::TableResolver& table) : table_(table) {}
    loop::Task<Result<net::Resolution>> resolve(std::string name) override {
        return table_.resolve(std::move(name));
    }
    bool reread_if_changed() override { return table_.reread_if_changed(); }

private:
    net::TableResolver& table_;
};

}   // namespace

Gateway::Gateway(SimWorld& world, const loop::FaultPlan& plan, unsigned worker_count,
                 const std::vector<SocketAddress>& listen_on)
    : world_(world),
      keeper_(world.make_backend()),
      control_loop_(world.make_loop(plan)),
      closing_(control_loop_) {
    log::set_error_log_writer(&logs_);
    access_log_ = ::memfd_create("access log", MFD_CLOEXEC);
    logs_.open(access_log_path, ::dup(access_log_));
    for (const auto& address : listen_on) {
        const int fd = keeper_->socket(address.family(), SOCK_STREAM);
        [[maybe_unused]] const int status = keeper_->listen(fd, address.get(), address.length, 511);
        listening_fds_[address.describe()] = fd;
    }
    for (unsigned i = 0; i < worker_count; ++i) {
        auto& run = workers_.emplace_back();
        run.loop = std::make_unique<loop::Loop>(world.make_backend(plan));
        world.drive(*run.loop);
    }
    control_ = std::make_unique<control::Control>(
        control_loop_, sinks(),
        [this](loop::Scope&, const net::ResolverOptions&) { return std::make_unique<SharedTable>(names_); },
        [](model::LogLevel, std::string_view) {});
    shared_.reset(new exchange::Shared{logs_, control_->services(), {}});
    for (unsigned i = 0; i < worker_count; ++i) {
        workers_[i].worker = std::make_unique<exchange::Worker>(*workers_[i].loop, *shared_, i, worker_count);
    }
}

Gateway::~Gateway() {
    log::set_error_log_writer(nullptr);
    ::close(access_log_);
}

std::string Gateway::access_log() {
    logs_.flush();
    std::string text(static_cast<std::size_t>(std::max<off_t>(::lseek(access_log_, 0, SEEK_END), 0)), '\0');
    const auto got = ::pread(access_log_, text.data(), text.size(), 0);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return text;
}

std::vector<control::Control::Sink> Gateway::sinks() {
    std::vector<control::Control::Sink> sinks;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        sinks.emplace_back([this, i](std::shared_ptr<const model::Publication> publication) {
            if (workers_[i].loop == nullptr) return;   // it has left
            workers_[i].loop->post([this, i, publication = std::move(publication)]() mutable {
                workers_[i].worker->apply(std::move(publication));
            });
        });
    }
    return sinks;
}

std::string Gateway::apply(const std::string& configuration) {
    nginx::MemoryFiles files;
    files.add("/sim/nginx.conf", configuration);
    files.add("/sim/site.pem", certificate_pem());
    files.add("/sim/site.key", key_pem());
    auto loaded = nginx::load(files, "/sim/nginx.conf", {}, {});
    if (!loaded.model) {
        std::string text = "the configuration is refused:";
        for (const auto& diagnostic : loaded.diagnostics.items()) text += " " + diagnostic.message;
        return text;
    }
    for (const auto& service : loaded.model->services) {
        if (health_ != nullptr)
            const_cast<model::Service&>(*service).health = health_;   // nobody else has it
    }
    control::Control::ListenerSockets sockets;
    for (const auto& listener : loaded.model->listeners)
        sockets[listener.text] = listening_fds_.at(listener.text);
    const auto applied = control_->apply(std::move(*loaded.model), sockets);
    return applied ? "" : applied.error().describe();
}

std::string Gateway::leftovers(const loop::Loop& loop, const std::string& whose) const {
    return loop.armed_timers() == 0 ? ""
                                    : fmt::format("{}: {} timers still armed; ", whose, loop.armed_timers());
}

// What counts things that come and go.
std::string Gateway::miscounted() const {
    using exchange::Counters;
    std::string wrong;
    for (const auto& [name, which] : {std::pair("active", &Counters::active),
                                      {"reading", &Counters::reading},
                                      {"writing", &Counters::writing},
                                      {"waiting", &Counters::waiting}}) {
        if (const auto left = shared_->counters.total(which); left != 0)
            wrong += fmt::format("{} are still counted as {}; ", left, name);
    }
    return wrong;
}

void Gateway::apply_after(loop::Duration delay, std::string configuration,
                          std::function<void(std::string)> done) {
    world_.after(delay, [this, configuration = std::move(configuration), done = std::move(done)]() mutable {
        control_loop_.post([this, configuration = std::move(configuration), done = std::move(done)] {
            if (control_ != nullptr) done(apply(configuration));
        });
    });
}

loop::Task<void> Gateway::close_control() { co_await control_->close(); }

std::string Gateway::finish(loop::Duration drain_limit) {
    for (auto& run : workers_) {
        run.loop->post(
            [&run, drain_limit] { run.worker->drain(drain_limit, [&run] { run.drained = true; }); });
    }
    const auto all_drained = [this] {
        return std::ranges::all_of(workers_, [](auto& run) { return run.drained; });
    };
    const auto outcome = world_.run_until(all_drained, 6h);
    if (outcome != SimWorld::Outcome::met) {
        // frames are still alive and would be destroyed under running operations: nothing can be trusted from
        // here on
        return fmt::format("draining never ends (outcome {}); ", static_cast<int>(outcome));
    }
    // the strand that called back is at its end only after its turn
    [[maybe_unused]] const auto settled = world_.run_until([] { return false; }, 1s);
    std::string left;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        left += leftovers(*workers_[i].loop, fmt::format("worker {}", i));
        workers_[i].worker.reset();
        workers_[i].loop.reset();
    }
    [[maybe_unused]] const auto delivered = world_.run_until([] { return false; }, 1s);
    left += miscounted();
    if (control_->live_snapshots() > 1)
        left += fmt::format("{} snapshots alive; ", control_->live_snapshots());
    closing_.spawn(close_control());
    if (world_.run_until([this] { return closing_.empty(); }, 1h) != SimWorld::Outcome::met) {
        return left + "control never closes; ";
    }
    shared_.reset();
    control_.reset();
    [[maybe_unused]] const auto freed = world_.run_until([] { return false; }, 1s);
    left += leftovers(control_loop_, "control");
    for (const auto& [text, fd] : listening_fds_) keeper_->close(fd);
    return left;
}

}   // namespace gatehouse::simulation
