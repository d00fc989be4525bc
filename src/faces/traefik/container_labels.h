#pragma once
// Containers → dynamic configuration, by the rules of Traefik's Docker provider: which containers count, the
// names they give their routers and services, the default rule, address and port, and what happens when
// several containers define the same. Every container gets one verdict: what it serves, or why nothing, and
// what to change. One thing is better than in Traefik: a mistake in the labels of one router, service or
// middleware costs that one and what uses it, not the whole container; a mistake that could change what the
// rest means still costs the container. Pure: facts in, values out; any thread.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "faces/traefik/constraints.h"
#include "faces/traefik/container_address.h"
#include "faces/traefik/container_facts.h"
#include "faces/traefik/dynamic.h"
#include "faces/traefik/remark.h"
#include "faces/traefik/text_template.h"

namespace gatehouse::traefik {

inline constexpr std::string_view usual_default_rule = "Host(`{{ normalize .Name }}`)";

// Of providers.docker, and what is known of where the gateway runs.
struct ContainerRules {
    bool exposed_by_default = true;
    bool allow_empty_services = false;   // keeps what is not healthy, with no server
    bool is_swarm = false;               // services of a swarm: traefik.swarm.* labels count too
    std::string default_rule{usual_default_rule};
    std::string constraints;
    AddressRules addresses;
    Environment environment;   // of `env` in the default rule
    TreeLimits limits;
    // Of one container, of each kind: its labels are written by anybody who may start one, and each router
    // and middleware may take a regular expression's work and memory.
    std::size_t most_items = 256;
};

enum class ContainerOutcome : std::uint8_t {
    routed,     // it serves something
    left_out,   // on purpose: not enabled, constraints
    waiting,    // not now: it does not run, or is not healthy
    refused,    // a mistake: what it is, and what to change, is in the verdict
};

struct ContainerVerdict {
    std::string id;
    std::string name;
    std::string
        service_name;   // what Traefik calls it: SERVICE-PROJECT of Compose, else the container's name
    ContainerOutcome outcome = ContainerOutcome::routed;
    // routed, disabled, constraints, not-running, paused, stopping, starting, unhealthy, unreadable,
    // bad-label, limit, no-address, no-shared-network, no-port, bad-port, bad-service, no-router, conflict
    std::string_view reason = "routed";
    std::string sentence;               // why, for people
    std::string advice;                 // what to change; may be empty
    std::vector<std::string> routers;   // "http router NAME", "tcp router NAME" … that count, after merging
    Remarks remarks;                    // all that was said about its labels
};

// What one container says, before others are looked at.
struct ContainerReading {
    ContainerVerdict verdict;
    DynamicConfiguration configuration;   // empty unless routed
};

struct ContainerConfiguration {
    DynamicConfiguration configuration;
    std::vector<ContainerVerdict> verdicts;   // in the order of the containers given
};

class ContainerReader {
public:
    // An error in the default rule or the constraints is added to `remarks`; the first makes containers
    // without a rule unroutable, the second leaves all containers out, as in Traefik.
    ContainerReader(ContainerRules rules, Remarks& remarks);

    // `find` gives the containers whose network another one uses. Reading depends on nothing else, so a
    // reading of unchanged facts can be kept.
    [[nodiscard]] ContainerReading read(const ContainerFacts& container, const FindContainer& find) const;
    [[nodiscard]] const ContainerRules& rules() const { return rules_; }

private:
    friend class ContainerBuild;
    ContainerRules rules_;
    tl::expected<TextTemplate, std::string> default_rule_;
    tl::expected<Constraints, std::string> constraints_;
};

// Reads all containers of an engine and puts the readings together (merged_containers.h).
[[nodiscard]] ContainerConfiguration read_containers(const ContainerReader& reader,
                                                     std::span<const ContainerFacts> containers);

[[nodiscard]] std::string_view word_for(
    ContainerOutcome outcome);   // "routed", "left out", "waiting", "refused"

}   // namespace gatehouse::traefik
