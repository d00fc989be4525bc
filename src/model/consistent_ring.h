#pragma once
// The ring of `hash … consistent`, with nginx's points, so that a key reaches the same `server` line as with
// nginx: 160 points for each unit of weight, each the CRC-32 of host, zero byte, port and the point before.
// nginx rotates among the addresses of one name, so that a key moves; here each of a name's points belongs to
// one of its endpoints, and an address that comes or goes moves only its share.

#include <cstdint>
#include <utility>
#include <vector>

#include "model/service.h"

namespace gatehouse::model {

// Sorted by point, each once. Down endpoints have their points: whoever looks up goes on to the next point.
[[nodiscard]] std::vector<std::pair<std::uint32_t, std::uint16_t>> consistent_ring(
    const std::vector<std::shared_ptr<Endpoint>>& endpoints);

}   // namespace gatehouse::model
