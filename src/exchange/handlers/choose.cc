#include "exchange/handlers/choose.h"

#include "exchange/handlers/sticky.h"
#include "exchange/worker_state.h"
#include "upstream/balancer.h"

#include <netinet/in.h>

namespace gatehouse::exchange {
namespace {

std::string_view balancing_key(Exchange& exchange, const model::Service& service) {
    if (service.balancing == model::Balancing::rendezvous) return address_key(exchange);
    if (service.balancing == model::Balancing::ip_hash) {
        const auto key = address_key(exchange);
        return key.size() == sizeof(in_addr) ? key.substr(0, 3) : key;
    }
    return service.hash_key.empty() ? std::string_view() : exchange.render(service.hash_key);
}

}   // namespace

std::string_view address_key(Exchange& exchange) {
    const auto& address = exchange.client_address();
    const auto* at = reinterpret_cast<const char*>(&address.storage);
    if (address.family() == AF_INET) return {at + offsetof(sockaddr_in, sin_addr), sizeof(in_addr)};
    if (address.family() == AF_INET6) return {at + offsetof(sockaddr_in6, sin6_addr), sizeof(in6_addr)};
    return {};
}

Result<upstream::EndpointLease> choose_for(Exchange& exchange, const model::Service& service,
                                           std::span<const model::Endpoint* const> tried) {
    auto& worker = exchange.client.worker;
    const auto& endpoints = worker.endpoints_of(service);
    return upstream::choose_endpoint({.service = service,
                                      .endpoints = *endpoints,
                                      .tried = tried,
                                      .key = balancing_key(exchange, service),
                                      .now = worker.loop.now(),
                                      .random = worker.random,
                                      .cookie = sticky_wish(exchange, service)});
}

}   // namespace gatehouse::exchange
