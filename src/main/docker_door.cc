#include "main/docker_door.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace gatehouse::process {
namespace {

constexpr std::size_t piece_bytes = 64 * 1024;
constexpr std::size_t head_bytes = 64 * 1024;   // an answer's head, beside the body that is limited

// Chunks make an answer longer than its body, though never by much.
std::size_t bytes_of_answer(docker::EngineRequest::Kind kind) {
    const std::size_t body = docker::answer_limit(kind);
    return body == docker::no_limit ? docker::no_limit : body + body / 4 + head_bytes;
}

std::string host_field(const docker::EngineEndpoint& endpoint) {
    if (!endpoint.unix_path.empty()) return "docker";   // engines want the field and ignore it
    const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
    return (is_ipv6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

// The next one to try last. Empty: none is an address.
std::vector<SocketAddress> addresses_of(const docker::EngineEndpoint& endpoint,
                                        const std::vector<std::string>& literals) {
    if (!endpoint.unix_path.empty()) return {SocketAddress::from_unix_path(endpoint.unix_path)};
    std::vector<SocketAddress> addresses;
    for (const std::string& literal : literals) {
        SocketAddress address;
        if (addresses.size() < DockerDoor::most_addresses &&
            SocketAddress::parse(literal, endpoint.port, address))
            addresses.push_back(address);
    }
    std::ranges::reverse(addresses);
    return addresses;
}

}   // namespace

void DockerDoor::allow(const std::vector<std::string>& endpoints) {
    allowed_.clear();
    for (const std::string& text : endpoints) {
        if (auto endpoint = docker::parse_engine_endpoint(text)) allowed_.emplace(text, *std::move(endpoint));
    }
}

void DockerDoor::ask(const AskEngine& message) {
    using How = EngineEnd::How;
    const auto endpoint = allowed_.find(message.endpoint);
    if (endpoint == allowed_.end() || !docker::is_valid(message.request))
        return send_(EngineEnd{message.question, How::not_allowed});
    if (conversations_.size() >= most_conversations) return send_(EngineEnd{message.question, How::too_many});
    conversations_.emplace_back();
    const auto place = std::prev(conversations_.end());
    place->question = message.question;
    place->addresses = addresses_of(endpoint->second, message.addresses);
    place->unsent = docker::request_text(message.request, host_field(endpoint->second));
    place->may_receive = bytes_of_answer(message.request.kind);
    connect(place);
}

void DockerDoor::leave(std::uint64_t question) {
    std::erase_if(conversations_, [&](const Conversation& each) { return each.question == question; });
}

void DockerDoor::close() { conversations_.clear(); }

// To the first address that does not refuse at once.
void DockerDoor::connect(Place conversation) {
    int os_error = EADDRNOTAVAIL;
    while (!conversation->addresses.empty()) {
        const SocketAddress address = conversation->addresses.back();
        conversation->addresses.pop_back();
        conversation->fd.reset(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (!conversation->fd) return end(conversation, EngineEnd::How::no_connection, errno);
        const int answer = ::connect(conversation->fd.get(), address.get(), address.length);
        conversation->is_connecting = answer != 0;
        if (answer == 0) return proceed(conversation);
        os_error = errno;   // EAGAIN: a unix socket with a full queue, of an engine that accepts none
        if (os_error == EINPROGRESS) return;
    }
    end(conversation, EngineEnd::How::no_connection, os_error);
}

void DockerDoor::add_waits(std::vector<pollfd>& waits, std::size_t unsent_bytes) const {
    for (const Conversation& conversation : conversations_) {
        const bool writes = conversation.is_connecting || !conversation.unsent.empty();
        const bool reads = unsent_bytes < most_unsent_bytes;
        const int events = (writes ? POLLOUT : 0) | (reads ? POLLIN : 0);
        // a hang-up would be reported whatever is asked for: a descriptor that is not to be read stays out
        if (events != 0) waits.push_back({conversation.fd.get(), static_cast<short>(events), 0});
    }
}

void DockerDoor::proceed(std::span<const pollfd> waits) {
    for (auto next = conversations_.begin(); next != conversations_.end();) {
        const auto conversation = next++;   // which may end
        const auto wait = std::ranges::find(waits, conversation->fd.get(), &pollfd::fd);
        if (wait != waits.end() && wait->revents != 0) proceed(conversation);
    }
}

void DockerDoor::proceed(Place conversation) {
    if (conversation->is_connecting && !finish_connecting(conversation)) return;
    if (!conversation->unsent.empty() && !write(conversation)) return;
    read(conversation);
}

bool DockerDoor::finish_connecting(Place conversation) {
    int os_error = 0;
    socklen_t length = sizeof os_error;
    ::getsockopt(conversation->fd.get(), SOL_SOCKET, SO_ERROR, &os_error, &length);
    if (os_error == 0) {
        sockaddr_storage peer{};
        length = sizeof peer;
        if (::getpeername(conversation->fd.get(), reinterpret_cast<sockaddr*>(&peer), &length) != 0)
            return false;   // not yet
        conversation->is_connecting = false;
        return true;
    }
    if (conversation->addresses.empty()) {
        end(conversation, EngineEnd::How::no_connection, os_error);
    } else {
        connect(conversation);
    }
    return false;
}

bool DockerDoor::write(Place conversation) {
    std::string& unsent = conversation->unsent;
    const ssize_t sent = ::send(conversation->fd.get(), unsent.data(), unsent.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
        unsent.erase(0, static_cast<std::size_t>(sent));
        return unsent.empty();
    }
    if (errno != EAGAIN && errno != EINTR) end(conversation, EngineEnd::How::broken_connection, errno);
    return false;
}

// One piece at a time: the others get their turn, and the gateway's end of the socket pair is looked at.
void DockerDoor::read(Place conversation) {
    using How = EngineEnd::How;
    std::array<char, piece_bytes> buffer;
    const ssize_t count = ::recv(conversation->fd.get(), buffer.data(), buffer.size(), 0);
    if (count < 0) {
        if (errno != EAGAIN && errno != EINTR) end(conversation, How::broken_connection, errno);
        return;
    }
    if (count == 0) return end(conversation, How::closed);
    const auto bytes = static_cast<std::size_t>(count);
    if (bytes > conversation->may_receive) return end(conversation, How::too_large);
    if (conversation->may_receive != docker::no_limit) conversation->may_receive -= bytes;
    send_(EngineBytes{conversation->question, std::string(buffer.data(), bytes)});
}

void DockerDoor::end(Place conversation, EngineEnd::How how, int os_error) {
    const std::uint64_t question = conversation->question;
    conversations_.erase(conversation);
    send_(EngineEnd{question, how, os_error});
}

}   // namespace gatehouse::process
