#include "model/service_choice.h"

#include <algorithm>

namespace gatehouse::model {

bool is_up(const ServicePart& part) {
    if (part.choice != nullptr) return is_up(*part.choice);
    return !part.forward->service->state->is_down.load(std::memory_order_relaxed);
}

bool is_up(const ServiceChoice& choice) {
    const auto& parts = choice.parts;
    if (choice.kind == ServiceChoice::Kind::mirrored) return is_up(parts.front());
    return std::ranges::any_of(parts, [](const ServicePart& part) { return is_up(part); });
}

bool is_mirrored(std::uint64_t requests, unsigned percent) {
    const auto due = [&](std::uint64_t of) { return (of * percent + 99) / 100; };
    return requests > 0 && due(requests) > due(requests - 1);
}

bool is_same(const ServiceChoice& a, const ServiceChoice& b) {
    const auto same_part = [](const ServicePart& one, const ServicePart& other) {
        return one.name == other.name && one.weight == other.weight && one.percent == other.percent &&
               one.cookie == other.cookie && one.forward == other.forward && one.choice == other.choice;
    };
    return a.name == b.name && a.kind == b.kind && std::ranges::equal(a.parts, b.parts, same_part) &&
           a.minds_health == b.minds_health && a.sticky == b.sticky && a.mirrors_body == b.mirrors_body &&
           a.failing == b.failing && a.most_body_bytes == b.most_body_bytes;
}

}   // namespace gatehouse::model
