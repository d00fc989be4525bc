#pragma once
// Spares a service that does badly: once an expression about its latest answers holds, requests are answered
// without it for a while; then more and more of them are let through again. Traefik's `circuitbreaker`.

#include "model/filters/breaker_expression.h"
#include "model/filters/traffic_window.h"

#include <chrono>
#include <memory>
#include <mutex>

namespace gatehouse::model {

struct CircuitBreaker;

// One circuit, of all workers. Thread-safe.
class Circuit {
public:
    using Time = TrafficWindow::Time;
    enum class State : std::uint8_t { standby, tripped, recovering };

    // Whether a request may pass now.
    [[nodiscard]] bool admits(const CircuitBreaker& settings, Time now);
    // One that did was answered.
    void note(const CircuitBreaker& settings, int status, Time latency, Time now);
    [[nodiscard]] State state() const;

private:
    void enter(State state, Time now);

    mutable std::mutex mutex_;
    State state_ = State::standby;
    Time since_{0}, checked_{0};
    std::uint64_t asked_ = 0, admitted_ = 0;   // while recovering
    TrafficWindow traffic_;
};

struct CircuitBreaker {
    BreakerExpression expression;
    std::chrono::nanoseconds check_period = std::chrono::milliseconds(100);
    std::chrono::nanoseconds fallback_duration = std::chrono::seconds(10);   // tripped
    std::chrono::nanoseconds recovery_duration = std::chrono::seconds(10);   // from none let through to all
    int status = 503;                                                        // of those not let through
    std::shared_ptr<Circuit> circuit = std::make_shared<Circuit>();
};

}   // namespace gatehouse::model
