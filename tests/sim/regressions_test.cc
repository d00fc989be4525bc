// What the simulation once found, told step by step: one test per finding, so that it stays found whatever
// the seeds draw.

#include "client.h"
#include "endpoint.h"
#include "gateway.h"
#include "static_files.h"

#include "loop/loop.h"
#include "loop/sim/sim_backend.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace gatehouse::simulation {
namespace {

using namespace std::chrono_literals;
using loop::SimWorld;

SocketAddress address_of(const std::string& host, std::uint16_t port) {
    SocketAddress address;
    EXPECT_TRUE(SocketAddress::parse(host, port, address));
    return address;
}

Request make_request(std::uint64_t id, const std::string& method, std::size_t body_bytes = 0) {
    Request request;
    request.id = id;
    request.method = method;
    request.target = fmt::format("/p/{}", id);
    request.body_bytes = body_bytes;
    return request;
}

// A faultless world with one worker, before whatever listens on endpoint_address.
struct Scene {
    explicit Scene(const std::string& settings) {
        const auto problem = gateway.apply(fmt::format(R"(
error_log /sim/error.log crit;
events {{}}
http {{
    upstream app {{ server 10.0.0.1:5000 max_fails=0; keepalive 2; }}
    server {{
        listen 10.0.1.1:80;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        location / {{ proxy_pass http://app; {} }}
        location = /hello {{ return 200 "hello, world"; }}
    }}
}}
)",
                                                       settings));
        EXPECT_EQ(problem, "");
    }
    ~Scene() {
        EXPECT_EQ(gateway.finish(loop::forever), "");
        for (const auto& violation : ledger.violations()) ADD_FAILURE() << violation;
    }
    void run(Task<void> task) {
        running.spawn(std::move(task));
        EXPECT_EQ(world.run_until([this] { return running.empty(); }, 1h), SimWorld::Outcome::met);
    }
    void run_client(const std::vector<Request>& requests) {
        ClientPlan plan;
        plan.requests = requests;
        Client client(world, outside, ledger, own_answers(), gateway_address, plan, false);
        run(client.run());
    }

    const SocketAddress gateway_address = address_of("10.0.1.1", 80);
    const SocketAddress endpoint_address = address_of("10.0.0.1", 5000);
    SimWorld world{1};
    Ledger ledger;
    loop::Loop& outside = world.make_loop();
    Gateway gateway{world, {}, 1, gateway_address};
    loop::Scope running{outside};
};

TEST(Regression, AStoredChunkedBodyIsNotFollowedByAStrayLastChunk) {
    Scene scene("client_body_buffer_size 1k;");
    Endpoint endpoint(scene.world, scene.outside, scene.ledger, 0, scene.endpoint_address, {});
    ASSERT_TRUE(endpoint.start());
    auto upload = make_request(1, "PUT", 50'000);
    upload.chunked = true;
    scene.run_client({upload, make_request(2, "GET"), make_request(3, "GET")});
    EXPECT_EQ(scene.ledger.count(Outcome::answered), 3);
    EXPECT_EQ(endpoint.requests(), 3);
    scene.run(endpoint.stop());
}

// The upload is stuck with the last piece of the body in hand when the endpoint is lost: that piece must not
// be taken for the next request. Which size leaves a last piece in hand depends on the length of the heads.
TEST(Regression, APieceOfABodyThatCouldNotBeSentIsNotTheNextRequest) {
    const std::size_t buffered =
        2 * loop::FaultPlan().buffer_bytes_max;   // on the way to an endpoint that reads nothing
    for (std::size_t bytes = buffered - 200; bytes < buffered + 200; bytes += 20) {
        Scene scene("proxy_request_buffering off;");
        const auto deaf = scene.world.make_backend();
        const int fd = deaf->socket(AF_INET, SOCK_STREAM);
        ASSERT_EQ(deaf->listen(fd, scene.endpoint_address.get(), scene.endpoint_address.length, 5), 0);
        scene.world.after(1s, [&deaf, fd] { deaf->close(fd); });   // resets what it never accepted
        auto next = make_request(2, "GET");
        next.target = "/hello";
        scene.run_client({make_request(1, "PUT", bytes), next});
        EXPECT_EQ(scene.ledger.find(1)->outcome, Outcome::failed) << bytes;
        EXPECT_EQ(scene.ledger.find(2)->outcome, Outcome::answered) << bytes;
    }
}

// The client is gone before the upload of what it sent first waits for anything.
TEST(Regression, AClientThatLeavesWithinItsBodyEndsTheAttempt) {
    for (int ms = 0; ms < 16; ++ms) {
        Scene scene("proxy_request_buffering off;");
        Endpoint endpoint(scene.world, scene.outside, scene.ledger, 0, scene.endpoint_address, {});
        ASSERT_TRUE(endpoint.start());
        ClientPlan plan;
        plan.requests = {make_request(1, "PUT", 500'000)};
        plan.leaves_after = std::chrono::microseconds(ms * 25);
        Client client(scene.world, scene.outside, scene.ledger, own_answers(), scene.gateway_address, plan,
                      false);
        scene.run(client.run());
        scene.run(endpoint.stop());
    }
}

}   // namespace
}   // namespace gatehouse::simulation
