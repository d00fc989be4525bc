// Endpoints that are asked how they are, in virtual time.

#include "control/health_watch.h"

#include "control/health_probe.h"
#include "net/stream.h"
#include "sim/accepting.h"
#include "tests/unit/control/control_fixture.h"

namespace gatehouse::control {
namespace {

using namespace std::chrono_literals;

// A server of the simulated world whose answers are what the test says.
struct Server {
    std::string address;
    std::uint16_t port = 80;
    std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";   // "": none at all
    std::vector<std::string> requests{};
};

class HealthWatchTest : public ControlTest {
protected:
    HealthWatchTest() {
        health_->path = "/health";
        health_->interval = health_->unhealthy_interval = 10s;
        health_->timeout = 2s;
    }
    ~HealthWatchTest() override {
        serving_.cancel();
        bool joined = false;
        loop::Scope scope(loop_);
        scope.spawn(join(&serving_, &joined));
        EXPECT_EQ(world_.run_until([&] { return joined; }, 1s), loop::SimWorld::Outcome::met);
    }
    static loop::Task<void> join(loop::Scope* scope, bool* joined) {
        co_await scope->close();
        *joined = true;
    }
    Server& serve(const std::string& address, std::uint16_t port = 80) {
        servers_.push_back(std::make_unique<Server>(Server{.address = address, .port = port}));
        serving_.spawn(accept(this, servers_.back().get()));
        return *servers_.back();
    }
    static loop::Task<void> accept(HealthWatchTest* test, Server* server) {
        SocketAddress address;
        EXPECT_TRUE(SocketAddress::parse(server->address, server->port, address));
        auto& backend = test->loop_.backend();
        const int fd = backend.socket(AF_INET, SOCK_STREAM);
        EXPECT_EQ(backend.listen(fd, address.get(), address.length, 16), 0);
        loop::Channel listener(test->loop_, fd);
        EXPECT_TRUE(listener.watch());
        while (true) {
            simulation::AcceptOne one(listener);
            const auto accepted = co_await one;
            if (!accepted) co_return;
            test->serving_.spawn(answer(test, server, *accepted));
        }
    }
    static loop::Task<void> answer(HealthWatchTest* test, Server* server, int fd) {
        net::Stream stream(test->loop_, fd);
        if (!stream.start()) co_return;
        Buffer in;
        while (in.view().find("\r\n\r\n") == std::string_view::npos) {
            const auto read = co_await stream.read(in, 4096, loop::forever);
            if (!read || *read == 0) co_return;
        }
        server->requests.emplace_back(in.view());
        if (server->answer.empty()) {
            [[maybe_unused]] const auto end = co_await stream.read(in, 4096, loop::forever);
            co_return;
        }
        const std::string text = server->answer;
        [[maybe_unused]] const auto written = co_await stream.write(text, loop::forever);
    }

    std::shared_ptr<model::Service> checked(std::vector<model::ServerEntry> servers) {
        auto made = service("app", std::move(servers));
        made->health = health_;
        return made;
    }
    // "10.0.0.1:80 out, 10.0.0.2:80"
    [[nodiscard]] std::string health() const {
        std::string text;
        for (const auto& endpoint : state("app")->endpoints()->primary)
            text += (text.empty() ? "" : ", ") + endpoint->text + (endpoint->is_out ? " out" : "");
        return text;
    }

    loop::Scope serving_{loop_};
    std::vector<std::unique_ptr<Server>> servers_;
    std::shared_ptr<model::HealthCheck> health_ = std::make_shared<model::HealthCheck>();
};

constexpr std::string_view busy = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view fine = "HTTP/1.1 204 No Content\r\n\r\n";

TEST_F(HealthWatchTest, an_endpoint_is_well_until_a_check_says_otherwise) {
    auto& first = serve("10.0.0.1");
    serve("10.0.0.2");
    first.answer = busy;
    apply({checked({server("10.0.0.1", 80), server("10.0.0.2", 80)})});
    EXPECT_EQ(health(), "10.0.0.1:80, 10.0.0.2:80");
    pass(1s);
    EXPECT_EQ(health(), "10.0.0.1:80 out, 10.0.0.2:80");
    EXPECT_FALSE(state("app")->is_down);
    EXPECT_EQ(reports_with("service \"app\": 10.0.0.1:80 is not well: it answers with status 503; it gets no "
                           "requests until a health check succeeds"),
              1);
    EXPECT_TRUE(first.requests.at(0).starts_with("GET /health HTTP/1.1\r\nHost: 10.0.0.1\r\n"));
    pass(60s);
    EXPECT_GE(first.requests.size(), 6U);
    EXPECT_LE(first.requests.size(), 7U);
    EXPECT_EQ(reports_.size(), 1U);
    first.answer = fine;
    pass(11s);
    EXPECT_EQ(health(), "10.0.0.1:80, 10.0.0.2:80");
    EXPECT_EQ(reports_with("10.0.0.1:80 is well again"), 1);
}

TEST_F(HealthWatchTest, what_is_out_is_asked_at_an_interval_of_its_own) {
    auto& only = serve("10.0.0.1");
    health_->unhealthy_interval = 1s;
    only.answer = busy;
    apply({checked({server("10.0.0.1", 80)})});
    pass(10s);
    EXPECT_GE(only.requests.size(), 9U);
    only.answer = fine;
    pass(1500ms);
    const auto asked = only.requests.size();
    pass(8s);
    EXPECT_EQ(only.requests.size(), asked);
}

TEST_F(HealthWatchTest, says_when_none_is_left) {
    serve("10.0.0.1").answer = busy;
    apply({checked({server("10.0.0.1", 80), server("10.0.0.2", 80)})});
    pass(1s);
    EXPECT_EQ(health(), "10.0.0.1:80 out, 10.0.0.2:80 out");
    EXPECT_TRUE(state("app")->is_down);
    EXPECT_EQ(reports_with("no other endpoint is, and requests have nowhere to go"), 1);
    EXPECT_EQ(reports_with("10.0.0.2:80 is not well: it cannot be connected to: "), 1);
    servers_[0]->answer = fine;
    pass(11s);
    EXPECT_FALSE(state("app")->is_down);
}

TEST_F(HealthWatchTest, an_endpoint_that_does_not_answer_in_time_is_out) {
    auto& only = serve("10.0.0.1");
    for (const char* answer : {"", "HTTP/1.1 200 OK\r\nX: ", "SSH-2.0-x\r\n"}) {
        only.answer = answer;
        apply({checked({server("10.0.0.1", 80)})});
        pass(14s);
        EXPECT_EQ(health(), "10.0.0.1:80 out") << answer;
        only.answer = fine;
        pass(14s);
        EXPECT_EQ(health(), "10.0.0.1:80") << answer;
    }
    EXPECT_EQ(reports_with("it does not answer within 2000 ms"), 1);
    EXPECT_EQ(reports_with("it does not answer in HTTP"), 1);
}

TEST_F(HealthWatchTest, a_body_without_an_end_is_not_waited_for_longer_than_a_check_may_take) {
    auto& only = serve("10.0.0.1");
    only.answer = "HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + std::string(200'000, 'x');
    apply({checked({server("10.0.0.1", 80)})});
    pass(25s);
    EXPECT_EQ(health(), "10.0.0.1:80");
    EXPECT_GE(only.requests.size(), 2U);
}

TEST_F(HealthWatchTest, asks_as_it_is_told) {
    auto& other = serve("10.0.0.1", 8081);
    health_->port = 8081;
    health_->host = "app.example";
    health_->method = "OPTIONS";
    health_->path = "/h?x=1";
    health_->status = 404;
    health_->fields = {{"X-Probe", "yes"}, {"User-Agent", "mine"}};
    other.answer = "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n";
    apply({checked({server("10.0.0.1", 80)})});
    pass(1s);
    EXPECT_EQ(health(), "10.0.0.1:80");
    EXPECT_EQ(other.requests.at(0),
              "OPTIONS /h?x=1 HTTP/1.1\r\nHost: app.example\r\nX-Probe: yes\r\nUser-Agent: mine\r\n"
              "Connection: close\r\n\r\n");
    other.answer = fine;
    pass(11s);
    EXPECT_EQ(reports_with("it answers with status 204, not 404"), 1);
}

TEST_F(HealthWatchTest, follows_redirects_unless_it_is_told_not_to) {
    auto& first = serve("10.0.0.1");
    auto& second = serve("10.0.0.9", 8080);
    table().set("else.example", {.addresses = {"10.0.0.9"}});
    first.answer =
        "HTTP/1.1 302 Found\r\nLocation: http://else.example:8080/ok?a\r\nContent-Length: 0\r\n\r\n";
    second.answer = busy;
    apply({checked({server("10.0.0.1", 80)})});
    pass(1s);
    EXPECT_EQ(health(), "10.0.0.1:80 out");
    EXPECT_TRUE(second.requests.at(0).starts_with("GET /ok?a HTTP/1.1\r\nHost: else.example:8080\r\n"));
    first.answer = "HTTP/1.1 301 Moved\r\nLocation: /health\r\nContent-Length: 0\r\n\r\n";
    pass(11s);
    EXPECT_EQ(health(), "10.0.0.1:80 out");
    const auto changed = std::make_shared<model::HealthCheck>(*health_);
    changed->follows_redirects = false;
    health_ = changed;
    apply({checked({server("10.0.0.1", 80)})});
    pass(1s);
    EXPECT_EQ(health(), "10.0.0.1:80");
}

TEST_F(HealthWatchTest, what_is_known_outlives_a_change_and_ends_with_the_check) {
    serve("10.0.0.1").answer = busy;
    serve("10.0.0.2");
    apply({checked({server("10.0.0.1", 80)})});
    pass(1s);
    apply({checked({server("10.0.0.1", 80), server("10.0.0.2", 80)})});
    EXPECT_EQ(health(), "10.0.0.1:80 out, 10.0.0.2:80");
    EXPECT_FALSE(state("app")->is_down);
    pass(1s);
    EXPECT_EQ(health(), "10.0.0.1:80 out, 10.0.0.2:80");
    EXPECT_EQ(reports_with("is not well"), 1);
    apply({service("app", {server("10.0.0.1", 80), server("10.0.0.2", 80)})});
    EXPECT_EQ(health(), "10.0.0.1:80, 10.0.0.2:80");
    pass(20s);
    EXPECT_EQ(health(), "10.0.0.1:80, 10.0.0.2:80");
}

TEST_F(HealthWatchTest, endpoints_of_a_name_are_asked_as_long_as_it_has_them) {
    auto& first = serve("10.0.0.1");
    auto& second = serve("10.0.0.2");
    table().set("app.example", {.addresses = {"10.0.0.1"}, .ttl = 1s});
    apply({checked({server("app.example", 80)})});
    pass(1s);
    EXPECT_EQ(first.requests.size(), 1U);
    EXPECT_NE(first.requests[0].find("Host: app.example\r\n"), std::string::npos);
    table().set("app.example", {.addresses = {"10.0.0.2"}, .ttl = 1s});
    pass(30s);
    EXPECT_LE(first.requests.size(), 2U);
    EXPECT_GE(second.requests.size(), 2U);
    apply({});
    const auto asked = second.requests.size();
    pass(60s);
    EXPECT_EQ(second.requests.size(), asked);
}

TEST(health_probe, redirects_lead_where_they_say) {
    const auto lead = [](const char* location) -> std::string {
        HealthUrl url{.is_secure = false, .host = "a:81", .path = "/x/y?z"};
        if (!redirect_to(url, location)) return "-";
        return (url.is_secure ? "s " : "") + url.host + " " + url.path;
    };
    EXPECT_EQ(lead("/b?c#d"), "a:81 /b?c");
    EXPECT_EQ(lead("b"), "a:81 /x/b");
    EXPECT_EQ(lead("?q"), "a:81 /x/y?q");
    EXPECT_EQ(lead("//b"), "b /");
    EXPECT_EQ(lead("HTTPS://b:1?c"), "s b:1 /?c");
    EXPECT_EQ(lead("ftp://b/"), "-");
    EXPECT_EQ(lead("http:///b"), "-");
}

TEST(health_probe, only_serving_is_well) {
    const auto message = [](std::string_view bytes) { return std::string("\0\0\0\0\2", 5).append(bytes); };
    EXPECT_TRUE(says_serving(message("\x08\x01")));
    EXPECT_FALSE(says_serving(message("\x08\x02")));
    EXPECT_FALSE(says_serving(std::string("\0\0\0\0\0", 5)));
    EXPECT_FALSE(says_serving(""));
    EXPECT_FALSE(says_serving(std::string("\1\0\0\0\2\x08\x01", 7)));
}

}   // namespace
}   // namespace gatehouse::control
