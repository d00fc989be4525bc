#include "exchange/tcp_routing.h"

#include "base/text.h"
#include "exchange/idle_wait.h"
#include "exchange/proxy_header.h"
#include "exchange/real_ip.h"
#include "exchange/tcp_serve.h"

namespace gatehouse::exchange {
namespace {

using loop::Duration;
using loop::Task;

enum class Speaks : std::uint8_t { plain, tls, nothing };

struct Seen {
    Speaks speaks = Speaks::nothing;
    std::unique_ptr<net::ClientHello> hello;   // null: none, or one that cannot be read
};

// As Traefik tells them apart: a handshake record (RFC 8446 section 5.1), or the hello of SSL 2.
bool begins_hello(std::string_view bytes) { return bytes.front() == '\x16' || bytes.front() == '\x80'; }

// `nothing`: more must be read.
Seen look_at(std::string_view bytes, std::size_t most) {
    using State = net::HelloProgress::State;
    if (bytes.empty()) return {};
    if (!begins_hello(bytes)) return {.speaks = Speaks::plain, .hello = nullptr};
    auto hello = std::make_unique<net::ClientHello>();
    switch (net::parse_client_hello(bytes.substr(0, most), *hello).state) {
        case State::need_more:
            if (bytes.size() < most) return {};
            break;
        case State::refused: break;
        case State::done: return {.speaks = Speaks::tls, .hello = std::move(hello)};
    }
    return {.speaks = Speaks::tls, .hello = nullptr};
}

Task<Seen> listen_to(ClientConnection& connection, std::size_t most) {
    const loop::Deadline deadline(co_await loop::this_strand(), settings_of(connection).header_timeout);
    while (true) {
        auto seen = look_at(connection.in.view(), most);
        if (seen.speaks != Speaks::nothing) co_return seen;
        if (connection.in.empty()) {
            const bool arrived = co_await wait_while_idle(connection, loop::forever);
            if (!arrived) co_return Seen{};
        }
        const auto read =
            co_await connection.stream.read(connection.in, most - connection.in.size(), loop::forever);
        if (!read || *read == 0) co_return Seen{};
    }
}

SocketAddress client_of(ClientConnection& connection, const model::TcpRoutes& routes) {
    const auto peer = connection.peer.expand();
    const bool is_named = connection.proxied != nullptr && trusts(connection.worker, routes.real_ip, peer);
    return is_named ? connection.proxied->source.expand() : peer;
}

const model::TcpRoute* find_route(ClientConnection& connection, const model::Listener& listener,
                                  const Seen& seen) {
    const auto& routes = *listener.tcp_routes;
    const auto client = client_of(connection, routes);
    Arena arena;
    model::RuleFacts facts(arena);
    facts.client = client.get();
    if (seen.speaks != Speaks::tls) return routes.find_plain(facts);
    std::string name;
    if (seen.hello != nullptr) {
        name = lower(seen.hello->server_name);
        if (name.ends_with('.')) name.pop_back();
        facts.host = name;
        facts.protocols = seen.hello->application_protocols;
    }
    const auto* secure_site = listener.secure_site.get();
    return routes.find_secure(facts, secure_site == nullptr ? nullptr : secure_site->tls_by_name.get());
}

}   // namespace

Task<bool> route_tcp(ClientConnection& connection) {
    Seen seen;
    if (connection.port.listener->listener.options.tls) {
        seen = co_await listen_to(connection, connection.port.listener->listener.tcp_routes->hello_bytes);
        if (seen.speaks == Speaks::nothing) co_return false;
    }
    // the configuration may have changed meanwhile
    const auto& listener = connection.port.listener->listener;
    if (listener.tcp_routes == nullptr) co_return true;
    const auto* route = find_route(connection, listener, seen);
    if (route == nullptr) co_return true;
    co_await pass_on(connection, *route->site, std::move(seen.hello));
    co_return false;
}

}   // namespace gatehouse::exchange
