#include "providers/docker/container_names.h"

#include "base/text.h"

#include <algorithm>
#include <utility>

namespace gatehouse::docker {
namespace {

constexpr const char* compose_project = "com.docker.compose.project";
constexpr const char* compose_service = "com.docker.compose.service";
constexpr std::size_t longest_name = 253;
constexpr std::size_t most_aliases = 64;   // of a container on one network

std::string label_of(const model::ContainerFacts& facts, const char* key) {
    const auto found = facts.labels.find(key);
    return found == facts.labels.end() ? std::string() : found->second;
}

bool is_name(std::string_view text) {
    const auto is_fine = [](char c) {
        return is_alpha(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
    };
    return !text.empty() && text.size() <= longest_name && std::ranges::all_of(text, is_fine) &&
           !equals_ignoring_case(text, "localhost");
}

bool same(const NameChange& a, const NameChange& b) {
    return a.addresses == b.addresses && a.is_ambiguous == b.is_ambiguous;
}

}   // namespace

// One address of a container for each name, of the first network by name that has it.
ContainerNames::Entries ContainerNames::entries_of(const model::ContainerFacts& facts) const {
    Entries entries;
    const std::string project = label_of(facts, compose_project);
    const bool is_healthy = facts.health.empty() || facts.health == "healthy";
    const bool runs = facts.running && !facts.paused && !facts.stopping;
    for (const auto& network : facts.networks) {
        if (!own_.empty() && !own_.contains(network.id)) continue;
        Entry entry;
        entry.world = project.empty() ? network.id : project;
        const std::string& address = network.ipv4.empty() ? network.ipv6 : network.ipv4;
        const bool has_address = SocketAddress::parse(address, 0, entry.address);
        if (runs && has_address) entry.use = is_healthy ? Use::first : Use::if_need_be;
        const auto add = [&](const std::string& written) {
            const std::string name = lower(written);
            if (!is_name(name)) return;
            if (!own_.empty() || name.find('.') == std::string::npos) entries.emplace(name, entry);
            if (const std::string longer = name + "." + lower(network.name); is_name(longer))
                entries.emplace(longer, entry);
        };
        add(facts.name);
        add(label_of(facts, compose_service));
        for (std::size_t i = 0; i < std::min(network.aliases.size(), most_aliases); ++i)
            add(network.aliases[i]);
    }
    return entries;
}

std::vector<NameChange> ContainerNames::take(const std::string& id, const model::ContainerFacts* facts) {
    Entries now = facts == nullptr ? Entries() : entries_of(*facts);
    const Entries before = std::exchange(containers_[id], now);
    if (now.empty()) containers_.erase(id);
    std::vector<NameChange> changes;
    const auto look_at = [&](const std::string& name) {
        Name& known = names_[name];
        now.contains(name) ? (void)known.containers.insert(id) : (void)known.containers.erase(id);
        NameChange change = lead(name, known);
        if (!same(change, known.told)) changes.push_back(known.told = std::move(change));
        if (known.containers.empty()) names_.erase(name);
    };
    for (const auto& [name, entry] : before) {
        const auto same_one = now.find(name);
        if (same_one == now.end() || same_one->second != entry) look_at(name);
    }
    for (const auto& [name, unused] : now) {
        if (!before.contains(name)) look_at(name);
    }
    return changes;
}

NameChange ContainerNames::lead(const std::string& name, Name& known) const {
    NameChange change{.name = name, .addresses = {}};
    Use best = Use::none;
    std::string world;
    for (const std::string& id : known.containers) {
        const Entry& entry = containers_.at(id).at(name);
        if (entry.use == Use::none) continue;
        if (own_.empty() && !world.empty() && world != entry.world) change.is_ambiguous = true;
        world = entry.world;
        best = std::max(best, entry.use);
    }
    if (change.is_ambiguous) return change;
    known.was_used = known.was_used || best != Use::none;
    if (!known.was_used || known.containers.empty()) return change;
    auto& addresses = change.addresses.emplace();
    for (const std::string& id : known.containers) {
        const Entry& entry = containers_.at(id).at(name);
        if (best != Use::none && entry.use == best) addresses.push_back(entry.address);
    }
    std::sort(addresses.begin(), addresses.end());
    return change;
}

std::vector<NameChange> ContainerNames::use_networks(OwnContainer::Networks own) {
    own_ = std::move(own);
    containers_.clear();
    std::vector<NameChange> changes;
    for (auto& [name, known] : names_) {
        if (known.told.addresses) changes.push_back({.name = name, .addresses = {}});
    }
    names_.clear();
    return changes;
}

}   // namespace gatehouse::docker
