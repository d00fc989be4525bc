#include "check/label_places.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::check {
namespace {

constexpr std::string_view of_label = "label ";
constexpr std::string_view of_labels = ", labels ";

const Text* below(const Texts& labels, std::string_view prefix) {
    const auto found = std::ranges::find_if(
        labels, [&](const auto& pair) { return starts_with_ignoring_case(pair.first, prefix); });
    return found == labels.end() ? nullptr : &found->second;
}

}   // namespace

Place LabelPlaces::of(const model::Origin& origin, const ComposeService& service) const {
    if (!origin.source) return service.place;
    const std::string_view source = *origin.source;
    const Texts& labels = labels_of(service);
    if (source.starts_with(of_label)) {
        const auto found = labels.find(std::string(source.substr(of_label.size())));
        if (found != labels.end()) return found->second.place;
    }
    const auto at = source.find(of_labels);
    if (at != std::string_view::npos && source.ends_with('*')) {
        std::string_view prefix = source.substr(at + of_labels.size());
        prefix.remove_suffix(1);
        if (const Text* text = below(labels, prefix)) return text->place;
    }
    return service.place;
}

Place LabelPlaces::of_conflict(std::string_view message, const ComposeService& service) const {
    const auto words = split(message.substr(0, message.find('"')), ' ');   // "http", "router", ""
    const auto begin = message.find('"'), end = message.find('"', begin + 1);
    if (words.size() < 3 || end == std::string_view::npos) return service.place;
    const auto name = message.substr(begin + 1, end - begin - 1);
    const auto prefix = fmt::format("traefik.{}.{}s.{}.", words[0], words[1], name);
    const Text* text = below(labels_of(service), prefix);
    return text == nullptr ? service.place : text->place;
}

std::optional<LabelPlaces::Found> LabelPlaces::of_item(std::string_view section, std::string_view name,
                                                       std::string_view ending,
                                                       std::string_view sentence) const {
    constexpr std::size_t telling = 4;   // shorter elements are parts of other words
    const std::string prefix = fmt::format("traefik.{}.{}.", section, name);
    std::optional<Found> first, mentioned;
    for (const auto& [unused, service] : project_.services) {
        for (const auto& [key, text] : labels_of(service)) {
            if (!starts_with_ignoring_case(key, prefix)) continue;
            if (!ending.empty() && equals_ignoring_case(std::string_view(key).substr(prefix.size()), ending))
                return Found{&service, &key, &text};
            if (!first) first = Found{&service, &key, &text};
            const auto last = std::string_view(key).substr(key.rfind('.') + 1);
            if (last.size() >= telling && contains_ignoring_case(sentence, last))
                mentioned = Found{&service, &key, &text};
        }
    }
    return mentioned ? mentioned : first;
}

bool LabelPlaces::is_unsettled(std::string_view section, std::string_view name) const {
    const std::string prefix = fmt::format("traefik.{}.{}.", section, name);
    return std::ranges::any_of(project_.services, [&](const auto& named) {
        return std::ranges::any_of(labels_of(named.second), [&](const auto& label) {
            return starts_with_ignoring_case(label.first, prefix) && !label.second.unset.empty();
        });
    });
}

bool has_traefik_labels(const Texts& labels) {
    return std::ranges::any_of(
        labels, [](const auto& pair) { return starts_with_ignoring_case(pair.first, "traefik."); });
}

Place place_of_flag(const model::Origin& origin, std::string_view message, const Proxy& proxy) {
    // "providers.file.watch is …": what has no place names the option
    const std::string name =
        origin.source ? *origin.source : fmt::format("--{}", message.substr(0, message.find(' ')));
    for (std::size_t i = 0; i < proxy.arguments.size(); ++i) {
        std::string_view written = proxy.arguments[i];
        written = written.substr(0, written.find('='));
        if (!equals_ignoring_case(written, name) && !equals_ignoring_case("-" + std::string(written), name))
            continue;
        Place place = proxy.argument_places[i];
        place.length = static_cast<std::uint32_t>(written.size());
        return place;
    }
    const auto variable = proxy.service->environment.find(name);
    return variable == proxy.service->environment.end() ? proxy.service->place : variable->second.place;
}

}   // namespace gatehouse::check
