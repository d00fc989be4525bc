#include "model/consistent_ring.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

#include "base/crc32.h"
#include "base/text.h"

namespace gatehouse::model {
namespace {

constexpr unsigned points_per_weight = 160;
// Together, so that huge weights do not make a huge ring: beyond it weights are scaled down, to 1 at the
// least.
constexpr std::uint64_t most_weight = 6553;   // a million points

struct Line {
    std::string name;
    unsigned weight = 0;
    std::vector<std::uint16_t> endpoints;   // indices
};

// The parts of a `server` as written that go into its points: nginx takes the digits after the last colon as
// the port.
struct HostPort {
    std::string_view host, port;
};
HostPort split(std::string_view name) {
    if (starts_with_ignoring_case(name, "unix:")) return {name.substr(5), {}};
    const auto colon = name.find_last_not_of("0123456789");
    if (colon == std::string_view::npos || name[colon] != ':') return {name, {}};
    return {name.substr(0, colon), name.substr(colon + 1)};
}

std::vector<Line> lines_of(const std::vector<std::shared_ptr<Endpoint>>& endpoints) {
    std::vector<Line> lines;
    std::unordered_map<std::string, std::size_t> by_name;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        const auto& server = endpoints[i]->server;
        const auto [place, is_new] = by_name.try_emplace(server.as_written(), lines.size());
        if (is_new) lines.push_back({place->first, 0, {}});
        auto& line = lines[place->second];
        line.weight = std::max(line.weight, server.weight);
        line.endpoints.push_back(static_cast<std::uint16_t>(i));
    }
    std::uint64_t total = 0;
    for (const auto& line : lines) total += line.weight;
    if (total <= most_weight) return lines;
    for (auto& line : lines) {
        line.weight = static_cast<unsigned>(std::max<std::uint64_t>(1, line.weight * most_weight / total));
    }
    return lines;
}

// A well mixed function of both (the finalizer of SplitMix64): CRCs alone are linear and would share
// unevenly.
std::uint64_t mixed(std::uint32_t a, std::uint32_t b) {
    std::uint64_t x = (static_cast<std::uint64_t>(a) << 32 | b) + 0x9E3779B97F4A7C15ULL;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31);
}

}   // namespace

std::vector<std::pair<std::uint32_t, std::uint16_t>> consistent_ring(
    const std::vector<std::shared_ptr<Endpoint>>& endpoints) {
    std::vector<std::pair<std::uint32_t, std::uint16_t>> ring;
    for (const auto& line : lines_of(endpoints)) {
        std::vector<std::uint32_t> seeds;   // of the line's endpoints
        for (const auto index : line.endpoints) seeds.push_back(Crc32::of(endpoints[index]->text));
        // Of several endpoints the one with the highest score has the point (rendezvous hashing).
        const auto owner_of = [&](std::uint32_t point) {
            std::size_t best = 0;
            for (std::size_t i = 1; i < seeds.size(); ++i) {
                if (mixed(seeds[i], point) > mixed(seeds[best], point)) best = i;
            }
            return line.endpoints[best];
        };

        const auto [host, port] = split(line.name);
        Crc32 base;
        base.update(host);
        base.update(std::string_view("", 1));
        base.update(port);
        std::uint32_t previous = 0;
        for (unsigned i = 0; i < line.weight * points_per_weight; ++i) {
            const std::array<char, 4> bytes = {static_cast<char>(previous), static_cast<char>(previous >> 8),
                                               static_cast<char>(previous >> 16),
                                               static_cast<char>(previous >> 24)};
            Crc32 crc = base;
            crc.update({bytes.data(), bytes.size()});
            previous = crc.value();
            ring.emplace_back(previous, owner_of(previous));
        }
    }
    // Of two endpoints at one point the first written has it.
    std::ranges::stable_sort(ring, {}, &std::pair<std::uint32_t, std::uint16_t>::first);
    const auto same_point = [](const auto& a, const auto& b) { return a.first == b.first; };
    ring.erase(std::unique(ring.begin(), ring.end(), same_point), ring.end());
    return ring;
}

}   // namespace gatehouse::model
