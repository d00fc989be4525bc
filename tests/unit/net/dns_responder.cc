#include "tests/unit/net/dns_responder.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace gatehouse::net {
namespace {

constexpr int type_a = 1, type_aaaa = 28, type_cname = 5;

void require(bool holds, const char* what) {
    if (holds) return;
    std::perror(what);
    std::abort();
}

void put16(std::string& out, unsigned value) {
    out += static_cast<char>(value >> 8);
    out += static_cast<char>(value);
}

void put32(std::string& out, std::uint32_t value) {
    put16(out, value >> 16);
    put16(out, value & 0xffff);
}

void put_name(std::string& out, std::string name) {
    name += '.';
    for (std::size_t begin = 0, end; (end = name.find('.', begin)) != std::string::npos; begin = end + 1) {
        out += static_cast<char>(end - begin);
        out += name.substr(begin, end - begin);
    }
    out += '\0';
}

void put_record(std::string& out, const std::string& owner, int type, std::uint32_t ttl,
                const std::string& data) {
    put_name(out, owner);
    put16(out, static_cast<unsigned>(type));
    put16(out, 1);
    put32(out, ttl);
    put16(out, static_cast<unsigned>(data.size()));
    out += data;
}

std::string address_bytes(const std::string& text) {
    std::array<char, 16> bytes{};
    const bool is_ipv6 = text.find(':') != std::string::npos;
    require(inet_pton(is_ipv6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) == 1, "inet_pton");
    return {bytes.data(), is_ipv6 ? 16U : 4U};
}

unsigned byte_at(const std::string& text, std::size_t at) { return static_cast<unsigned char>(text.at(at)); }

}   // namespace

DnsResponder::DnsResponder(const std::string& address) : address_(address), stop_(eventfd(0, EFD_CLOEXEC)) {
    sockaddr_in local{};
    local.sin_family = AF_INET;
    require(inet_pton(AF_INET, address.c_str(), &local.sin_addr) == 1, "inet_pton");
    const auto* where = reinterpret_cast<const sockaddr*>(&local);
    socklen_t length = sizeof local;
    for (int attempt = 0; attempt < 100; ++attempt) {   // until a port is free for both protocols
        local.sin_port = 0;
        datagrams_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        require(::bind(datagrams_, where, sizeof local) == 0, "bind");
        require(::getsockname(datagrams_, reinterpret_cast<sockaddr*>(&local), &length) == 0, "getsockname");
        if (::bind(listener_, where, sizeof local) == 0) break;
        ::close(datagrams_);
        ::close(listener_);
    }
    require(::listen(listener_, 16) == 0, "listen");
    port_ = ntohs(local.sin_port);
    thread_ = std::thread([this] { serve(); });
}

DnsResponder::~DnsResponder() {
    eventfd_write(stop_, 1);
    thread_.join();
    if (stream_ >= 0) ::close(stream_);
    ::close(datagrams_);
    ::close(listener_);
    ::close(stop_);
}

void DnsResponder::set(const std::string& name, Row row) {
    const std::lock_guard lock(mutex_);
    rows_[name] = std::move(row);
}

std::vector<std::string> DnsResponder::asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
}

// One stream at a time is enough; datagrams are answered meanwhile.
void DnsResponder::serve() {
    while (true) {
        const int streams = stream_ < 0 ? listener_ : stream_;
        std::array<pollfd, 3> ready{{{stop_, POLLIN, 0}, {datagrams_, POLLIN, 0}, {streams, POLLIN, 0}}};
        ::poll(ready.data(), ready.size(), -1);
        if (ready[0].revents != 0) return;
        if (ready[1].revents != 0) serve_datagram();
        if (ready[2].revents == 0) continue;
        if (stream_ < 0) {
            stream_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        } else {
            serve_stream();
        }
    }
}

void DnsResponder::serve_datagram() {
    std::array<char, 1024> buffer;
    sockaddr_storage client{};
    socklen_t length = sizeof client;
    auto* from = reinterpret_cast<sockaddr*>(&client);
    const ssize_t got = ::recvfrom(datagrams_, buffer.data(), buffer.size(), 0, from, &length);
    if (got < 12) return;
    const auto reply = answer(std::string(buffer.data(), static_cast<std::size_t>(got)), false);
    if (!reply.empty()) ::sendto(datagrams_, reply.data(), reply.size(), 0, from, length);
}

// Each message is preceded by its length (RFC 1035 section 4.2.2). Answers in two pieces, as a network might.
void DnsResponder::serve_stream() {
    std::array<char, 1024> buffer;
    const ssize_t got = ::recv(stream_, buffer.data(), buffer.size(), 0);
    if (got <= 0) {
        ::close(std::exchange(stream_, -1));
        received_.clear();
        return;
    }
    received_.append(buffer.data(), static_cast<std::size_t>(got));
    while (received_.size() >= 2) {
        const std::size_t bytes = byte_at(received_, 0) * 256 + byte_at(received_, 1);
        if (received_.size() < 2 + bytes) return;
        const auto reply = answer(received_.substr(2, bytes), true);
        received_.erase(0, 2 + bytes);
        std::string message;
        put16(message, static_cast<unsigned>(reply.size()));
        message += reply;
        ++answers_over_tcp_;
        ::send(stream_, message.data(), 5, MSG_NOSIGNAL);
        ::send(stream_, message.data() + 5, message.size() - 5, MSG_NOSIGNAL);
    }
}

std::string DnsResponder::answer(const std::string& question, bool over_tcp) {
    std::string name;
    std::size_t at = 12;
    for (; byte_at(question, at) != 0; at += 1 + byte_at(question, at)) {
        name += (name.empty() ? "" : ".") + question.substr(at + 1, byte_at(question, at));
    }
    const int type = static_cast<int>(byte_at(question, at + 1) * 256 + byte_at(question, at + 2));
    const std::lock_guard lock(mutex_);
    asked_.push_back(name + (type == type_a ? " A" : " AAAA"));
    const auto found = rows_.find(name);
    const Row row = found == rows_.end() ? Row{.response_code = 3} : found->second;
    if (row.silent || (row.silent_on_aaaa && type == type_aaaa)) return {};
    const bool truncated = row.truncated && !over_tcp;
    const auto& addresses = type == type_a ? row.ipv4 : row.ipv6;
    std::string records;
    unsigned count = 0;
    if (!row.alias.empty()) {
        std::string target;
        put_name(target, row.alias);
        put_record(records, name, type_cname, row.ttl, target);
        ++count;
    }
    for (const auto& address : addresses) {
        if (truncated) break;
        put_record(records, row.alias.empty() ? name : row.alias, type, row.ttl, address_bytes(address));
        ++count;
    }
    std::string reply = question.substr(0, 2);
    put16(reply, 0x8580U | (truncated ? 0x0200U : 0U) | static_cast<unsigned>(row.response_code));
    put16(reply, 1);
    put16(reply, count);
    put32(reply, 0);
    return reply + question.substr(12, at + 5 - 12) + records;
}

}   // namespace gatehouse::net
