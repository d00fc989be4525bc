// What the simulation once found, told step by step: one test per finding, so that it stays found whatever
// the seeds draw.

#include "client.h"
#include "endpoint.h"
#include "gateway.h"
#include "h2_client.h"
#include "static_files.h"
#include "tunnel_client.h"

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
    explicit Scene(const std::string& settings, const loop::FaultPlan& network = {})
        : outside(world.make_loop(network)),
          gateway(world, network, 1, {gateway_address, secure_gateway_address}) {
        configuration = fmt::format(R"(
error_log /sim/error.log crit;
events {{}}
http {{
    upstream app {{ server 10.0.0.1:5000 max_fails=0; keepalive 2; }}
    server {{
        listen 10.0.1.1:80;
        listen 10.0.1.1:443 ssl;
        http2 on;
        ssl_certificate /sim/site.pem; ssl_certificate_key /sim/site.key;
        proxy_set_header Connection "";
        {}
        location / {{ proxy_pass http://app; }}
        location /static/ {{ alias {}/; }}
        location = /hello {{ return 200 "hello, world"; }}
    }}
}}
)",
                                    settings, static_files_directory());
        EXPECT_EQ(gateway.apply(configuration), "");
    }
    // The same again; how many configurations are alive then.
    std::size_t reload() {
        EXPECT_EQ(gateway.apply(configuration), "");
        return gateway.live_snapshots();
    }
    ~Scene() {
        finish();
        for (const auto& violation : ledger.violations()) ADD_FAILURE() << violation;
    }
    void finish() {
        if (std::exchange(is_finished, true)) return;
        EXPECT_EQ(gateway.finish(loop::forever), "");
    }
    void run(Task<void> task) {
        running.spawn(std::move(task));
        EXPECT_EQ(world.run_until([this] { return running.empty(); }, 1h), SimWorld::Outcome::met);
    }
    void run_client(const std::vector<Request>& requests) {
        ClientPlan plan;
        plan.requests = requests;
        run_client<Client>(plan);
    }
    template <class AnyClient>
    void run_client(const ClientPlan& plan) {
        AnyClient client(world, outside, ledger, own_answers(),
                         plan.tls ? secure_gateway_address : gateway_address, plan, false);
        run(client.run());
    }

    const SocketAddress gateway_address = address_of("10.0.1.1", 80);
    const SocketAddress secure_gateway_address = address_of("10.0.1.1", 443);
    const SocketAddress endpoint_address = address_of("10.0.0.1", 5000);
    SimWorld world{1};
    std::string configuration;
    Ledger ledger;
    loop::Loop& outside;
    Gateway gateway;
    loop::Scope running{outside};
    bool is_finished = false;
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

// Of a record that the client takes in many pieces, each is progress: send_timeout is between two of them.
TEST(Regression, ASlowClientOfTlsIsNotLateWhileItReads) {
    loop::FaultPlan network;
    network.latency_min = network.latency_max = 50ms;
    network.buffer_bytes_min = network.buffer_bytes_max = 300;
    for (const unsigned streams : {0U, 1U}) {
        Scene scene("send_timeout 2s;", network);
        ClientPlan plan;
        plan.tls = true;
        plan.streams_at_once = streams;
        plan.requests = {make_request(1, "GET")};
        plan.requests.front().target = "/static/large";
        streams > 0 ? scene.run_client<H2Client>(plan) : scene.run_client<Client>(plan);
        EXPECT_EQ(scene.ledger.find(1)->outcome, Outcome::answered);
    }
}

// A source is told that its client is slow each time nothing more can be written, also when its last piece
// waits and its endpoint is free already.
TEST(Regression, AnEndpointIsGivenBackOnceThoughItsClientIsSlowForLong) {
    loop::FaultPlan network;
    network.fragments = 300;   // so that few responses come whole with their heads
    for (std::uint32_t window = 200; window < 3000; window += 100) {
        Scene scene("", network);
        Endpoint endpoint(scene.world, scene.outside, scene.ledger, 0, scene.endpoint_address,
                          {.mischief = 0, .goes_down = false, .slowest = 0ms, .largest_body = 4000});
        ASSERT_TRUE(endpoint.start());
        ClientPlan plan;
        plan.streams_at_once = 4;
        plan.window_bytes = window;
        plan.between_reads = 10ms;
        for (std::uint64_t id = 1; id <= 12; ++id) plan.requests.push_back(make_request(id, "GET"));
        scene.run_client<H2Client>(plan);
        EXPECT_EQ(scene.ledger.count(Outcome::answered), 12);
        scene.run(endpoint.stop());
    }
}

// While a piece of the body waits to be written more of it arrives, and must not move the piece.
TEST(Regression, ABodyOverHttp2ThatArrivesFasterThanItIsTakenStaysWhatItIs) {
    loop::FaultPlan network;
    network.buffer_bytes_min = network.buffer_bytes_max = 3000;
    for (const bool http_2 : {false, true}) {
        Scene scene(fmt::format("proxy_request_buffering off; proxy_http_version {};", http_2 ? "2" : "1.1"),
                    network);
        Endpoint endpoint(scene.world, scene.outside, scene.ledger, 0, scene.endpoint_address,
                          {.http_2 = http_2});
        ASSERT_TRUE(endpoint.start());
        ClientPlan plan;
        plan.streams_at_once = 2;
        for (std::uint64_t id = 1; id <= 6; ++id) plan.requests.push_back(make_request(id, "PUT", 200'000));
        scene.run_client<H2Client>(plan);
        EXPECT_EQ(scene.ledger.count(Outcome::answered), 6);
        scene.run(endpoint.stop());
    }
}

// The exchange that opened it is over, and so is the configuration that it began with.
TEST(Tunnel, KeepsNoConfiguration) {
    for (const unsigned streams : {0U, 1U}) {
        Scene scene("");
        Endpoint endpoint(scene.world, scene.outside, scene.ledger, 0, scene.endpoint_address, {});
        ASSERT_TRUE(endpoint.start());
        ClientPlan plan;
        plan.requests = {make_request(1, "GET", 60'000)};
        plan.requests.front().is_tunnel = true;
        plan.between_reads = 1s;
        plan.streams_at_once = streams;
        std::size_t at_once = 0, later = 0;
        scene.world.after(100ms, [&] { at_once = scene.reload(); });
        scene.world.after(900ms, [&] { later = scene.gateway.live_snapshots(); });
        streams > 0 ? scene.run_client<H2Client>(plan) : scene.run_client<TunnelClient>(plan);
        EXPECT_EQ(scene.ledger.count(Outcome::answered), 1);
        EXPECT_EQ(at_once, 2U);   // until the workers have the new one
        EXPECT_EQ(later, 1U) << streams;
        scene.run(endpoint.stop());
    }
}

// A client that vanishes in the middle of a head keeps no connection open.
TEST(Regression, AHeadThatNeverEndsDoesNotHoldUpADrain) {
    Scene scene("client_header_timeout 20s;");
    const auto client = scene.world.make_backend();
    const int fd = client->socket(AF_INET, SOCK_STREAM);
    EXPECT_EQ(client->connect(fd, scene.gateway_address.get(), scene.gateway_address.length), -EINPROGRESS);
    using namespace std::string_view_literals;
    // the preface, SETTINGS, and HEADERS that promise 100 bytes
    static constexpr auto beginning =
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0\0\0\x64\1\5\0\0\0\1\x82"sv;
    scene.world.after(1s, [&] {
        const iovec piece{const_cast<char*>(beginning.data()), beginning.size()};
        EXPECT_EQ(client->write(fd, std::span(&piece, 1), false), static_cast<ssize_t>(beginning.size()));
    });
    EXPECT_EQ(scene.world.run_until([] { return false; }, 5s), SimWorld::Outcome::time_limit);
    scene.finish();
    client->close(fd);
}

}   // namespace
}   // namespace gatehouse::simulation
