#include "exchange/tcp_filters.h"

#include "exchange/tcp_session.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::exchange {
namespace {

bool lets_in(TcpSession& session, const model::AllowConnections& settings) {
    const auto holds = [&](const auto& network) { return network.contains(*session.client_address().get()); };
    if (std::ranges::any_of(settings.networks, holds)) return true;
    session.reason = "address-not-allowed";
    return false;
}

bool lets_in(TcpSession& session, const model::ConnectionsInFlight& settings) {
    std::string source = session.client_address().ip_text();
    if (settings.counts->add(source, settings.most)) {
        session.counted.emplace_back(settings.counts, std::move(source));
        return true;
    }
    session.reason = "too-many-in-flight";
    return false;
}

}   // namespace

bool pass_filters(TcpSession& session) {
    for (const auto& filter : session.site->filters) {
        const auto ask = [&](const auto& settings) { return lets_in(session, settings); };
        if (std::visit(ask, filter->settings)) continue;
        session.log(log::LogLevel::error, fmt::format("not let in by {}: {}", filter->name, session.reason));
        return false;
    }
    return true;
}

}   // namespace gatehouse::exchange
