#pragma once
// The right to use an endpoint for one attempt: counted in its in_flight for max_conns and least_conn from
// the moment it is chosen until release(), at the latest on destruction. The endpoint itself stays as long as
// the lease. Movable, never copied.

#include "model/service.h"

#include <memory>
#include <utility>

namespace gatehouse::upstream {

class EndpointLease {
public:
    EndpointLease() = default;
    // Takes over a count the balancer already made.
    explicit EndpointLease(std::shared_ptr<model::Endpoint> counted)
        : endpoint_(std::move(counted)), counted_(true) {}
    EndpointLease(EndpointLease&& other) noexcept
        : endpoint_(std::move(other.endpoint_)), counted_(std::exchange(other.counted_, false)) {}
    EndpointLease& operator=(EndpointLease&& other) noexcept {
        if (this != &other) {
            release();
            endpoint_ = std::move(other.endpoint_);
            counted_ = std::exchange(other.counted_, false);
        }
        return *this;
    }
    ~EndpointLease() { release(); }

    // No effect the second time.
    void release() {
        if (std::exchange(counted_, false)) endpoint_->in_flight.fetch_sub(1, std::memory_order_relaxed);
    }
    [[nodiscard]] explicit operator bool() const { return counted_; }
    [[nodiscard]] model::Endpoint& operator*() const { return *endpoint_; }
    [[nodiscard]] model::Endpoint* operator->() const { return endpoint_.get(); }
    [[nodiscard]] const std::shared_ptr<model::Endpoint>& shared() const { return endpoint_; }

private:
    std::shared_ptr<model::Endpoint> endpoint_;
    bool counted_ = false;
};

}   // namespace gatehouse::upstream
