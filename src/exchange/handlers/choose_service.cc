#include "exchange/handlers/choose_service.h"

#include "exchange/handlers/choose.h"
#include "exchange/handlers/forward.h"
#include "exchange/handlers/forward_failure.h"
#include "exchange/handlers/stored_body.h"
#include "exchange/handlers/upgrade_request.h"
#include "exchange/mirror.h"
#include "http/cookie.h"
#include "upstream/balancer.h"

#include <utility>
#include <vector>

namespace gatehouse::exchange {
namespace {

using loop::Task;
using model::ServiceChoice;
using model::ServicePart;

class Choosing {
public:
    explicit Choosing(Exchange& exchange) : exchange_(exchange) {}

    Task<Outcome> pass_on(const ServicePart& part) {
        if (part.choice != nullptr) return run(*part.choice);
        return forward(exchange_, *part.forward, &wishes_);
    }

    Task<Outcome> run(const ServiceChoice& choice) {
        switch (choice.kind) {
            case ServiceChoice::Kind::mirrored: return mirror(choice);
            case ServiceChoice::Kind::failover: return fail_over(choice);
            case ServiceChoice::Kind::weighted:
            case ServiceChoice::Kind::rendezvous: break;
        }
        const auto* part = choose(choice);
        if (part == nullptr) return none();
        return pass_on(*part);
    }

private:
    Outcome none() {
        exchange_.reason = "no-live-service";
        return Outcome::answer(503);
    }

    static bool may_have_it(const ServiceChoice& choice, const ServicePart& part) {
        return part.weight > 0 && (!choice.minds_health || is_up(part));
    }

    // Null: there is none.
    const ServicePart* choose(const ServiceChoice& choice) {
        if (!choice.sticky) return choose_afresh(choice);
        const auto wish =
            http::find_cookie(exchange_.request.fields, choice.sticky->name).value_or(std::string_view());
        for (const auto& part : choice.parts) {
            if (!wish.empty() && part.cookie == wish && may_have_it(choice, part)) return &part;
        }
        const auto* part = choose_afresh(choice);
        if (part != nullptr) {
            const auto cookie = exchange_.keep(model::set_sticky_cookie(*choice.sticky, part->cookie));
            wishes_.cookies.add(exchange_.arena(), http::make_field(http::FieldId::set_cookie, cookie));
        }
        return part;
    }

    const ServicePart* choose_afresh(const ServiceChoice& choice) {
        if (choice.kind == ServiceChoice::Kind::rendezvous) return by_address(choice);
        const auto& order = choice.order;
        if (order.empty()) return nullptr;
        const auto turn = choice.state->rotation.fetch_add(1, std::memory_order_relaxed);
        for (std::size_t i = 0; i < order.size(); ++i) {
            const auto& part = choice.parts[order[(turn + i) % order.size()]];
            if (may_have_it(choice, part)) return &part;
        }
        return nullptr;
    }

    const ServicePart* by_address(const ServiceChoice& choice) {
        const auto key = address_key(exchange_);
        const ServicePart* best = nullptr;
        double best_score = 0;
        for (const auto& part : choice.parts) {
            if (!may_have_it(choice, part)) continue;
            const double score = upstream::rendezvous_score(key, part.name, part.weight);
            if (best != nullptr && score <= best_score) continue;
            best = &part;
            best_score = score;
        }
        return best;
    }

    // Of what is kept for another service. go_on: there is none, or it is in exchange.stored_body.
    Task<Outcome> take_body() {
        if (!exchange_.body.announced() || exchange_.asks_for_tunnel()) return Outcome::go_on();
        if (exchange_.stored_body == nullptr) exchange_.stored_body = std::make_unique<StoredBody>(exchange_);
        if (exchange_.stored_body->is_whole() || exchange_.body.received() > 0) return Outcome::go_on();
        return read_body();
    }
    Task<Outcome> read_body() {
        const auto stored = co_await exchange_.stored_body->read_whole();
        co_return stored ? Outcome::go_on() : lost_body(exchange_, stored.error());
    }

    // Before it is read, as far as its length is known; afterwards anyway.
    [[nodiscard]] bool is_too_large(const ServiceChoice& choice) const {
        const auto most = choice.most_body_bytes.value_or(~std::uint64_t{0});
        const auto& framing = exchange_.body.framing();
        if (framing.kind == http::BodyKind::length && framing.length > most) return true;
        return exchange_.stored_body != nullptr && exchange_.stored_body->bytes() > most;
    }

    Task<Outcome> fail_over(const ServiceChoice& choice) {
        const auto& first = choice.parts.front();
        const auto& second = choice.parts.back();
        if (is_up(first)) {
            if (choice.failing.empty()) co_return co_await pass_on(first);
            if (!is_too_large(choice)) {
                const Outcome taken = co_await take_body();
                if (taken.kind != Outcome::Kind::go_on) co_return taken;
            }
            if (is_too_large(choice)) {
                exchange_.reason = "failover-body-limit";
                co_return Outcome::answer(413);
            }
            const auto* former = std::exchange(wishes_.failing, &choice.failing);
            const Outcome outcome = co_await pass_on(first);
            // What the gateway itself says of the service is an answer like others; of the client it has
            // nothing to say any more, whose body is there.
            const bool made_here = outcome.kind == Outcome::Kind::status;
            const bool gave_way = std::exchange(wishes_.gave_way, false);
            const bool failed = gave_way || (made_here && choice.failing.contains(outcome.status));
            wishes_.failing = former;
            if (!failed) co_return outcome;
            exchange_.response = Response{};
            exchange_.reason = {};
        }
        if (choice.minds_health && !is_up(second)) co_return none();
        co_return co_await pass_on(second);
    }

    Task<Outcome> mirror(const ServiceChoice& choice) {
        const auto requests = choice.state->rotation.fetch_add(1, std::memory_order_relaxed) + 1;
        std::vector<const ServicePart*> mirrors;
        for (std::size_t i = 1; i < choice.parts.size(); ++i) {
            if (model::is_mirrored(requests, choice.parts[i].percent)) mirrors.push_back(&choice.parts[i]);
        }
        const auto& first = choice.parts.front();
        const bool is_plain =
            !exchange_.asks_for_tunnel() && exchange_.request.fields.find(http::FieldId::upgrade) == nullptr;
        // a copy is not copied again
        const bool is_copy = exchange_.collected != nullptr;
        if (mirrors.empty() || is_copy || !is_plain) co_return co_await pass_on(first);
        const bool copies_body = choice.mirrors_body && exchange_.body.announced();
        if (copies_body && !is_too_large(choice)) {
            const Outcome taken = co_await take_body();
            if (taken.kind != Outcome::Kind::go_on) co_return taken;
        }
        const Outcome outcome = co_await pass_on(first);
        const bool is_lost = outcome.kind == Outcome::Kind::close || exchange_.client_is_gone();
        if (is_lost || (copies_body && is_too_large(choice))) co_return outcome;
        for (const auto* part : mirrors) send_to_mirror(exchange_, *part, copies_body);
        co_return outcome;
    }

    Exchange& exchange_;
    ForwardWishes wishes_;
};

}   // namespace

Task<Outcome> forward_chosen(Exchange& exchange, const model::ServiceChoice& choice) {
    Choosing choosing(exchange);
    co_return co_await choosing.run(choice);
}

Task<Outcome> forward_to(Exchange& exchange, const model::ServicePart& part) {
    Choosing choosing(exchange);
    co_return co_await choosing.pass_on(part);
}

}   // namespace gatehouse::exchange
