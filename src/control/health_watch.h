#pragma once
// HealthWatch: has the endpoints of one service asked how they are, each for itself, as long as they are its
// endpoints. HealthChecks: what all of them share. An endpoint is taken to be well until a check says
// otherwise, as Traefik does; but its first check comes at once and not after an interval, so that one that
// never was well is out soon. Control's thread only.

#include "base/random.h"
#include "control/health_probe.h"
#include "control/name_watch.h"
#include "control/report.h"
#include "model/service.h"

#include <memory>
#include <string>
#include <unordered_map>

namespace gatehouse::control {

class HealthChecks {
public:
    // Further ones wait for their turn.
    static constexpr unsigned most_at_once = 256;
    // The first checks of endpoints that come together are spread over this, or over their interval.
    static constexpr loop::Duration longest_lead = std::chrono::milliseconds(500);

    HealthChecks(loop::Loop& loop, NameWatches& names, const Report& report)
        : loop_(loop), names_(names), report_(report), scope_(loop) {}
    [[nodiscard]] std::size_t size() const { return scope_.size(); }
    [[nodiscard]] loop::Task<void> close();

private:
    friend class HealthWatch;
    struct Check;
    loop::Task<void> keep_checking(std::shared_ptr<Check> check);
    loop::Task<Diagnosis> probe_in_turn(const Check& check);
    [[nodiscard]] loop::Duration up_to(loop::Duration most);   // by chance
    void take(const Check& check, const std::string& trouble);

    loop::Loop& loop_;
    NameWatches& names_;
    const Report& report_;
    Random random_{0x6865'616c'7468};   // only spreads checks over time
    unsigned under_way_ = 0;
    loop::Event ended_;
    loop::Scope scope_;
};

class HealthWatch {
public:
    // Of a service with a health check. Both outlive what the watch does with them.
    HealthWatch(HealthChecks& checks, const model::Service& service,
                std::shared_ptr<model::ServiceState> state);
    ~HealthWatch();
    HealthWatch(const HealthWatch&) = delete;
    HealthWatch& operator=(const HealthWatch&) = delete;

    // Those checks of the former that go on: it must not be used any more. None, where they were others.
    void take_over(HealthWatch& former);
    // The service's endpoints are these from now on; to be called once the state has them.
    void follow(const model::EndpointSet& endpoints);

private:
    HealthChecks& checks_;
    std::string service_;   // its name
    std::shared_ptr<const model::HealthCheck> health_;
    std::shared_ptr<model::ServiceState> state_;
    std::unordered_map<const model::Endpoint*, std::shared_ptr<HealthChecks::Check>> by_endpoint_;
};

// Of a service that is not checked (any more): what former checks said is forgotten.
void forget_checks(model::ServiceState& state);

}   // namespace gatehouse::control
