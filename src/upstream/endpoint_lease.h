#pragma once
// The right to use an endpoint for one attempt: counted in its in_flight for max_conns and least_conn from
// the moment it is chosen, given back on destruction. Movable, never copied.

#include "model/service.h"

#include <memory>
#include <utility>

namespace gatehouse::upstream {

class EndpointLease {
public:
    EndpointLease() = default;
    // Takes over a count the balancer already made.
    explicit EndpointLease(std::shared_ptr<model::Endpoint> counted) : endpoint_(std::move(counted)) {}
    EndpointLease(EndpointLease&& other) noexcept : endpoint_(std::move(other.endpoint_)) {
        other.endpoint_ = nullptr;
    }
    EndpointLease& operator=(EndpointLease&& other) noexcept {
        if (this != &other) {
            release();
            endpoint_ = std::exchange(other.endpoint_, nullptr);
        }
        return *this;
    }
    ~EndpointLease() { release(); }

    void release() {
        if (endpoint_) endpoint_->in_flight.fetch_sub(1, std::memory_order_relaxed);
        endpoint_ = nullptr;
    }
    [[nodiscard]] explicit operator bool() const { return endpoint_ != nullptr; }
    [[nodiscard]] model::Endpoint& operator*() const { return *endpoint_; }
    [[nodiscard]] model::Endpoint* operator->() const { return endpoint_.get(); }
    [[nodiscard]] const std::shared_ptr<model::Endpoint>& shared() const { return endpoint_; }

private:
    std::shared_ptr<model::Endpoint> endpoint_;
};

}   // namespace gatehouse::upstream
