#pragma once
// Short ways to write services, addresses and endpoint sets in tests.

#include <string>
#include <vector>

#include "model/service.h"

namespace gatehouse::model {

// "10.0.0.1:80", "[::1]:80", "unix:/run/x"
inline SocketAddress address(const std::string& text) {
    if (text.starts_with("unix:")) return SocketAddress::from_unix_path(text.substr(5));
    const auto colon = text.rfind(':');
    SocketAddress out;
    if (!SocketAddress::parse(text.substr(0, colon),
                              static_cast<std::uint16_t>(std::stoi(text.substr(colon + 1))), out)) {
        return {};
    }
    return out;
}

inline std::vector<SocketAddress> addresses(const std::vector<std::string>& texts) {
    std::vector<SocketAddress> all;
    for (const auto& text : texts) all.push_back(address(text));
    return all;
}

inline ServerEntry server(std::string host, std::uint16_t port = 80, unsigned weight = 1) {
    ServerEntry entry;
    entry.host = std::move(host);
    entry.port = port;
    entry.weight = weight;
    return entry;
}

inline std::vector<std::string> texts(const std::vector<std::shared_ptr<Endpoint>>& endpoints) {
    std::vector<std::string> all;
    for (const auto& endpoint : endpoints) all.push_back(endpoint->text);
    return all;
}

}   // namespace gatehouse::model
