#include "ledger.h"

#include "base/text.h"

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

void Ledger::take_log_line(std::string_view line) {
    const auto words = split(line, ' ');
    if (words.size() != 2) {
        violation(fmt::format("a strange line in the access log: {}", line));
        return;
    }
    Entry* entry = find(parse_decimal(words[0]).value_or(0));
    if (entry == nullptr) {
        if (words[0] != "-") violation(fmt::format("a request nobody made is logged: {}", line));
        return;   // what was refused or cut before its fields were known has no id
    }
    ++entry->logged;
    entry->logged_status = static_cast<int>(parse_decimal(words[1]).value_or(0));
}

void Ledger::check_log() {
    for (const auto& [id, entry] : entries_) {
        if (entry.logged > 1)
            violation(fmt::format("request {}: {} lines in the access log", id, entry.logged));
        const bool complete = entry.outcome == Outcome::answered || entry.outcome == Outcome::failed;
        if (!complete || !entry.request.poison.empty()) continue;
        if (entry.logged == 0) violation(fmt::format("request {}: not in the access log", id));
        if (entry.logged == 1 && entry.logged_status != entry.status) {
            violation(
                fmt::format("request {}: answered {}, logged {}", id, entry.status, entry.logged_status));
        }
    }
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
            // a small body may have come whole with its head: then it can be sent again, as nginx does
            const bool streamed = unbuffered && request.body_bytes > request.read_ahead;
            if (streamed && again && seen.body_bytes > 0) {
                violation(fmt::format("request {}: tried again after its body was passed on", id));
            }
        }
    }
}

}   // namespace gatehouse::simulation
