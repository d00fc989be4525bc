#pragma once
// The keeper's listening sockets: bound once, kept over reloads while their address is wanted. A change is
// prepared first and takes effect only when the whole configuration was accepted, so that a mistake leaves
// everything as it was. A conflict says who holds the address. A unix socket's file is removed with the
// socket.

#include "main/unique_fd.h"
#include "model/snapshot.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::process {

class ListeningSocket {
public:
    ListeningSocket(std::uint64_t id, UniqueFd fd, const model::Listener& listener);
    ~ListeningSocket();
    ListeningSocket(const ListeningSocket&) = delete;
    ListeningSocket& operator=(const ListeningSocket&) = delete;

    const std::uint64_t id;
    const SocketAddress address;
    const std::string text;   // model::Listener::text
    const bool datagrams;     // it is only bound
    int backlog;
    [[nodiscard]] int fd() const { return fd_.get(); }

private:
    UniqueFd fd_;
};

class ListeningSockets {
public:
    using List = std::vector<std::shared_ptr<ListeningSocket>>;

    // Sockets for all of these, in their order; those that exist are reused, new ones listen already. The
    // error is a sentence.
    [[nodiscard]] tl::expected<List, std::string> prepare(const std::vector<model::Listener>& listeners);
    // From now on these and no others; sockets that nobody holds any more close.
    void keep(List list) { sockets_ = std::move(list); }
    [[nodiscard]] const List& sockets() const { return sockets_; }

private:
    [[nodiscard]] std::shared_ptr<ListeningSocket> find(const model::Listener& listener) const;
    [[nodiscard]] tl::expected<std::shared_ptr<ListeningSocket>, std::string> open(
        const model::Listener& listener, bool shares_port);
    List sockets_;
    std::uint64_t next_id_ = 1;
};

}   // namespace gatehouse::process
