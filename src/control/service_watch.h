#pragma once
// ServiceWatch: keeps the endpoint set of one service true to what its names resolve to. Endpoints whose
// address and server line did not change stay the same objects, with their counters. Suspects: where workers
// report services whose endpoint refused, so that their names are asked for at once. Control's thread only,
// except Suspects::add().

#include "control/health_watch.h"
#include "control/name_watch.h"
#include "model/service.h"

#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace gatehouse::control {

class ServiceWatch;

class Suspects {
public:
    explicit Suspects(loop::Loop& loop) : loop_(loop) {}
    // Any thread. A state that nobody watches (any more) is ignored. At most one message is under way to
    // control.
    void add(const model::ServiceState& state);

private:
    friend class ServiceWatch;
    void take();

    loop::Loop& loop_;
    std::unordered_map<const model::ServiceState*, ServiceWatch*> watches_;
    std::mutex mutex_;
    std::unordered_set<const model::ServiceState*> reported_;   // at most one entry per live state
};

class ServiceWatch {
public:
    using OnAnswer = std::function<void()>;

    // Binds `state` to the service and fills it with what is known at once: literals, unix sockets, names
    // already known. `on_answer`, if any, is called after each look-up of one of its names.
    ServiceWatch(std::shared_ptr<const model::Service> service, std::shared_ptr<model::ServiceState> state,
                 NameSource source, NameWatches& names, Suspects& suspects, OnAnswer on_answer = {});
    ~ServiceWatch();
    ServiceWatch(const ServiceWatch&) = delete;
    ServiceWatch& operator=(const ServiceWatch&) = delete;

    // From now on its endpoints are asked how they are, where the service wants that. `former`: what watched
    // the service before, null for nobody; what asks its endpoints goes on. `checks` outlives this.
    void begin_checks(HealthChecks& checks, ServiceWatch* former);

    [[nodiscard]] const std::shared_ptr<const model::Service>& service() const { return service_; }
    [[nodiscard]] const std::shared_ptr<model::ServiceState>& state() const { return state_; }
    // Takes the place of the service it has, which must have the same definition.
    void adopt(std::shared_ptr<const model::Service> service);
    // Every name was answered for at least once, well or badly.
    [[nodiscard]] bool settled() const;
    [[nodiscard]] const Error* failure() const;   // of the first name that failed; null: none did
    void ask_soon();

private:
    class ServerName;
    void answered(bool changed);
    void rebuild();

    std::shared_ptr<const model::Service> service_;
    std::shared_ptr<model::ServiceState> state_;
    Suspects& suspects_;
    OnAnswer on_answer_;
    std::unique_ptr<HealthWatch> health_;              // null: its endpoints are not asked
    std::vector<std::unique_ptr<ServerName>> names_;   // beside service_->servers; null: needs no look-up
};

// Whether two services have the same endpoints and choose among them alike, so that one state may serve both.
[[nodiscard]] bool same_definition(const model::Service& a, const model::Service& b);

}   // namespace gatehouse::control
