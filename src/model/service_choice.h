#pragma once
// A service that is a choice of services (Traefik's weighted, highestRandomWeight, mirroring and failover): a
// tree whose leaves forward. It has no endpoints of its own; each of its parts is forwarded to as if a route
// led there directly.

#include "model/filters/status_ranges.h"
#include "model/route.h"
#include "model/sticky.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::model {

struct ServicePart {
    std::string name;       // as written: what hashes and cookies are made of
    unsigned weight = 1;    // 0: gets nothing
    unsigned percent = 0;   // of a mirror: how many of a hundred requests it gets
    std::string cookie{};   // the value that leads here
    // One of these.
    std::shared_ptr<const ForwardHandler> forward{};
    std::shared_ptr<const ServiceChoice> choice{};
};

struct ChoiceState {   // goes on when the configuration changes elsewhere
    alignas(64) std::atomic<std::uint64_t> rotation{0};
};

struct ServiceChoice {
    enum class Kind : std::uint8_t {
        weighted,     // in turn, by weight
        rendezvous,   // by the client's address
        mirrored,     // the first; the others get copies, and what they answer is of no account
        failover      // the first, as long as it is well; else the second
    };
    std::string name;
    Kind kind = Kind::weighted;
    std::vector<ServicePart> parts;
    std::vector<std::uint16_t> order;   // of weighted: one cycle of turns
    // Parts that are down are passed over. Of a failover: the second's being down counts too.
    bool minds_health = false;
    std::optional<StickyCookie> sticky;
    bool mirrors_body = true;
    StatusRanges failing;   // of a failover: answers that count as none
    // Of mirrored, failover: a request with more is not copied, or refused (413).
    std::optional<std::uint64_t> most_body_bytes;
    std::shared_ptr<ChoiceState> state = std::make_shared<ChoiceState>();
};

// Whether some of its endpoints may answer, as far as health checks tell.
[[nodiscard]] bool is_up(const ServicePart& part);
[[nodiscard]] bool is_up(const ServiceChoice& choice);

// Of so many requests the last one is among the percent that are mirrored. The first always is, if any.
[[nodiscard]] bool is_mirrored(std::uint64_t requests, unsigned percent);

// Whether one can go on where the other was.
[[nodiscard]] bool is_same(const ServiceChoice& a, const ServiceChoice& b);

}   // namespace gatehouse::model
