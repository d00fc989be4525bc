#include "upstream/pool.h"

#include <algorithm>

namespace gatehouse::upstream {
namespace {

constexpr loop::Duration sweep_interval = std::chrono::seconds(1);

// Between messages an endpoint has nothing to say: bytes, a FIN or an error all end the connection's use.
bool is_usable(Connection& connection) {
    auto& channel = connection.stream.channel();
    if (channel.peer_closed || channel.hangup) return false;
    if (!channel.readable) return true;
    const auto read = connection.stream.try_read(connection.in, 1);
    return read && !*read;
}

bool is_expired(const Connection& connection, loop::TimePoint now) {
    return now - connection.idle_since >= connection.idle_limit;
}

bool is_secured_as(const Connection& connection, const tls::ClientContext* context, std::string_view name) {
    const auto* security = connection.security.get();
    if (security == nullptr || context == nullptr) return security == nullptr && context == nullptr;
    return security->context.get() == context && security->name == name;
}

}   // namespace

ConnectionPtr Pool::take(const model::Endpoint& endpoint, const tls::ClientContext* context,
                         std::string_view name) {
    const auto found = idle_.find(&endpoint);
    if (found == idle_.end()) return nullptr;
    Idle& idle = found->second;
    for (auto at = idle.size(); at-- > 0;) {
        if (!is_secured_as(*idle[at], context, name)) continue;
        ConnectionPtr connection = std::move(idle[at]);
        idle.erase(idle.begin() + static_cast<std::ptrdiff_t>(at));
        connection->unlink();
        --count_;
        if (!is_expired(*connection, loop_.now()) && is_usable(*connection)) return connection;
    }
    return nullptr;
}

void Pool::give(ConnectionPtr connection, const model::KeepAlivePool& limits) {
    connection->in.release_if_empty();
    const bool spent = ++connection->requests >= limits.requests ||
                       loop_.now() - connection->opened >= loop::Duration(limits.time);
    if (spent || limits.idle_connections == 0 || !connection->in.empty()) return;
    connection->idle_since = loop_.now();
    connection->idle_limit = limits.idle_timeout;
    const auto held = idle_.find(connection->endpoint.get());
    if (held != idle_.end() && held->second.size() >= limits.idle_connections) close(*held->second.front());
    by_age_.push_back(*connection);
    idle_[connection->endpoint.get()].push_back(std::move(connection));
    ++count_;
    if (!sweeper_.armed()) loop_.arm(sweeper_, sweep_interval);
}

void Pool::close(Connection& connection) {
    const auto entry = idle_.find(connection.endpoint.get());
    --count_;
    std::erase_if(entry->second,
                  [&connection](const ConnectionPtr& other) { return other.get() == &connection; });
    if (entry->second.empty()) idle_.erase(entry);
}

void Pool::clear() {
    while (!by_age_.empty()) close(by_age_.front());
    idle_.clear();
    sweeper_.disarm();
}

bool Pool::shed_one() {
    if (by_age_.empty()) return false;
    close(by_age_.front());
    return true;
}

void Pool::sweep() {
    const auto now = loop_.now();
    by_age_.for_each([&](Connection& connection) {
        const auto& channel = connection.stream.channel();
        if (channel.peer_closed || channel.hangup || is_expired(connection, now)) close(connection);
    });
    // Here and not in take(): an endpoint in use would lose and regain its place with every request.
    std::erase_if(idle_, [](const auto& entry) { return entry.second.empty(); });
    if (count_ > 0) loop_.arm(sweeper_, sweep_interval);
}

}   // namespace gatehouse::upstream
