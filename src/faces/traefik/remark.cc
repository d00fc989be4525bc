#include "faces/traefik/remark.h"

#include <fmt/format.h>

#include <utility>

#include "base/suggestion.h"

namespace gatehouse::traefik {

std::string Remark::describe() const {
    std::string text;
    if (origin.source) text = origin.describe() + ": ";
    text += message;
    if (!hint.empty()) text += fmt::format(" ({})", hint);
    for (char& c : text) {
        if (c == '\t') c = ' ';
    }
    return printable(text);
}

void Remarks::add(Remark remark) {
    if (remark.severity == Severity::error) ++errors_;
    if (items_.size() < max_items) items_.push_back(std::move(remark));
}

void Remarks::error(model::Origin origin, std::string message, std::string hint) {
    add({Severity::error, std::move(origin), std::move(message), std::move(hint)});
}

void Remarks::warning(model::Origin origin, std::string message, std::string hint) {
    add({Severity::warning, std::move(origin), std::move(message), std::move(hint)});
}

void Remarks::notice(model::Origin origin, std::string message, std::string hint) {
    add({Severity::notice, std::move(origin), std::move(message), std::move(hint)});
}

void Remarks::take(Remarks&& others) {
    const std::size_t unlisted = others.errors_;
    for (Remark& remark : others.items_) {
        if (items_.size() < max_items) items_.push_back(std::move(remark));
    }
    errors_ += unlisted;
}

std::string_view word_for(Severity severity) {
    switch (severity) {
        case Severity::error: return "error";
        case Severity::warning: return "warning";
        case Severity::notice: return "notice";
    }
    return "error";
}

}   // namespace gatehouse::traefik
