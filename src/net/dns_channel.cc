#include "net/dns_channel.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "loop/channel.h"

namespace gatehouse::net {
namespace {

// Writable is to writing what loop::Readable is to reading.
class Writable final : public loop::Operation {
public:
    explicit Writable(loop::Channel& channel) : Operation(channel, loop::Direction::write, loop::forever) {}
    [[nodiscard]] Result<> await_resume() const {
        if (failure()) return fail(*failure(), "wait for room");
        return {};
    }

private:
    bool attempt() override { return channel().writable; }
};

// Only without memory, or with options that contradict each other, does c-ares refuse.
void require(int status, const char* what) {
    if (status == ARES_SUCCESS) return;
    std::fprintf(stderr, "%s: %s\n", what, ares_strerror(status));
    std::abort();
}

int as_c(int result) {   // the loop's -errno in the manner of a system call
    if (result >= 0) return result;
    errno = -result;
    return -1;
}

template <class Reply>
using ParseReply = int (*)(const unsigned char*, int, hostent**, Reply*, int*);

template <class Reply, class ToAddress>
void take_records(DnsChannel::Query& query, const unsigned char* answer, int bytes, ParseReply<Reply> parse,
                  ToAddress to_address) {
    std::array<Reply, DnsChannel::most_addresses> records;
    int count = DnsChannel::most_addresses;
    query.status = parse(answer, bytes, nullptr, records.data(), &count);
    if (query.status != ARES_SUCCESS) return;
    int least_ttl = count > 0 ? records[0].ttl : 0;
    for (int i = 0; i < count; ++i) {
        const Reply& record = records[static_cast<std::size_t>(i)];
        least_ttl = std::min(least_ttl, record.ttl);
        query.addresses.push_back(to_address(record));
    }
    query.ttl = std::chrono::seconds(std::max(least_ttl, 0));   // RFC 2181 section 8: a negative TTL is zero
}

SocketAddress from_ipv4(const ares_addrttl& record) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr = record.ipaddr;
    return SocketAddress::from(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

SocketAddress from_ipv6(const ares_addr6ttl& record) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    std::memcpy(&address.sin6_addr, &record.ip6addr, sizeof address.sin6_addr);
    return SocketAddress::from(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

}   // namespace

struct DnsChannel::Socket {
    Socket(DnsChannel& of, int fd) : owner(&of), channel(of.loop_, fd) {
        channel.readable = channel.writable = false;   // fresh: nothing to read, and not connected yet
    }
    DnsChannel* owner;   // alive while `channel` is open
    loop::Channel channel;
    loop::Event write_wanted;
};

DnsChannel::DnsChannel(loop::Loop& loop, loop::Scope& scope, const DnsServers& servers)
    : loop_(loop), scope_(scope), timeout_(*this) {
    static const int library = ares_library_init(ARES_LIB_INIT_ALL);
    require(library, "c-ares");
    char no_file[] = "/dev/null";
    char dns_only[] = "b";
    ares_options options{};
    options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
    options.timeout = static_cast<int>(servers.first_timeout.count());
    options.tries = static_cast<int>(servers.attempts);
    options.lookups = dns_only;
    options.resolvconf_path = no_file;
    options.sock_state_cb = &on_interest;
    options.sock_state_cb_data = this;
    const int set = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
                    ARES_OPT_RESOLVCONF | ARES_OPT_SOCK_STATE_CB |
                    (servers.rotate ? ARES_OPT_ROTATE : ARES_OPT_NOROTATE);
    require(ares_init_options(&channel_, &options, set), "c-ares");
    set_servers(servers.addresses);
    set_socket_functions();
}

DnsChannel::~DnsChannel() { ares_destroy(channel_); }

void DnsChannel::set_servers(const std::vector<SocketAddress>& addresses) {
    std::vector<ares_addr_port_node> nodes(addresses.size());
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        ares_addr_port_node& node = nodes[i];
        node.next = i + 1 < nodes.size() ? &nodes[i + 1] : nullptr;
        node.family = addresses[i].family();
        node.udp_port = node.tcp_port = addresses[i].port();
        if (node.family == AF_INET6) {
            const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(addresses[i].storage);
            std::memcpy(&node.addr.addr6, &ipv6.sin6_addr, sizeof node.addr.addr6);
        } else {
            node.addr.addr4 = reinterpret_cast<const sockaddr_in&>(addresses[i].storage).sin_addr;
        }
    }
    require(ares_set_servers_ports(channel_, nodes.data()), "c-ares");
}

void DnsChannel::set_socket_functions() {
    static const ares_socket_functions functions{.asocket = &open_socket,
                                                 .aclose = &close_socket,
                                                 .aconnect = &connect_socket,
                                                 .arecvfrom = &receive,
                                                 .asendv = &send};
    ares_set_socket_functions(channel_, &functions, this);
}

std::shared_ptr<DnsChannel::Query> DnsChannel::ask(const std::string& name, RecordType type) {
    constexpr int class_internet = 1;   // RFC 1035 section 3.2.4
    auto query = std::make_shared<Query>();
    query->type = type;
    // given back in on_answer, which c-ares calls exactly once for each query
    auto* held = new std::shared_ptr<Query>(query);
    ares_query(channel_, name.c_str(), class_internet, static_cast<int>(type), &on_answer, held);
    arm_timeout();
    return query;
}

void DnsChannel::on_answer(void* held, int status, int /*timeouts*/, unsigned char* answer, int bytes) {
    const std::unique_ptr<std::shared_ptr<Query>> query(static_cast<std::shared_ptr<Query>*>(held));
    Query& asked = **query;
    asked.status = status;
    if (status == ARES_SUCCESS) {
        switch (asked.type) {
            case RecordType::a: take_records(asked, answer, bytes, &ares_parse_a_reply, from_ipv4); break;
            case RecordType::aaaa:
                take_records(asked, answer, bytes, &ares_parse_aaaa_reply, from_ipv6);
                break;
        }
    }
    asked.done.set();
}

void DnsChannel::process(ares_socket_t readable, ares_socket_t writable) {
    ares_process_fd(channel_, readable, writable);
    arm_timeout();
}

void DnsChannel::arm_timeout() {
    timeval left{};
    if (ares_timeout(channel_, nullptr, &left) == nullptr) {
        timeout_.disarm();
    } else {
        loop_.arm(timeout_, std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec));
    }
}

// Readiness is edge-triggered, and c-ares reads a stream once per call: go on until receive() found nothing.
loop::Task<void> DnsChannel::read_when_ready(std::shared_ptr<Socket> socket) {
    loop::Channel& channel = socket->channel;
    while (channel.is_open()) {
        loop::Readable ready(channel, loop::forever);
        const Result<> waited = co_await ready;
        if (!waited) co_return;
        channel.readable = false;   // receive() says otherwise if there may be more
        socket->owner->process(channel.fd(), ARES_SOCKET_BAD);
    }
}

loop::Task<void> DnsChannel::write_when_ready(std::shared_ptr<Socket> socket) {
    loop::Channel& channel = socket->channel;
    while (channel.is_open()) {
        loop::Event::Wait wanted(socket->write_wanted, loop::forever);
        const Result<> asked = co_await wanted;
        if (!asked || !channel.is_open()) co_return;
        Writable room(channel);
        const Result<> waited = co_await room;
        if (!waited) co_return;
        channel.writable = false;   // send() says otherwise
        socket->owner->process(ARES_SOCKET_BAD, channel.fd());
    }
}

ares_socket_t DnsChannel::open_socket(int family, int type, int /*protocol*/, void* self) {
    auto& dns = *static_cast<DnsChannel*>(self);
    const int fd = dns.loop_.backend().socket(family, type);
    if (fd < 0) return as_c(fd);
    auto socket = std::make_shared<Socket>(dns, fd);
    if (!socket->channel.watch()) return as_c(-ENOMEM);
    dns.sockets_[fd] = socket;
    dns.scope_.spawn(read_when_ready(socket));
    if (type == SOCK_STREAM) dns.scope_.spawn(write_when_ready(socket));
    return fd;
}

int DnsChannel::close_socket(ares_socket_t fd, void* self) {
    auto& dns = *static_cast<DnsChannel*>(self);
    const auto found = dns.sockets_.find(fd);
    found->second->channel.close();
    found->second->write_wanted.set();
    dns.sockets_.erase(found);
    return 0;
}

int DnsChannel::connect_socket(ares_socket_t fd, const sockaddr* address, ares_socklen_t length, void* self) {
    return as_c(static_cast<DnsChannel*>(self)->loop_.backend().connect(fd, address, length));
}

ares_ssize_t DnsChannel::receive(ares_socket_t fd, void* into, std::size_t bytes, int flags, sockaddr* from,
                                 ares_socklen_t* length, void* self) {
    // not through the backend: c-ares wants to know who sent the datagram
    const ssize_t got = ::recvfrom(fd, into, bytes, flags, from, length);
    static_cast<DnsChannel*>(self)->sockets_.at(fd)->channel.readable = got >= 0;
    return got;
}

ares_ssize_t DnsChannel::send(ares_socket_t fd, const iovec* pieces, int count, void* self) {
    auto& dns = *static_cast<DnsChannel*>(self);
    const std::span<const iovec> message(pieces, static_cast<std::size_t>(count));
    ssize_t sent = dns.loop_.backend().write(fd, message, false);
    // The refusal of an earlier datagram, which c-ares would take for this one's, and wait for the earlier.
    // This one's own refusal will be read, and then c-ares asks the next server for all that it asked of this
    // one.
    if (sent == -ECONNREFUSED) sent = dns.loop_.backend().write(fd, message, false);
    dns.sockets_.at(fd)->channel.writable = sent >= 0;
    return as_c(static_cast<int>(sent));
}

void DnsChannel::on_interest(void* self, ares_socket_t fd, int /*readable*/, int writable) {
    auto& dns = *static_cast<DnsChannel*>(self);
    const auto found = dns.sockets_.find(fd);
    if (found == dns.sockets_.end()) return;   // being closed
    if (writable != 0) {
        found->second->write_wanted.set();
    } else {
        found->second->write_wanted.clear();
    }
}

}   // namespace gatehouse::net
