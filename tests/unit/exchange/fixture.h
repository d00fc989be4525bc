#pragma once
// ExchangeWorld: exchanges as the pipeline would have them, over a configuration and a simulated client
// connection, for testing what works on an exchange without running it. No loop turns but to connect or when
// a test says so; nothing is sent by itself. Endpoints are at the addresses that the configuration names. The
// world keeps every exchange it made until its end.

#include "exchange/exchange.h"
#include "exchange/worker_state.h"
#include "loop/sim/sim_backend.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::exchange {

// A head with "|" for each line end, without the last two.
[[nodiscard]] std::string lines_of(std::string_view head);

class ExchangeWorld {
public:
    // `http`: what stands inside an http block. The client connects to 127.0.0.1 and this port.
    // `change`: what nginx's configurations cannot say.
    using Change = std::function<void(model::Model&)>;
    explicit ExchangeWorld(const std::string& http, std::uint16_t port = 80, const Change& change = {});
    ~ExchangeWorld();
    ExchangeWorld(const ExchangeWorld&) = delete;
    ExchangeWorld& operator=(const ExchangeWorld&) = delete;

    // A request as it was parsed, with the site and route its host and URI lead to; no script has run.
    Exchange& request(std::string_view line, const std::vector<std::string>& fields = {});
    // "GET target HTTP/1.1", with "Host: shop.example".
    Exchange& get(std::string_view target, std::vector<std::string> fields = {});
    // The route that the exchange's URI leads to now.
    static void find_route(Exchange& exchange);

    [[nodiscard]] static const model::ForwardHandler& forward_of(const Exchange& exchange) {
        return std::get<model::ForwardHandler>(exchange.route->handler);
    }
    [[nodiscard]] WorkerState& worker() { return *worker_; }
    [[nodiscard]] ClientConnection& client() { return *client_; }
    [[nodiscard]] loop::SimWorld& simulated() { return world_; }
    // The client's end of the connection.
    void send(std::string_view bytes);
    [[nodiscard]] std::string received();   // what has come since the last call
    void hang_up() { peers_->close(std::exchange(peer_fd_, -1)); }
    void reset() {
        peers_->set_option(peer_fd_, loop::SocketOption::reset_on_close, 1);
        hang_up();
    }
    void forget_exchanges() { exchanges_.clear(); }
    void after(loop::Duration delay, std::function<void()> event) { world_.after(delay, std::move(event)); }
    // Runs the loop until then; false: it never comes to that.
    [[nodiscard]] bool run_until(const std::function<bool()>& done) {
        return world_.run_until(done, std::chrono::hours(1)) == loop::SimWorld::Outcome::met;
    }

private:
    struct NoDirectory final : model::ServiceDirectory {
        void find(std::string, std::uint16_t, Answer answer) override {
            answer(fail(ErrorCode::unresolved, "find a service"));
        }
        void suspect(const model::ServiceState&) override {}
    };
    void compile(const std::string& http, const Change& change);
    void connect(std::uint16_t port);

    loop::SimWorld world_{1};
    loop::Loop& loop_ = world_.make_loop();
    log::LogWriter logs_;
    NoDirectory directory_;
    std::unique_ptr<Shared> shared_;
    std::unique_ptr<WorkerState> worker_;
    std::shared_ptr<model::Publication> publication_;
    std::unique_ptr<loop::SimBackend> peers_ = world_.make_backend();
    int peer_fd_ = -1;
    std::unique_ptr<Port> port_;
    std::unique_ptr<ClientConnection> client_;
    std::vector<std::unique_ptr<Exchange>> exchanges_;
};

}   // namespace gatehouse::exchange
