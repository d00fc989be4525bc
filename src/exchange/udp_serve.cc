#include "exchange/udp_serve.h"

#include "base/intrusive_list.h"
#include "base/text.h"
#include "log/error_log.h"
#include "upstream/balancer.h"

#include <fmt/format.h>

#include <cerrno>
#include <string>
#include <unordered_map>
#include <vector>

namespace gatehouse::exchange {
namespace {

using loop::Task;

constexpr std::size_t most_sessions = 16384;   // of a listener; then the longest idle one goes
constexpr unsigned datagrams_per_turn = 64;
constexpr std::size_t datagram_bytes = 64 * 1024;   // the largest there is

struct UdpSession : ListNode {   // in the order of their latest datagram
    UdpSession(loop::Loop& loop, int fd, const SocketAddress& from, upstream::EndpointLease to,
               loop::Duration patience)
        : channel(loop, fd), client(from), lease(std::move(to)), idle_limit(patience), active(loop.now()) {}

    loop::Channel channel;   // to the endpoint, which is all that it hears
    const SocketAddress client;
    upstream::EndpointLease lease;
    const loop::Duration idle_limit;
    loop::TimePoint active;
    bool was_answered = false;
};

std::string_view key_of(const SocketAddress& address) {
    return {reinterpret_cast<const char*>(&address.storage), address.length};
}

// Those of one listener.
class UdpSessions {
public:
    UdpSessions(WorkerState& worker, Port& port)
        : worker_(worker), port_(port), buffer_(datagram_bytes), scope_(worker.loop) {}

    // Takes one datagram from the listener. False: there was none.
    bool take();
    Task<void> close() {
        recent_.for_each([](UdpSession& session) { session.channel.close(); });
        co_await scope_.join();
    }

private:
    [[nodiscard]] UdpSession* session_of(const SocketAddress& client);
    [[nodiscard]] UdpSession* begin(const SocketAddress& client, const model::UdpSite& site);
    [[nodiscard]] int open(const SocketAddress& endpoint);
    static Task<void> run(UdpSessions& all, std::unique_ptr<UdpSession> session);
    [[nodiscard]] bool give_back(UdpSession& session);
    void end(UdpSession& session);
    void note_failure(UdpSession& session, std::string_view action, int os_error);
    [[nodiscard]] const model::UdpSite& site() const { return *port_.listener->listener.udp_site; }
    [[nodiscard]] std::span<char> buffer() { return buffer_; }

    WorkerState& worker_;
    Port& port_;
    std::vector<char> buffer_;   // of a datagram on its way, within one turn
    std::unordered_map<std::string, UdpSession*, TextHash, std::equal_to<>> by_client_;
    IntrusiveList<UdpSession> recent_;
    loop::Scope scope_;   // of what endpoints send
};

bool UdpSessions::take() {
    SocketAddress client;
    auto& backend = worker_.loop.backend();
    const auto bytes = backend.receive_from(port_.channel.fd(), buffer(), client.storage, client.length);
    if (bytes == -EAGAIN) {
        port_.channel.readable = false;
        return false;
    }
    if (bytes < 0 || port_.listener->listener.udp_site == nullptr)
        return true;   // an ICMP error, or nobody's
    auto* session = session_of(client);
    if (session == nullptr) return true;
    session->active = worker_.loop.now();
    session->unlink();
    recent_.push_back(*session);
    const iovec piece{buffer_.data(), static_cast<std::size_t>(bytes)};
    const auto sent = backend.write(session->channel.fd(), std::span(&piece, 1), false);
    if (sent == -ECONNREFUSED) note_failure(*session, "sending to upstream", ECONNREFUSED);
    return true;
}

UdpSession* UdpSessions::session_of(const SocketAddress& client) {
    const auto known = by_client_.find(key_of(client));
    return known != by_client_.end() ? known->second : begin(client, site());
}

int UdpSessions::open(const SocketAddress& endpoint) {
    auto& backend = worker_.loop.backend();
    int fd = backend.socket(endpoint.family(), SOCK_DGRAM);
    if (fd == -EMFILE && worker_.shed_idle()) fd = backend.socket(endpoint.family(), SOCK_DGRAM);
    if (fd < 0) return fd;
    const int connected = backend.connect(fd, endpoint.get(), endpoint.length);
    if (connected >= 0) return fd;
    backend.close(fd);
    return connected;
}

UdpSession* UdpSessions::begin(const SocketAddress& client, const model::UdpSite& site) {
    const auto complain = [&](std::string_view text) {
        log::write_error(
            log::LogLevel::error, site.error_logs, 0,
            fmt::format("{}, client: {}, server: {}", text, client.ip_text(), port_.listener->listener.text));
        return nullptr;
    };
    if (site.service == nullptr) return nullptr;
    auto lease = upstream::choose_endpoint({.service = *site.service,
                                            .endpoints = *worker_.endpoints_of(*site.service),
                                            .tried = {},
                                            .key = {},
                                            .now = worker_.loop.now(),
                                            .random = worker_.random});
    if (!lease) return complain(fmt::format("no live upstreams of {}", site.service->name));
    const int fd = open((*lease)->addresses.front());
    if (fd < 0) return complain(fmt::format("no socket to {} ({})", (*lease)->text, -fd));
    if (by_client_.size() >= most_sessions) end(recent_.front());
    auto session = std::make_unique<UdpSession>(worker_.loop, fd, client, *std::move(lease),
                                                loop::Duration(site.idle_timeout));
    if (!session->channel.watch()) return nullptr;
    session->channel.readable = false;   // nothing was asked of the endpoint yet
    auto* begun = session.get();
    by_client_.emplace(key_of(client), begun);
    recent_.push_back(*begun);
    scope_.spawn(run(*this, std::move(session)));
    return begun;
}

// Its strand sees it closed and lets go of it.
void UdpSessions::end(UdpSession& session) {
    const auto known = by_client_.find(key_of(session.client));
    if (known != by_client_.end() && known->second == &session) by_client_.erase(known);
    session.unlink();
    session.channel.close();
}

// Nobody listens there (an ICMP message said so): the client's next datagram goes elsewhere.
void UdpSessions::note_failure(UdpSession& session, std::string_view action, int os_error) {
    log::write_error(
        log::LogLevel::error, site().error_logs, 0,
        fmt::format("{} failed ({}), client: {}, server: {}, upstream: {}", action, os_error,
                    session.client.ip_text(), port_.listener->listener.text, session.lease->text));
    upstream::note_failure(*session.lease, worker_.loop.now());
    end(session);
}

// What the endpoint has sent, as far as that is one turn's work; false: the session is over.
bool UdpSessions::give_back(UdpSession& session) {
    auto& backend = worker_.loop.backend();
    for (unsigned i = 0; i < datagrams_per_turn && session.channel.is_open(); ++i) {
        const auto bytes = backend.read(session.channel.fd(), buffer());
        if (bytes == -EAGAIN) {
            session.channel.readable = false;
            return true;
        }
        if (bytes < 0) {
            note_failure(session, "reading from upstream", static_cast<int>(-bytes));
            return false;
        }
        session.active = worker_.loop.now();
        if (!std::exchange(session.was_answered, true))
            upstream::note_success(*session.lease, session.active);
        backend.send_to(port_.channel.fd(), {buffer_.data(), static_cast<std::size_t>(bytes)},
                        session.client.get(), session.client.length);
    }
    return session.channel.is_open();
}

Task<void> UdpSessions::run(UdpSessions& all, std::unique_ptr<UdpSession> session) {
    auto& loop = all.worker_.loop;
    while (session->channel.is_open()) {
        const auto silent_for = loop.now() - session->active;
        if (silent_for >= session->idle_limit) break;
        loop::Readable readable(session->channel, session->idle_limit - silent_for);
        const auto ready = co_await readable;
        if (!ready && ready.error().code == ErrorCode::timed_out) continue;
        if (!ready || !all.give_back(*session)) break;
        if (!session->channel.readable) continue;
        const auto on = co_await loop::yield();
        if (!on) break;
    }
    all.end(*session);
}

}   // namespace

Task<void> serve_udp(WorkerState& worker, Port& port) {
    loop::Share share(datagrams_per_turn);
    ++port.users;
    {
        UdpSessions sessions(worker, port);
        while (port.channel.is_open()) {
            loop::Readable readable(port.channel, loop::forever);
            const auto ready = co_await readable;
            if (!ready) break;
            if (!sessions.take()) continue;
            const auto on = co_await share.spend(1);
            if (!on) break;
        }
        co_await sessions.close();
    }
    port.drop_user();
}

}   // namespace gatehouse::exchange
