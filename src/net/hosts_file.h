#pragma once
// HostsFile: the names of an /etc/hosts (hosts(5)), as a value. Lines that are not understood are passed
// over, as every resolver does. It reads no file itself.

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/socket_address.h"
#include "base/text.h"

namespace gatehouse::net {

class HostsFile {
public:
    HostsFile() = default;
    explicit HostsFile(std::string_view text);

    // Every address of a name, from all its lines in the order written, port 0; empty: not there. A final dot
    // is ignored.
    [[nodiscard]] std::span<const SocketAddress> find(std::string_view name) const;

private:
    std::unordered_map<std::string, std::vector<SocketAddress>, CaseInsensitiveHash, CaseInsensitiveEqual>
        names_;
};

}   // namespace gatehouse::net
