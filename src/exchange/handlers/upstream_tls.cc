#include "exchange/handlers/upstream_tls.h"

#include "base/text.h"
#include "exchange/worker_state.h"
#include "upstream/secure.h"

namespace gatehouse::exchange {
namespace {

bool is_named(Exchange& exchange, const RunTimeTarget& target) {
    SocketAddress address;
    return !is_unix_address(target.name) && !SocketAddress::parse(host_alone(target.host), 0, address) &&
           !names_configured_service(*exchange.publication->snapshot, target.host);
}

}   // namespace

std::string_view host_alone(std::string_view host) {
    if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
    return host.substr(0, host.find(':'));
}

UpstreamTls upstream_tls_for(Exchange& exchange, const model::ForwardHandler& handler,
                             const RunTimeTarget* target) {
    const bool is_wanted = target == nullptr || target->is_secure;
    if (handler.tls == nullptr || !is_wanted) return {};
    const bool is_unnamed = target != nullptr && !is_named(exchange, *target);
    const auto name = exchange.keep(host_alone(exchange.render(handler.tls_name)));
    if (is_unnamed) return {handler.tls_unnamed, name, handler.tls_unnamed_sends_name};
    return {handler.tls, name, handler.tls_sends_name};
}

loop::Task<Result<>> begin_upstream_tls(WorkerState& worker, upstream::Connection& connection,
                                        const UpstreamTls& wanted, loop::Duration timeout,
                                        std::span<const std::string_view> protocols) {
    return upstream::secure(connection, {wanted.context, wanted.name, wanted.sends_name, protocols},
                            worker.tls_sessions, timeout);
}

}   // namespace gatehouse::exchange
