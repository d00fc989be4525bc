#include "model/filters/circuit_breaker.h"

namespace gatehouse::model {

void Circuit::enter(State state, Time now) {
    state_ = state;
    since_ = now;
    asked_ = admitted_ = 0;
    if (state != State::standby) traffic_.clear();   // what broke it says nothing about how it recovers
}

bool Circuit::admits(const CircuitBreaker& settings, Time now) {
    const std::lock_guard lock(mutex_);
    if (state_ == State::tripped && now - since_ >= settings.fallback_duration)
        enter(State::recovering, since_ + settings.fallback_duration);
    if (state_ == State::recovering && now - since_ >= settings.recovery_duration) enter(State::standby, now);
    switch (state_) {
        case State::standby: return true;
        case State::tripped: return false;
        case State::recovering: break;
    }
    ++asked_;
    const double share = std::chrono::duration<double>(now - since_) / settings.recovery_duration;
    if (static_cast<double>(admitted_ + 1) > static_cast<double>(asked_) * share) return false;
    ++admitted_;
    return true;
}

void Circuit::note(const CircuitBreaker& settings, int status, Time latency, Time now) {
    const std::lock_guard lock(mutex_);
    traffic_.add(status, latency, now);
    if (state_ == State::tripped || now - checked_ < settings.check_period) return;
    checked_ = now;
    if (settings.expression.holds(traffic_, now)) enter(State::tripped, now);
}

Circuit::State Circuit::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

}   // namespace gatehouse::model
