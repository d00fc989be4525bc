#include "tests/unit/upstream/balancing.h"

#include <gtest/gtest.h>

namespace gatehouse::upstream {
namespace {

std::shared_ptr<model::Endpoint> endpoint_in_flight(std::uint32_t count) {
    auto endpoint =
        std::make_shared<model::Endpoint>(model::addresses({"10.0.0.1:80"}), model::ServerEntry{});
    endpoint->in_flight = count;
    return endpoint;
}

TEST(endpoint_lease, counts_from_the_choice_to_its_end) {
    Balanced service(rotation, {{}});
    {
        const auto lease = service.choose();
        EXPECT_TRUE(*lease);
        EXPECT_EQ(service.at('a').in_flight, 1U);
    }
    EXPECT_EQ(service.at('a').in_flight, 0U);
}

TEST(endpoint_lease, released_twice_counts_once) {
    const auto endpoint = endpoint_in_flight(2);
    {
        EndpointLease lease(endpoint);
        lease.release();
        EXPECT_FALSE(lease);
        lease.release();
        EXPECT_EQ(endpoint->in_flight, 1U);
        EXPECT_EQ(&*lease, endpoint.get()) << "still says whose it was";
    }
    EXPECT_EQ(endpoint->in_flight, 1U);
}

TEST(endpoint_lease, moved_is_released_once_by_where_it_went) {
    const auto endpoint = endpoint_in_flight(1);
    EndpointLease first(endpoint);
    {
        EndpointLease second(std::move(first));
        EXPECT_FALSE(first);   // NOLINT: what is left behind is asked on purpose
        first.release();
        EXPECT_EQ(endpoint->in_flight, 1U);
    }
    EXPECT_EQ(endpoint->in_flight, 0U);
}

TEST(endpoint_lease, assigned_over_another_releases_that) {
    const auto one = endpoint_in_flight(1);
    const auto other = endpoint_in_flight(1);
    EndpointLease lease(one);
    lease = EndpointLease(other);
    EXPECT_EQ(one->in_flight, 0U);
    EXPECT_EQ(other->in_flight, 1U);
    auto& itself = lease;
    lease = std::move(itself);
    EXPECT_TRUE(lease);
    EXPECT_EQ(other->in_flight, 1U);
    lease = EndpointLease();
    EXPECT_EQ(other->in_flight, 0U);
}

TEST(endpoint_lease, keeps_an_endpoint_that_left_its_set) {
    Balanced service(rotation, {{}, {}});
    const auto lease = service.choose();
    const std::weak_ptr<model::Endpoint> endpoint = lease->shared();
    service.endpoints = std::make_shared<model::EndpointSet>();
    EXPECT_FALSE(endpoint.expired());
    EXPECT_EQ((*lease)->text, "10.0.0.1:80");
}

TEST(endpoint_lease, of_nothing_does_nothing) {
    EndpointLease lease;
    EXPECT_FALSE(lease);
    lease.release();
}

}   // namespace
}   // namespace gatehouse::upstream
