#include "exchange/filters/circuit_breaker.h"

#include "exchange/filters/filter_run.h"
#include "exchange/worker_state.h"

namespace gatehouse::exchange {
namespace {

model::Circuit::Time now_of(const Exchange& exchange) {
    return exchange.client.worker.loop.now().time_since_epoch();
}

class NotedAnswer final : public FilterEnd {
public:
    NotedAnswer(const model::CircuitBreaker& settings, model::Circuit::Time began)
        : settings_(settings), began_(began) {}
    void answered(const Exchange& exchange) override {
        const int status = exchange.response.status;
        if (status == 499 || status == 444) return;   // the client's doing
        const auto now = now_of(exchange);
        settings_.circuit->note(settings_, status, now - began_, now);
    }

private:
    const model::CircuitBreaker& settings_;   // of the snapshot that the exchange holds
    model::Circuit::Time began_;
};

}   // namespace

Outcome on_request(Exchange& exchange, const model::CircuitBreaker& settings) {
    const auto now = now_of(exchange);
    if (!settings.circuit->admits(settings, now)) {
        exchange.reason = "circuit-open";
        return Outcome::answer(settings.status);
    }
    exchange.filter_run->owe(std::make_unique<NotedAnswer>(settings, now));
    return Outcome::go_on();
}

}   // namespace gatehouse::exchange
