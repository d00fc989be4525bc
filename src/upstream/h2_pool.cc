#include "upstream/h2_pool.h"

#include "upstream/h2_connection.h"

#include <algorithm>

namespace gatehouse::upstream {
namespace {

constexpr loop::Duration sweep_interval = std::chrono::seconds(1);

}   // namespace

H2Pool::H2Pool(loop::Loop& loop, tls::ClientSessions& sessions)
    : loop_(loop), sessions_(sessions), strands_(loop), sweeper_(*this) {}

H2Pool::~H2Pool() = default;

// One with room; else one that is being made.
H2Connection* H2Pool::find(const H2Wish& wish) const {
    const auto found = connections_.find(wish.endpoint.get());
    if (found == connections_.end()) return nullptr;
    H2Connection* beginning = nullptr;
    for (auto* connection : found->second) {
        if (!connection->is_as(wish) || (wish.is_fresh && connection->has_served())) continue;
        if (connection->has_room()) return connection;
        if (connection->is_beginning()) beginning = connection;
    }
    return beginning;
}

void H2Pool::enter(H2Stream& stream, H2Wish wish) {
    if (auto* connection = wish.is_shared ? find(wish) : nullptr) return connection->take(stream);
    const bool is_shared = wish.is_shared;
    const auto* endpoint = wish.endpoint.get();
    auto made = std::make_unique<H2Connection>(loop_, *this, std::move(wish));
    made->take(stream);
    if (is_shared) {
        connections_[endpoint].push_back(made.get());
        ++size_;
    }
    all_.push_back(*made);
    if (!sweeper_.armed()) loop_.arm(sweeper_, sweep_interval);
    strands_.spawn(H2Connection::serve(std::move(made)));
}

void H2Pool::remove(H2Connection& connection) {
    const auto found = connections_.find(&connection.endpoint());
    if (found == connections_.end()) return;
    const auto erased = std::erase(found->second, &connection);
    size_ -= erased;
    if (found->second.empty()) connections_.erase(found);
}

std::size_t H2Pool::idle_count(const model::Endpoint& endpoint) const {
    const auto found = connections_.find(&endpoint);
    if (found == connections_.end()) return 0;
    return static_cast<std::size_t>(
        std::ranges::count_if(found->second, [](const auto* connection) { return connection->is_idle(); }));
}

bool H2Pool::shed_one() {
    H2Connection* longest = nullptr;
    all_.for_each([&longest](H2Connection& connection) {
        const bool is_older = longest == nullptr || connection.idle_since() < longest->idle_since();
        if (connection.has_idled() && is_older) longest = &connection;
    });
    if (longest == nullptr) return false;
    longest->leave();
    return true;
}

loop::Task<void> H2Pool::close() {
    sweeper_.disarm();
    all_.for_each([](H2Connection& connection) { connection.leave(); });
    return strands_.close();
}

void H2Pool::sweep() {
    const auto now = loop_.now();
    all_.for_each([now](H2Connection& connection) {
        if (connection.is_expired(now)) connection.retire();
        if (connection.is_overdue(now)) connection.leave();
    });
    if (!all_.empty()) loop_.arm(sweeper_, sweep_interval);
}

}   // namespace gatehouse::upstream
