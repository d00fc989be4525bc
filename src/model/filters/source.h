#pragma once
// What counts as one source of requests, for limits and allow lists.

#include "model/access.h"

#include <optional>
#include <string>
#include <vector>

namespace gatehouse::model {

// Which address a request is taken to be from. With neither depth nor excluded networks: the client's.
struct AddressChoice {
    unsigned depth = 0;                         // so many from the end of X-Forwarded-For; 0: not by depth
    std::vector<Network> excluded;              // the last of X-Forwarded-For that is in none of these
    std::optional<unsigned> ipv6_prefix_bits;   // IPv6 addresses of one such network are one
};

struct SourceCriterion {
    enum class Kind : std::uint8_t { address, host, field } kind = Kind::address;
    AddressChoice address;
    std::string field;
};

}   // namespace gatehouse::model
