#pragma once
// Control: the owner of truth. It runs on one loop of its own thread, compiles each model into a snapshot,
// publishes it to the workers, keeps the state of services over reloads, and keeps their names resolved,
// their endpoints checked and the proofs of certificates good. It listens nowhere and knows no worker: the
// process hands it listening sockets, and a sink per worker that takes publications there. All calls on its
// loop's thread.
//
// Order at the end: drain and destroy the workers; let what they posted arrive; await close(); stop the loop.
// The loop must outlive every snapshot, because snapshots die on it.

#include "control/health_watch.h"
#include "control/live_snapshots.h"
#include "control/name_watch.h"
#include "control/service_directory.h"
#include "control/service_watch.h"
#include "control/staple_watch.h"

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace gatehouse::control {

class Control {
public:
    // A publication waits this long for the first answers about names that it adds, and no longer: a gateway
    // that just started should not answer 502 for a name that is about to be known. Names that stay silent
    // never hold it back.
    static constexpr loop::Duration head_start = std::chrono::milliseconds(300);

    using Sink = std::function<void(std::shared_ptr<const model::Publication>)>;
    using ListenerSockets = std::unordered_map<std::string, int>;   // Listener::text → listening descriptor

    // `sinks`: one per worker; each is called on control's thread. `make_resolver`: what answers for names;
    // see system_resolver(). `report`: where notices and errors go.
    Control(loop::Loop& loop, std::vector<Sink> sinks, MakeResolver make_resolver,
            Report report = report_to_log());
    ~Control();   // after close()
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;

    // Compiles and publishes; a later call supersedes one that still waits for its head start. Errors: a
    // listener without a socket (not_found); LiveSnapshots::limit reached (too_large). After an error nothing
    // has changed.
    [[nodiscard]] Result<> apply(model::Model model, const ListenerSockets& sockets);

    // Names that containers have: see NameWatches::provide().
    void provide_name(const std::string& name, std::optional<std::vector<SocketAddress>> addresses) {
        names_.provide(name, std::move(addresses));
    }
    void forget_provided_names() { names_.forget_provided(); }

    [[nodiscard]] model::ServiceDirectory& services() { return directory_; }
    [[nodiscard]] const std::shared_ptr<const model::Publication>& current() const {
        return current_;
    }   // null at first
    [[nodiscard]] std::size_t live_snapshots() const { return snapshots_.count(); }

    // Ends every look-up; questions to the directory are answered with `canceled`.
    [[nodiscard]] loop::Task<void> close();

private:
    struct Watched {
        std::unique_ptr<ServiceWatch> watch;
        std::uint64_t generation = 0;   // of the latest model that has the service
    };
    using Watches = std::unordered_map<std::string, Watched>;   // by the service's key
    using StateOf = std::unordered_map<const model::Service*, std::shared_ptr<model::ServiceState>>;

    // The states of the services that have none yet.
    [[nodiscard]] StateOf bind_services(const model::Model& model, std::uint64_t generation);
    [[nodiscard]] bool settled() const;
    loop::Task<void> publish_when_settled(std::shared_ptr<const model::Publication> next);
    void publish(std::shared_ptr<const model::Publication> next);

    loop::Loop& loop_;
    const std::vector<Sink> sinks_;
    const Report report_;
    LiveSnapshots snapshots_;
    NameWatches names_;
    Suspects suspects_;
    HealthChecks health_;
    Watches watches_;
    ServiceDirectory directory_;
    StapleWatches staples_;
    std::shared_ptr<const model::Publication> current_;
    std::uint64_t generation_ = 0;   // of the latest model taken
    loop::Scope scope_;
};

// The real resolver, with the files that the environment names.
[[nodiscard]] MakeResolver system_resolver(loop::Loop& loop);

}   // namespace gatehouse::control
