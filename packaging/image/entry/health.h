#pragma once
// The health check of the container: is a gateway running here, and does it take connections? It knows no
// configuration and sends nothing, so it fits every protocol: it connects to a socket the gateway listens on,
// and watches it leave the socket's queue.

#include <sys/socket.h>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::image {

// A listening TCP socket, and how many connections wait in it to be accepted.
struct Listening {
    std::uint64_t inode = 0;
    std::uint64_t waiting = 0;
    std::uint16_t port = 0;
    bool is_ipv6 = false;
    std::vector<std::uint8_t> address;   // 4 or 16 bytes, network order
};

// Of the text of /proc/net/tcp or tcp6. Pure.
[[nodiscard]] std::vector<Listening> parse_listening(std::string_view table, bool is_ipv6);

// What is wrong with the gateway that is started from `program`; empty: nothing. Waits at most 3 s.
[[nodiscard]] std::string find_fault(const std::string& program);

}   // namespace gatehouse::image
