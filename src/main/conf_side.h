#pragma once
// ConfSide: the servers of an nginx configuration that containers are served beside. What goes first is
// decided here: a server whose server_name has the host of a request, then the routers of containers, then
// the listener's default server. Nothing that containers say changes the configuration's own part. Control's
// thread; shared by whoever serves it.

#include "faces/traefik/compile.h"
#include "faces/traefik/container_labels.h"
#include "model/snapshot.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace gatehouse::process {

class ConfSide {
public:
    explicit ConfSide(model::Model model);

    // The configuration with what containers add: to its listeners, and such of their own.
    [[nodiscard]] model::Model with(model::Model containers) const;

    // What a server_name takes from routers: said in their states, and in the verdicts of their containers.
    void tell_precedence(traefik::Compiled& compiled, std::vector<traefik::ContainerVerdict>& verdicts);

private:
    struct Claims {                                   // of servers, on the hosts of one rule
        std::map<std::string, std::string> by_host;   // host → where the server stands
        bool takes_all = false;                       // no request that could match the rule is left
    };
    struct Known {
        std::shared_ptr<const model::Rule> rule;   // kept, so that its address is nobody else's
        Claims claims;
        std::uint64_t used = 0;
    };
    struct Names {   // of one listener
        model::SiteMatcher sites;
        std::unordered_map<const model::Rule*, Known> rules;
    };
    struct Lost {
        std::map<std::string, std::string> by_host;
        bool is_asked = false;   // at some listener, for something
    };
    using ByRouter = std::map<std::string, Lost>;

    [[nodiscard]] const Claims& claims_on(Names& names, const std::shared_ptr<const model::Rule>& rule) const;
    [[nodiscard]] ByRouter find_lost(const model::Model& containers);

    const model::Model model_;
    std::map<std::string, Names> names_;   // by Listener::text
    std::uint64_t round_ = 0;
};

}   // namespace gatehouse::process
