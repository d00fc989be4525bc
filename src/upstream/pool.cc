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

}   // namespace

ConnectionPtr Pool::take(const model::Endpoint& endpoint) {
    const auto found = idle_.find(&endpoint);
    if (found == idle_.end()) return nullptr;
    Idle& idle = found->second;
    while (!idle.empty()) {
        ConnectionPtr connection = std::move(idle.back());
        idle.pop_back();
        --count_;
        if (is_usable(*connection)) return connection;
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
    Idle& idle = idle_[connection->endpoint.get()];
    if (idle.size() >= limits.idle_connections) {
        idle.erase(idle.begin());
        --count_;
    }
    idle.push_back(std::move(connection));
    ++count_;
    if (!sweeper_.armed()) loop_.arm(sweeper_, sweep_interval);
}

void Pool::clear() {
    idle_.clear();
    count_ = 0;
    sweeper_.disarm();
}

bool Pool::shed_one() {
    Idle* oldest = nullptr;
    for (auto& [endpoint, idle] : idle_) {
        if (idle.empty()) continue;
        if (oldest == nullptr || idle.front()->idle_since < oldest->front()->idle_since) oldest = &idle;
    }
    if (oldest == nullptr) return false;
    oldest->erase(oldest->begin());
    --count_;
    return true;
}

void Pool::sweep() {
    const auto now = loop_.now();
    for (auto entry = idle_.begin(); entry != idle_.end();) {
        auto& idle = entry->second;
        count_ -= std::erase_if(idle, [&](const ConnectionPtr& connection) {
            const auto& channel = connection->stream.channel();
            return channel.peer_closed || channel.hangup ||
                   now - connection->idle_since >= connection->idle_limit;
        });
        entry = idle.empty() ? idle_.erase(entry) : std::next(entry);
    }
    if (count_ > 0) loop_.arm(sweeper_, sweep_interval);
}

}   // namespace gatehouse::upstream
