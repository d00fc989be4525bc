#pragma once
// Which container of an engine this very process runs in, and the networks it shares with others there.
// Control's thread; no I/O.

#include "model/container_facts.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::docker {

// Ids of containers, or beginnings of such, that may be ours, the surest first. `mountinfo` and `cgroup`: the
// texts of /proc/self/… (proc(5)); engines mount files of a container's own folder over /etc/hostname and its
// like, and without cgroup name spaces name its group after it. `hostname` is the id's beginning unless the
// user chose another.
[[nodiscard]] std::vector<std::string> possible_own_ids(std::string_view mountinfo, std::string_view cgroup,
                                                        std::string_view hostname);

class OwnContainer {
public:
    using Networks = std::map<std::string, std::string>;   // id → name

    OwnContainer() = default;   // of a process that knows itself to be in none
    explicit OwnContainer(std::vector<std::string> possible_ids) : possible_ids_(std::move(possible_ids)) {}

    // What is known now of one container; null: it is gone. True: the networks are others than before.
    bool take(const std::string& id, const model::ContainerFacts* facts);
    // Empty: we are in no container of this engine, or on the host's network, and so perhaps on all.
    [[nodiscard]] const Networks& networks() const { return networks_; }
    [[nodiscard]] const std::string& name() const { return name_; }   // of the container; "": in none

private:
    [[nodiscard]] bool may_be_ours(const std::string& id) const;

    std::vector<std::string> possible_ids_;
    std::string id_, name_;
    Networks networks_;
};

}   // namespace gatehouse::docker
