#include "exchange/mirror.h"

#include "exchange/handlers/choose_service.h"
#include "exchange/handlers/stored_body.h"
#include "exchange/sub_exchange.h"
#include "exchange/worker_state.h"
#include "log/error_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace gatehouse::exchange {
namespace {

// Whatever it waits for, and would wait for next.
class Patience final : public loop::Timer {
public:
    explicit Patience(loop::Strand& strand) : strand_(strand) { strand.loop().arm(*this, mirror_patience); }

private:
    void fire() override { strand_.cancel(); }
    loop::Strand& strand_;
};

// A request of nobody's: it has a connection only because an exchange has one.
class Mirrored {
public:
    Mirrored(Exchange& of, const model::ServicePart& part, std::optional<std::string> body)
        : publication_(of.publication),
          part_(part),
          worker_(of.client.worker),
          connection_(worker_, of.client.port, -1, of.client.peer, ClientConnection::Party::nobody),
          exchange_(connection_) {
        collected_.drops_text = true;
        collected_.has_client = false;
        bytes_ = body ? body->size() : 0;
        collected_.request_body = std::move(body);
        exchange_.collected = &collected_;
        copy(of);
        ++worker_.mirrored_requests;
        worker_.mirrored_bytes += bytes_;
    }
    ~Mirrored() {
        --worker_.mirrored_requests;
        worker_.mirrored_bytes -= bytes_;
    }
    Mirrored(const Mirrored&) = delete;
    Mirrored& operator=(const Mirrored&) = delete;

    static loop::Task<void> run(std::unique_ptr<Mirrored> mirrored) {
        const Patience patience(co_await loop::this_strand());
        const Outcome outcome = co_await forward_to(mirrored->exchange_, mirrored->part_);
        if (outcome.kind == Outcome::Kind::respond) [[maybe_unused]]
            const auto read = co_await collect_response(mirrored->exchange_);
    }

private:
    void copy(Exchange& of) {
        auto& to = exchange_;
        to.site = of.site;
        to.route = of.route;
        to.host = of.host;
        to.host.name = to.keep(of.host.name);
        to.host.port_text = to.keep(of.host.port_text);
        to.request.line = to.keep(of.request.line);
        to.request.version = of.request.version;
        to.request.method = of.request.method;
        to.request.method_text = to.keep(of.request.method_text);
        to.method = of.method;
        to.method_text = to.keep(of.method_text);
        to.target.uri = to.keep(of.target.uri);
        to.uri = to.keep(of.uri);
        to.args = to.keep(of.args);
        to.raw_uri = to.keep(of.raw_uri);
        to.uri_is_raw = of.uri_is_raw;
        for (const auto& field : of.request.fields) {
            auto own = field;
            own.name = to.keep(field.name);
            own.value = to.keep(field.value);
            to.request.fields.add(to.arena(), own);
        }
        if (of.has_real_address()) to.set_real_address(of.client_address());
    }

    const std::shared_ptr<const model::Publication> publication_;   // the part's and the route's
    const model::ServicePart& part_;
    WorkerState& worker_;
    std::size_t bytes_ = 0;
    ClientConnection connection_;
    CollectedResponse collected_;
    Exchange exchange_;
};

// Nothing: it cannot be read again.
std::optional<std::string> text_of(const StoredBody& stored) {
    std::string text;
    Buffer piece;
    while (stored.in_file()) {
        const auto got = stored.read_file(text.size(), piece);
        if (!got) return {};
        if (*got == 0) break;
        text += piece.view();
        piece.clear();
    }
    text += stored.in_memory();
    return text;
}

void note_left_out(const Exchange& exchange, const model::ServicePart& mirror, std::string_view why) {
    log::write_error(
        log::LogLevel::warn, exchange.route->error_logs, exchange.client.number,
        fmt::format("request \"{}\" is not mirrored to \"{}\": {}", exchange.request.line, mirror.name, why));
}

}   // namespace

void send_to_mirror(Exchange& exchange, const model::ServicePart& mirror, bool with_body) {
    auto& worker = exchange.client.worker;
    const auto* stored = with_body ? exchange.stored_body.get() : nullptr;
    if (worker.mirrored_requests >= most_mirrored_requests)
        return note_left_out(exchange, mirror, "too many are under way");
    std::optional<std::string> body;
    if (stored != nullptr) {
        if (!stored->is_whole()) return note_left_out(exchange, mirror, "its body is gone");
        if (stored->bytes() > most_mirrored_bytes - std::min(most_mirrored_bytes, worker.mirrored_bytes))
            return note_left_out(exchange, mirror, "too many bytes are under way");
        body = text_of(*stored);
        if (!body) return note_left_out(exchange, mirror, "its body cannot be read again");
    }
    worker.scope.spawn(Mirrored::run(std::make_unique<Mirrored>(exchange, mirror, std::move(body))));
}

}   // namespace gatehouse::exchange
