#include "main/listening_sockets.h"

#include "main/address_owner.h"

#include <fmt/format.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gatehouse::process {
namespace {

// A predecessor that is just exiting gets this long to let go of an address.
constexpr int bind_attempts = 5;
constexpr int between_attempts_ms = 200;

bool is_wildcard(const SocketAddress& address) {
    if (address.family() == AF_INET) {
        return reinterpret_cast<const sockaddr_in*>(address.get())->sin_addr.s_addr == htonl(INADDR_ANY);
    }
    if (address.family() != AF_INET6) return false;
    return IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6*>(address.get())->sin6_addr);
}

const char* unix_path(const SocketAddress& address) {
    return reinterpret_cast<const sockaddr_un*>(address.get())->sun_path;
}

// `listen 80` beside `listen 127.0.0.1:80`: the kernel gives a connection to the more specific socket, and
// lets both listen only if both say SO_REUSEPORT.
bool overlaps_another(const model::Listener& listener, const std::vector<model::Listener>& all) {
    return std::ranges::any_of(all, [&](const model::Listener& other) {
        return other.datagrams == listener.datagrams && !(other.address == listener.address) &&
               other.address.family() != AF_UNIX && listener.address.family() != AF_UNIX &&
               other.address.port() == listener.address.port() &&
               (is_wildcard(other.address) || is_wildcard(listener.address));
    });
}

void set_option(int fd, int level, int name, int value) {
    ::setsockopt(fd, level, name, &value, sizeof value);
}

void set_options(int fd, const model::Listener& listener, bool shares_port) {
    const model::ListenerOptions& options = listener.options;
    if (options.receive_buffer > 0) set_option(fd, SOL_SOCKET, SO_RCVBUF, options.receive_buffer);
    if (options.send_buffer > 0) set_option(fd, SOL_SOCKET, SO_SNDBUF, options.send_buffer);
    if (listener.address.family() == AF_UNIX) return;
    // with it a second program could take a port's datagrams away
    if (!listener.datagrams) set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (options.reuse_port || shares_port) set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (options.keep_alive) set_option(fd, SOL_SOCKET, SO_KEEPALIVE, *options.keep_alive ? 1 : 0);
    if (options.deferred) set_option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 1);
    // so that [::]:80 beside 0.0.0.0:80 does not collide, nginx's default is ipv6only=on
    if (listener.address.family() == AF_INET6)
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6_only.value_or(true));
}

// The file of a unix socket whose program is gone refuses to be connected to; it is in the way and may be
// removed.
bool remove_stale_file(const SocketAddress& address) {
    struct stat status {};
    if (::stat(unix_path(address), &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
    const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (::connect(probe.get(), address.get(), address.length) == 0 || errno != ECONNREFUSED) return false;
    return ::unlink(unix_path(address)) == 0;
}

std::string why(const char* call, const std::string& text, int os_error) {
    return fmt::format("{}() to {} failed ({}: {})", call, text, os_error, std::strerror(os_error));
}

// 0, or the errno after all attempts.
int bind_and_listen(int fd, const model::Listener& listener) {
    for (int attempt = 1;; ++attempt) {
        if (::bind(fd, listener.address.get(), listener.address.length) == 0) break;
        if (errno != EADDRINUSE) return errno;
        if (listener.address.family() == AF_UNIX && remove_stale_file(listener.address)) continue;
        if (attempt == bind_attempts) return EADDRINUSE;
        ::poll(nullptr, 0, between_attempts_ms);
    }
    if (listener.datagrams) return 0;
    if (listener.address.family() == AF_UNIX) ::chmod(unix_path(listener.address), 0666);   // as nginx does
    return ::listen(fd, listener.options.backlog) == 0 ? 0 : errno;
}

std::string explain_failure(const model::Listener& listener, int os_error) {
    std::string text = why("bind", listener.text, os_error);
    if (os_error == EADDRINUSE && !listener.datagrams) {
        const std::string owner = describe_owner(listener.address);
        if (!owner.empty()) text += fmt::format(": it is held by {}", owner);
    }
    if (os_error == EACCES && listener.address.family() != AF_UNIX && listener.address.port() < 1024) {
        text += ": ports below 1024 need root or CAP_NET_BIND_SERVICE";
    }
    return text;
}

}   // namespace

ListeningSocket::ListeningSocket(std::uint64_t with_id, UniqueFd fd, const model::Listener& listener)
    : id(with_id),
      address(listener.address),
      text(listener.text),
      datagrams(listener.datagrams),
      backlog(listener.options.backlog),
      fd_(std::move(fd)) {}

ListeningSocket::~ListeningSocket() {
    if (address.family() == AF_UNIX) ::unlink(unix_path(address));
}

std::shared_ptr<ListeningSocket> ListeningSockets::find(const model::Listener& listener) const {
    const auto known = std::ranges::find_if(sockets_, [&](const auto& socket) {
        return socket->address == listener.address && socket->datagrams == listener.datagrams;
    });
    return known == sockets_.end() ? nullptr : *known;
}

tl::expected<std::shared_ptr<ListeningSocket>, std::string> ListeningSockets::open(
    const model::Listener& listener, bool shares_port) {
    const int type = listener.datagrams ? SOCK_DGRAM : SOCK_STREAM;
    UniqueFd fd(::socket(listener.address.family(), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return tl::unexpected(why("socket", listener.text, errno));
    set_options(fd.get(), listener, shares_port);
    if (const int os_error = bind_and_listen(fd.get(), listener); os_error != 0) {
        return tl::unexpected(explain_failure(listener, os_error));
    }
    return std::make_shared<ListeningSocket>(next_id_++, std::move(fd), listener);
}

tl::expected<ListeningSockets::List, std::string> ListeningSockets::prepare(
    const std::vector<model::Listener>& listeners) {
    for (const model::Listener& listener : listeners) {   // before any new one is bound beside them
        const auto known = find(listener);
        if (known && overlaps_another(listener, listeners))
            set_option(known->fd(), SOL_SOCKET, SO_REUSEPORT, 1);
    }
    List list;
    for (const model::Listener& listener : listeners) {
        if (auto known = find(listener)) {
            if (!known->datagrams && known->backlog != listener.options.backlog &&
                ::listen(known->fd(), listener.options.backlog) == 0) {
                known->backlog = listener.options.backlog;
            }
            list.push_back(std::move(known));
            continue;
        }
        auto opened = open(listener, overlaps_another(listener, listeners));
        if (!opened) return tl::unexpected(opened.error());
        list.push_back(*std::move(opened));
    }
    return list;
}

}   // namespace gatehouse::process
