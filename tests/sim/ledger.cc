#include "ledger.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::simulation {

Ledger::Entry* Ledger::find(std::uint64_t id) {
    const auto found = entries_.find(id);
    return found == entries_.end() ? nullptr : &found->second;
}

int Ledger::count(Outcome outcome) const {
    return static_cast<int>(std::ranges::count_if(
        entries_, [outcome](const auto& item) { return item.second.outcome == outcome; }));
}

std::uint64_t Ledger::begin_answer(const Answer& answer) {
    const std::uint64_t number = answers_.size() + 1;
    answers_[number] = answer;
    return number;
}

const Answer* Ledger::answer(std::uint64_t number) const {
    const auto found = answers_.find(number);
    return found == answers_.end() ? nullptr : &found->second;
}

void Ledger::check_attempts(bool unbuffered) {
    for (const auto& [id, entry] : entries_) {
        const auto& request = entry.request;
        if (entry.responses > 1) violation(fmt::format("request {}: {} responses", id, entry.responses));
        if (!request.idempotent() && entry.sightings.size() > 1) {
            violation(
                fmt::format("request {}: {} was sent {} times", id, request.method, entry.sightings.size()));
        }
        if (!request.poison.empty() && !entry.sightings.empty()) {
            violation(fmt::format("request {}: forwarded with {}", id, request.poison));
        }
        for (std::size_t i = 0; i < entry.sightings.size(); ++i) {
            const auto& seen = entry.sightings[i];
            if (seen.body_bytes > request.body_bytes) violation(fmt::format("request {}: its body grew", id));
            const bool again = i + 1 < entry.sightings.size();
            if (unbuffered && again && seen.body_bytes > 0) {
                violation(fmt::format("request {}: tried again after its body was passed on", id));
            }
        }
    }
}

}   // namespace gatehouse::simulation
