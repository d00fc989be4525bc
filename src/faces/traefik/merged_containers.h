#pragma once
// MergedContainers: the readings of an engine's containers as one configuration, kept up to date one change
// at a time: only what containers that changed define is put together again. The same service in several
// containers becomes one with the servers of all if nothing else differs; whatever else is defined twice must
// be the same, or nobody gets it and each container's verdict says so. Control's thread.

#include "faces/traefik/container_labels.h"

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::traefik {

using Verdicts = std::map<std::string, ContainerVerdict>;   // by id

// What differs from before, by name, not qualified.
struct ConfigurationChanges {
    std::set<std::string> routers, services, middlewares;   // of HTTP
    bool others = false;                                    // something else
};

class MergedContainers {
public:
    // What a container says now.
    void set(const std::string& id, ContainerReading reading);
    void erase(const std::string& id);
    [[nodiscard]] bool empty() const { return containers_.empty(); }

    struct Update {
        ConfigurationChanges changes;
        std::vector<std::string> verdicts;   // ids of those that may say something else, or are gone
    };
    // Takes what was said since the last time into `configuration`, which nobody else changes, and into
    // verdicts().
    [[nodiscard]] Update update(DynamicConfiguration& configuration);
    [[nodiscard]] const Verdicts& verdicts() const { return verdicts_; }
    // What is known of its routers only when they were compiled, into the verdict that the latest update
    // gave.
    template <class Change>
    void amend(const std::string& id, const Change& change) {
        if (const auto found = verdicts_.find(id); found != verdicts_.end()) change(found->second);
    }

private:
    struct Container {
        std::string order;   // Traefik's, which decides the order of servers: by service and id
        ContainerReading reading;
    };
    // An item is known by its kind's number (merged_containers.cc) and its name.
    using Item = std::pair<std::size_t, std::string>;
    using Users = std::vector<const Container*>;   // that define it
    static constexpr std::size_t kinds = 9;

    template <class Visit>
    static void for_each_kind(const Visit& visit);
    void note_items(const Container& container, bool is_there);
    template <class Of>
    void merge_item(std::size_t kind, const Of& of, const std::string& name, DynamicConfiguration& into);
    [[nodiscard]] bool conflicts(std::size_t kind, std::string name) const;
    template <class Section>
    void drop_victims(ContainerVerdict& verdict, const Section& section, std::size_t first_kind) const;
    [[nodiscard]] ContainerVerdict verdict_of(const Container& container) const;
    void note_disputes();

    std::map<std::string, Container> containers_;             // by id
    std::array<std::map<std::string, Users>, kinds> users_;   // by name
    std::map<Item, std::string> conflicts_;                   // and how they differ
    std::set<Item> disputed_;                    // since the last update: conflicts that came or went
    std::set<Item> changed_;                     // since the last update
    std::set<std::string> changed_containers_;   // by id
    Verdicts verdicts_;
};

}   // namespace gatehouse::traefik
