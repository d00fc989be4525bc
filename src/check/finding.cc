#include "check/finding.h"

#include <algorithm>
#include <utility>

namespace gatehouse::check {

std::string_view word_for(Severity severity) {
    switch (severity) {
        case Severity::error: return "error";
        case Severity::warning: return "warning";
        case Severity::notice: return "notice";
    }
    return "error";
}

void Findings::add(Finding finding) {
    if (items_.size() >= most) return;
    const Place& place = finding.place;
    if (said_.emplace(place.file, place.line, place.column, finding.message).second)
        items_.push_back(std::move(finding));
}

void Findings::error(std::string code, Place place, std::string message, std::string hint) {
    add({Severity::error, std::move(code), std::move(place), std::move(message), std::move(hint), {}});
}

void Findings::warning(std::string code, Place place, std::string message, std::string hint) {
    add({Severity::warning, std::move(code), std::move(place), std::move(message), std::move(hint), {}});
}

void Findings::notice(std::string code, Place place, std::string message, std::string hint) {
    add({Severity::notice, std::move(code), std::move(place), std::move(message), std::move(hint), {}});
}

std::size_t Findings::count(Severity severity) const {
    return static_cast<std::size_t>(std::ranges::count(items_, severity, &Finding::severity));
}

void Findings::sort(const std::vector<std::string>& files) {
    const auto rank = [&](const Finding& finding) {
        const auto found = std::ranges::find(files, finding.place.file);
        return std::tuple(found - files.begin(), finding.place.file, finding.place.line,
                          finding.place.column);
    };
    std::ranges::stable_sort(items_, {}, rank);
}

}   // namespace gatehouse::check
