#pragma once
// ContainerNames: what the names of containers lead to, as Docker's own name server has it, but at once: the
// container's name, its service's in Compose, its aliases, each also with ".NETWORK" behind it. Followed
// container by container. Control's thread; no I/O.
//
// Where it is known which networks we are on, only containers there count. Where it is not (we run on the
// host), all do, names with dots are left to name servers, and a name that different projects use for their
// own leads nowhere.

#include "base/socket_address.h"
#include "model/container_facts.h"
#include "providers/docker/own_container.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::docker {

// No addresses: nobody known has the name, ask name servers. An empty list: nobody who has it runs.
struct NameChange {
    std::string name;                                      // lower case
    std::optional<std::vector<SocketAddress>> addresses;   // port 0, sorted
    bool is_ambiguous = false;                             // several projects have one of that name
};

class ContainerNames {
public:
    // What is known now of one container; null: it is gone. The names that lead elsewhere now.
    [[nodiscard]] std::vector<NameChange> take(const std::string& id, const model::ContainerFacts* facts);
    // Facts of all containers are needed again after this: names are forgotten. Those that led somewhere.
    [[nodiscard]] std::vector<NameChange> use_networks(OwnContainer::Networks own);

private:
    enum class Use : std::uint8_t { none, if_need_be, first };   // not running; not healthy; as it should be
    struct Entry {
        SocketAddress address;
        std::string world;   // whose name it is: a project's, or else a network's
        Use use = Use::none;
        bool operator==(const Entry&) const = default;
    };
    using Entries = std::map<std::string, Entry>;   // by name
    struct Name {
        std::set<std::string> containers;   // ids
        bool was_used = false;              // there was somebody who runs
        NameChange told;
    };

    [[nodiscard]] Entries entries_of(const model::ContainerFacts& facts) const;
    [[nodiscard]] NameChange lead(const std::string& name, Name& known) const;

    OwnContainer::Networks own_;
    std::map<std::string, Entries> containers_;   // by id
    std::map<std::string, Name> names_;
};

}   // namespace gatehouse::docker
