#include "main/gateway.h"

#include "control/control.h"
#include "log/error_log.h"
#include "log/log_writer.h"
#include "loop/channel.h"
#include "loop/epoll/epoll_backend.h"
#include "main/cpu_quota.h"
#include "main/docker_routing.h"
#include "main/keeper_engines.h"
#include "main/message_channel.h"
#include "main/standard_descriptors.h"
#include "main/traefik_configuration.h"
#include "main/worker_thread.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <malloc.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

namespace gatehouse::process {
namespace {

using namespace std::chrono_literals;
using log::LogLevel;

constexpr int fatal = 2;   // exit code of what trying again does not mend, as nginx's

// As nginx: a failure is reported, and the gateway goes on.
void set_limits(const GatewayLaunch& launch) {
    if (launch.core_limit) {
        const rlimit limit{.rlim_cur = *launch.core_limit, .rlim_max = *launch.core_limit};
        if (::setrlimit(RLIMIT_CORE, &limit) != 0) {
            log::write_error(LogLevel::alert, fmt::format("setrlimit(RLIMIT_CORE, {}) failed ({}: {})",
                                                          *launch.core_limit, errno, std::strerror(errno)));
        }
    }
    if (launch.priority && ::setpriority(PRIO_PROCESS, 0, *launch.priority) != 0) {
        log::write_error(LogLevel::alert, fmt::format("setpriority({}) failed ({}: {})", *launch.priority,
                                                      errno, std::strerror(errno)));
    }
}

// Before any thread is started. Only stderr hears of a failure: logs come with the first message.
bool become(const GatewayLaunch& launch) {
    ::prctl(PR_SET_NAME, "gateway");
    if (const std::string& directory = launch.working_directory;
        !directory.empty() && ::chdir(directory.c_str()) != 0) {
        log::write_error(LogLevel::alert, fmt::format("chdir(\"{}\") failed ({}: {})", directory, errno,
                                                      std::strerror(errno)));
        return false;
    }
    set_limits(launch);
    if (!launch.account || launch.account->user == ::geteuid()) return true;
    const auto dropped = drop_privileges(*launch.account);
    if (!dropped) {
        log::write_error(LogLevel::emerg, fmt::format("becoming user \"{}\" failed: {}", launch.account->name,
                                                      dropped.error().describe()));
    }
    if (launch.core_limit) ::prctl(PR_SET_DUMPABLE, 1);   // giving up rights took it away
    return dropped.has_value();
}

docker::OwnContainer own_container() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) name.front() = 0;
    return docker::OwnContainer(docker::possible_own_ids(read_text_file("/proc/self/mountinfo").value_or(""),
                                                         read_text_file("/proc/self/cgroup").value_or(""),
                                                         name.data()));
}

class Gateway {
public:
    explicit Gateway(GatewayLaunch launch);
    ~Gateway();
    int run();

private:
    struct OpenSocket {
        std::uint64_t id = 0;
        UniqueFd fd;
    };
    struct Arrivals {
        control::Control::ListenerSockets by_text;
        std::vector<std::pair<std::string, OpenSocket>> fresh;
    };

    loop::Task<void> hear_keeper();
    void obey(Received received);
    void configure(const Configure& message, std::vector<UniqueFd> descriptors);
    void load(const Configure& message, std::vector<UniqueFd> descriptors);
    [[nodiscard]] model::Model take_model(Configuration& configuration);
    void follow_containers(const std::shared_ptr<const TraefikServing>& serving);
    loop::Task<void> end_routing(std::unique_ptr<DockerRouting> routing);
    void apply_change(model::Model model);
    void open_logs(const std::vector<std::string>& paths, std::vector<UniqueFd> descriptors);
    void use_logs(const model::Model& model);
    [[nodiscard]] Arrivals take_sockets(const std::vector<ListenerEntry>& entries,
                                        std::vector<UniqueFd>& descriptors);
    void publish(const std::shared_ptr<const model::Publication>& publication);
    void worker_applied(std::uint64_t publication, std::uint64_t generation);
    loop::Task<void> apply_change_later();
    void close_unused_sockets(const model::Publication& publication);
    void answer(const Message& message);

    void drain(loop::Duration limit);
    void worker_left();
    void worker_drained();
    loop::Task<void> finish();
    [[noreturn]] void leave_now();

    GatewayLaunch launch_;
    log::LogWriter logs_;
    loop::Loop loop_{std::make_unique<loop::EpollBackend>()};
    const std::chrono::sys_seconds began_ = std::chrono::floor<std::chrono::seconds>(loop_.wall_time());
    loop::Channel keeper_;
    MessageChannel messages_;
    KeeperEngines engines_;
    control::Control control_;
    exchange::Shared shared_;
    std::unique_ptr<DockerRouting> routing_;   // null: no engine is followed
    loop::Scope hearing_{loop_};
    loop::Scope finishing_{loop_};

    std::vector<std::unique_ptr<WorkerThread>> workers_;
    loop::Background background_;                 // ends before the loops it answers to
    std::map<std::string, OpenSocket> sockets_;   // by Listener::text
    std::vector<UniqueFd> retired_;               // replaced, but perhaps still accepted on
    std::uint64_t generation_ = 0;                // the keeper's, of the latest configuration
    std::uint64_t publications_ = 0;              // how many there were; names the latest
    bool is_change_late_ = false;                 // a change of containers is to be applied again
    bool is_awaited_ = false;                     // the keeper waits to hear that its latest is served
    std::size_t to_apply_ = 0;                    // workers that have yet to serve the latest publication
    std::size_t to_leave_ = 0;                    // workers that may still accept while we drain
    std::size_t to_drain_ = 0;                    // workers that have something under way
    loop::Duration shutdown_limit_ = loop::forever;
    bool draining_ = false;
};

Gateway::Gateway(GatewayLaunch launch)
    : launch_(std::move(launch)),
      keeper_(loop_, launch_.keeper.release()),
      messages_(keeper_.fd()),
      engines_(
          loop_, [this](const Message& message) { answer(message); }, control::system_resolver(loop_)),
      control_(loop_, {[this](const std::shared_ptr<const model::Publication>& publication) {
                   publish(publication);
               }},
               control::system_resolver(loop_)),
      shared_{.logs = logs_, .services = control_.services(), .counters = {}, .background = &background_} {
    log::set_error_log_writer(&logs_);
}

Gateway::~Gateway() { log::set_error_log_writer(nullptr); }

int Gateway::run() {
    if (const auto watched = keeper_.watch(); !watched) {
        log::write_error(LogLevel::emerg, watched.error().describe());
        return fatal;
    }
    hearing_.spawn(hear_keeper());
    loop_.run();
    return 0;
}

loop::Task<void> Gateway::hear_keeper() {
    loop::Share share(loop::bytes_per_turn);   // the answers of engines may be long
    for (;;) {
        loop::Readable readable(keeper_, loop::forever);
        const Result<> ready = co_await readable;
        if (!ready) co_return;   // closing
        auto received = messages_.receive();
        if (!received) {
            engines_.keeper_is_gone();
            if (!draining_) log::write_error(LogLevel::alert, "the keeper is gone, shutting down");
            drain(shutdown_limit_);
            co_return;
        }
        if (*received) {
            const auto* bytes = std::get_if<EngineBytes>(&(*received)->message);
            const std::uint64_t size = bytes == nullptr ? 1 : bytes->bytes.size();
            obey(std::move(**received));
            const Result<> spent = co_await share.spend(size);
            if (!spent) co_return;
        } else {
            keeper_.readable = false;
        }
    }
}

void Gateway::obey(Received received) {
    if (const auto* message = std::get_if<Configure>(&received.message)) {
        configure(*message, std::move(received.descriptors));
    } else if (const auto* reopen = std::get_if<Reopen>(&received.message)) {
        open_logs(reopen->log_paths, std::move(received.descriptors));
    } else if (std::holds_alternative<Quit>(received.message)) {
        drain(shutdown_limit_);
    } else if (std::holds_alternative<Stop>(received.message)) {
        leave_now();
    } else if (auto* bytes = std::get_if<EngineBytes>(&received.message)) {
        engines_.heard(std::move(*bytes));
    } else if (const auto* end = std::get_if<EngineEnd>(&received.message)) {
        engines_.heard(*end);
    }
}

void Gateway::configure(const Configure& message, std::vector<UniqueFd> descriptors) {
    load(message, std::move(descriptors));
    ::malloc_trim(0);   // of what reading took
}

void Gateway::load(const Configure& message, std::vector<UniqueFd> descriptors) {
    RecordedFiles files(message.files);
    Configuration configuration = read_configuration(files, launch_.face);
    if (!configuration.model) {
        // the keeper found no fault with the same bytes: only a difference in what the two may see can be
        // behind it
        std::string text = "the gateway cannot read the configuration";
        for (const nginx::Diagnostic& diagnostic : configuration.diagnostics.items()) {
            if (diagnostic.severity == nginx::Severity::error) text += ": " + diagnostic.message;
        }
        for (const traefik::Remark& remark : configuration.remarks.items()) {
            if (remark.severity == traefik::Severity::error) text += ": " + remark.describe();
        }
        return answer(Failed{message.generation, text});
    }
    if (configuration.traefik != nullptr && configuration.traefik->site != nullptr)
        configuration.traefik->site->began_at(fmt::format("{:%FT%TZ}", began_));
    Arrivals arrivals = take_sockets(message.listeners, descriptors);
    open_logs(message.log_paths, std::move(descriptors));
    use_logs(*configuration.model);
    const auto limit = configuration.model->process.shutdown_timeout;
    generation_ = message.generation;
    is_awaited_ = true;
    const auto former = routing_ == nullptr ? nullptr : routing_->serving();
    if (const auto applied = control_.apply(take_model(configuration), arrivals.by_text); !applied) {
        is_awaited_ = false;
        // what containers change from here on is still for the listeners there are
        if (routing_ != nullptr && routing_->serving() != former) (void)routing_->use(former);
        return answer(Failed{message.generation, applied.error().describe()});
    }
    shutdown_limit_ = limit.count() > 0 ? loop::Duration(limit) : loop::forever;
    for (auto& [text, socket] : arrivals.fresh) {
        OpenSocket& place = sockets_[text];
        if (place.fd) retired_.push_back(std::move(place.fd));
        place = std::move(socket);
    }
    follow_containers(configuration.traefik);
}

// What is known of containers stays in force over a reload.
model::Model Gateway::take_model(Configuration& configuration) {
    const auto& serving = configuration.traefik;
    const bool same_engine = routing_ != nullptr && serving != nullptr && serving->docker &&
                             serving->docker->endpoint == routing_->endpoint();
    return same_engine ? routing_->use(serving) : *std::move(configuration.model);
}

void Gateway::follow_containers(const std::shared_ptr<const TraefikServing>& serving) {
    const bool wanted = serving != nullptr && serving->docker;
    if (routing_ != nullptr && wanted && serving->docker->endpoint == routing_->endpoint()) return;
    if (routing_ != nullptr) {
        finishing_.spawn(end_routing(std::move(routing_)));
        control_.forget_provided_names();
    }
    if (!wanted) return;
    auto endpoint = docker::parse_engine_endpoint(serving->docker->endpoint);
    if (!endpoint) return;   // was refused when it was read
    routing_ = std::make_unique<DockerRouting>(
        loop_, serving, engines_.door(std::move(*endpoint)), own_container(),
        [this](model::Model model) { apply_change(std::move(model)); },
        [this](docker::NameChange change) {
            control_.provide_name(change.name, std::move(change.addresses));
        });
}

loop::Task<void> Gateway::end_routing(std::unique_ptr<DockerRouting> routing) { co_await routing->close(); }

// Listeners are those of the configuration: their sockets are open.
void Gateway::apply_change(model::Model model) {
    if (draining_) return;
    control::Control::ListenerSockets open;
    for (const auto& [text, socket] : sockets_) open.emplace(text, socket.fd.get());
    if (const auto applied = control_.apply(std::move(model), open); !applied) {
        log::write_error(LogLevel::error, fmt::format("a change of containers was not applied: {}",
                                                      applied.error().describe()));
        if (!std::exchange(is_change_late_, true)) hearing_.spawn(apply_change_later());
    }
}

// What holds it up passes: exchanges of earlier configurations end.
loop::Task<void> Gateway::apply_change_later() {
    const Result<> waited = co_await loop::sleep(1s);
    is_change_late_ = false;
    if (waited && routing_ != nullptr) routing_->apply_again();
}

// The listeners' descriptors are taken from the front; what is left are the logs'. A socket that is open
// already keeps its descriptor, by which workers know it.
Gateway::Arrivals Gateway::take_sockets(const std::vector<ListenerEntry>& entries,
                                        std::vector<UniqueFd>& descriptors) {
    Arrivals arrivals;
    const std::size_t count = std::min(entries.size(), descriptors.size());
    for (std::size_t i = 0; i < count; ++i) {
        const auto known = sockets_.find(entries[i].text);
        if (known != sockets_.end() && known->second.id == entries[i].id) {
            arrivals.by_text.emplace(entries[i].text, known->second.fd.get());
        } else {
            arrivals.by_text.emplace(entries[i].text, descriptors[i].get());
            arrivals.fresh.emplace_back(entries[i].text,
                                        OpenSocket{entries[i].id, std::move(descriptors[i])});
        }
    }
    descriptors.erase(descriptors.begin(), descriptors.begin() + static_cast<std::ptrdiff_t>(count));
    return arrivals;
}

void Gateway::open_logs(const std::vector<std::string>& paths, std::vector<UniqueFd> descriptors) {
    for (std::size_t i = 0; i < paths.size() && i < descriptors.size(); ++i)
        logs_.open(paths[i], descriptors[i].release());
}

void Gateway::use_logs(const model::Model& model) {
    log::set_process_error_logs(model.process.error_logs);
    for (const auto& access : model.access_logs) {
        const log::SinkId sink = logs_.find(access->path);
        if (sink != 0) logs_.set_buffering(sink, access->buffer_bytes, access->flush);
    }
}

// Workers beyond the wanted number stay: they accept no more, and serve the connections they have.
void Gateway::publish(const std::shared_ptr<const model::Publication>& publication) {
    if (draining_) return;
    const std::size_t wanted = count_workers(publication->snapshot->model.process.worker_processes,
                                             processors_allowed(), find_cpu_quota(read_text_file));
    while (workers_.size() < wanted) {
        const auto index = static_cast<unsigned>(workers_.size());
        workers_.push_back(std::make_unique<WorkerThread>(shared_, index, static_cast<unsigned>(wanted)));
    }
    auto without_sockets = std::make_shared<model::Publication>();
    without_sockets->snapshot = publication->snapshot;
    to_apply_ = workers_.size();
    const auto number = ++publications_;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        workers_[i]->apply(i < wanted ? publication : without_sockets,
                           [this, number, generation = generation_] {
                               loop_.post([this, number, generation] { worker_applied(number, generation); });
                           });
    }
    close_unused_sockets(*publication);
}

// Only of the latest publication: containers change it also while workers still take up the one before.
void Gateway::worker_applied(std::uint64_t publication, std::uint64_t generation) {
    if (publication != publications_ || to_apply_ == 0 || --to_apply_ > 0) return;
    retired_.clear();
    if (std::exchange(launch_.in_background, false)) attach_standard_descriptors_to_nothing();
    if (generation == generation_ && std::exchange(is_awaited_, false)) answer(Applied{generation});
}

// Those go to `retired_`, until every worker has let go of them.
void Gateway::close_unused_sockets(const model::Publication& publication) {
    for (auto socket = sockets_.begin(); socket != sockets_.end();) {
        const bool used = std::ranges::any_of(
            publication.sockets,
            [&](const model::Publication::Socket& in_use) { return in_use.fd == socket->second.fd.get(); });
        if (used) {
            ++socket;
        } else {
            retired_.push_back(std::move(socket->second.fd));
            socket = sockets_.erase(socket);
        }
    }
}

// Few and small: if the socket is full the keeper is stuck, and waiting for it is right.
void Gateway::answer(const Message& message) {
    auto sent = messages_.send(message);
    while (sent && messages_.has_unsent()) {
        pollfd wait{.fd = keeper_.fd(), .events = POLLOUT, .revents = 0};
        ::poll(&wait, 1, -1);
        sent = messages_.flush();
    }
}

void Gateway::drain(loop::Duration limit) {
    if (std::exchange(draining_, true)) return;
    if (workers_.empty()) return finishing_.spawn(finish());
    to_leave_ = to_drain_ = workers_.size();
    for (const auto& worker : workers_) {
        worker->drain(
            limit, [this] { loop_.post([this] { worker_left(); }); },
            [this] { loop_.post([this] { worker_drained(); }); });
    }
}

// Nobody accepts any more: whoever connects now is refused, not kept waiting.
void Gateway::worker_left() {
    if (--to_leave_ > 0) return;
    sockets_.clear();
    retired_.clear();
}

void Gateway::worker_drained() {
    if (--to_drain_ == 0) finishing_.spawn(finish());
}

loop::Task<void> Gateway::finish() {
    workers_.clear();   // joins their threads
    co_await loop::sleep(
        1ms);   // messages come before timers' strands: what the workers still had to say has arrived
    if (routing_ != nullptr) co_await routing_->close();
    co_await engines_.close();
    co_await control_.close();
    answer(Drained{});
    hearing_.cancel();
    co_await hearing_.join();
    loop_.stop();
}

// Connections are cut by the end of the process; what was logged is written.
void Gateway::leave_now() {
    logs_.flush();
    std::_Exit(0);
}

}   // namespace

int run_gateway(GatewayLaunch launch) {
    if (!become(launch)) return fatal;
    Gateway gateway(std::move(launch));
    return gateway.run();
}

}   // namespace gatehouse::process
