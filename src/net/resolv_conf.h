#pragma once
// ResolvConf: what a resolv.conf says (resolv.conf(5)), as a value, and the order in which the stub resolver
// tries a name. Name servers may carry a port ("127.0.0.1:5353", "[::1]:53"), which the C library's format
// has no way to say. Lines that are not understood are passed over. It reads no file itself.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/socket_address.h"

namespace gatehouse::net {

struct ResolvConf {
    // As glibc has them (resolv/resolv.h), except that its list of search domains has no end.
    static constexpr std::size_t most_servers = 3;
    static constexpr std::size_t most_search_domains = 32;
    static constexpr unsigned most_dots = 15, most_attempts = 5;
    static constexpr std::chrono::seconds longest_timeout{30};

    std::vector<SocketAddress> servers;
    std::vector<std::string> search;   // lower case, without a final dot; "" is the root
    unsigned dots = 1;                 // ndots: names with at least so many dots are tried as they are first
    std::chrono::seconds timeout{5};   // until a server is asked again, or the next one
    unsigned attempts = 2;             // per server
    bool rotate = false;

    static ResolvConf parse(std::string_view text);
    // The full names to ask for, in order, without a final dot. A name with a final dot is complete.
    [[nodiscard]] std::vector<std::string> candidates(std::string_view name) const;
};

// "10.0.0.2", "127.0.0.1:5353", "::1", "[::1]:5353": a name server, at port 53 when none is given.
[[nodiscard]] std::optional<SocketAddress> parse_name_server(std::string_view text);

}   // namespace gatehouse::net
