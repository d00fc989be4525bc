#pragma once
// Where in the compose files the labels, flags and variables stand that findings of Traefik's face are about:
// that face knows them by their names alone. Pure.

#include "check/compose.h"
#include "check/proxy.h"
#include "model/origin.h"

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::check {

class LabelPlaces {
public:
    LabelPlaces(const ComposeProject& project, bool in_swarm) : project_(project), in_swarm_(in_swarm) {}

    [[nodiscard]] const Texts& labels_of(const ComposeService& service) const {
        return in_swarm_ ? service.deploy_labels : service.labels;
    }
    // Of a container's label, or of all below a prefix: "label KEY", "container NAME, labels PREFIX*"; else
    // of the service itself.
    [[nodiscard]] Place of(const model::Origin& origin, const ComposeService& service) const;
    // Of what `http router "web" is defined differently …` is about.
    [[nodiscard]] Place of_conflict(std::string_view message, const ComposeService& service) const;
    // Of an item ("http.routers", "web") the label that ends so, else the one whose last element a sentence
    // has in it, else its first; nothing: no label defines it.
    struct Found {
        const ComposeService* service;
        const std::string* key;
        const Text* text;
    };
    [[nodiscard]] std::optional<Found> of_item(std::string_view section, std::string_view name,
                                               std::string_view ending, std::string_view sentence = {}) const;
    // Whether a variable without a value is part of what a label says about the item.
    [[nodiscard]] bool is_unsettled(std::string_view section, std::string_view name) const;

private:
    const ComposeProject& project_;
    bool in_swarm_;
};

[[nodiscard]] bool has_traefik_labels(const Texts& labels);
// Of "--NAME" and of a variable; without an origin of the option that a message begins with; else of the
// proxy's service.
[[nodiscard]] Place place_of_flag(const model::Origin& origin, std::string_view message, const Proxy& proxy);

}   // namespace gatehouse::check
