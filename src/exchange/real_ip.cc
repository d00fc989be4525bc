#include "exchange/real_ip.h"

#include <algorithm>

#include "exchange/proxy_header.h"
#include "exchange/worker_state.h"
#include "model/source_address.h"

namespace gatehouse::exchange {
namespace {

using model::RealIp;

// Takes the last item off a list that commas or blanks separate.
std::string_view take_last(std::string_view& list) {
    constexpr std::string_view separators = ", ";
    const auto end = list.find_last_not_of(separators);
    list = list.substr(0, end == std::string_view::npos ? 0 : end + 1);
    const auto before = list.find_last_of(separators);
    const auto begin = before == std::string_view::npos ? 0 : before + 1;
    const auto item = list.substr(begin);
    list = list.substr(0, begin);
    return item;
}

// A walk from the connection's peer towards the client.
class Walk {
public:
    Walk(Exchange& exchange, const RealIp& settings)
        : exchange_(exchange), settings_(settings), address_(exchange.client_address()) {}

    // The addresses of a list, last to first, each named by the one behind it: false at the end of the walk.
    bool follow(std::string_view list) {
        while (true) {
            const auto item = take_last(list);
            if (item.empty()) return true;   // the list is at its end: perhaps there is another one
            if (!trusts(exchange_.client.worker, settings_, address_)) return false;
            const auto named = model::parse_source_address(item);
            if (!named) return false;
            step(*named);
            if (!settings_.recursive) return false;
        }
    }
    void follow(const SocketAddress& named) {
        if (trusts(exchange_.client.worker, settings_, address_)) step(named);
    }
    [[nodiscard]] const SocketAddress* result() const { return has_moved_ ? &address_ : nullptr; }

private:
    void step(const SocketAddress& to) {
        address_ = to;
        has_moved_ = true;
    }

    Exchange& exchange_;
    const RealIp& settings_;
    SocketAddress address_;
    bool has_moved_ = false;
};

// Several fields are one list (RFC 9110 5.3): the last one was written by who is nearest.
void follow_forwarded_for(Walk& walk, const http::Fields& fields) {
    for (const auto* field = fields.end(); field != fields.begin();) {
        --field;
        if (field->id == http::FieldId::x_forwarded_for && !walk.follow(field->value)) return;
    }
}

}   // namespace

bool trusts(WorkerState& worker, const RealIp& settings, const SocketAddress& address) {
    const auto holds = [&](const model::Network& network) { return network.contains(*address.get()); };
    if (std::ranges::any_of(settings.networks, holds)) return true;
    return std::ranges::any_of(settings.names, [&](const auto& name) {
        const auto& endpoints = worker.endpoints_of(*name);
        return std::ranges::any_of(endpoints->primary, [&](const auto& endpoint) {
            return std::ranges::any_of(endpoint->addresses, [&](const SocketAddress& known) {
                return holds(model::Network::of(known));
            });
        });
    });
}

void apply_real_ip(Exchange& exchange) {
    const RealIp& settings = exchange.route->real_ip;
    if (!settings.trusts_anybody() || exchange.has_real_address()) return;
    Walk walk(exchange, settings);
    const http::Fields& fields = exchange.request.fields;
    switch (settings.source) {
        case RealIp::Source::forwarded_for: follow_forwarded_for(walk, fields); break;
        case RealIp::Source::proxy_protocol:
            if (const auto& proxied = exchange.client.proxied) walk.follow(proxied->source.expand());
            break;
        case RealIp::Source::field:
            if (const auto* field = fields.find(settings.field)) walk.follow(field->value);
            break;
    }
    if (const auto* address = walk.result()) exchange.set_real_address(*address);
}

}   // namespace gatehouse::exchange
