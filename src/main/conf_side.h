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

    // What a server_name takes from routers, by their qualified names: said in their states, and in the
    // verdicts of their containers.
    struct Lost {
        std::map<std::string, std::string> by_host;   // host → where the server stands
        bool is_asked = false;                        // at some listener, for something
    };
    using LostByRouter = std::map<std::string, Lost>;
    [[nodiscard]] LostByRouter find_lost(const model::Model& containers);
    static void tell(const LostByRouter& lost, traefik::States& states);
    static void tell(const LostByRouter& lost, traefik::ContainerVerdict& verdict);

private:
    struct Claims {                                     // of servers, on the hosts of one rule
        std::shared_ptr<const model::FiledRule> rule;   // kept, so that its address is nobody else's
        std::map<std::string, std::string> by_host;
        bool takes_all = true;   // no request that could match the rule is left
        std::uint64_t used = 0;
    };
    struct Names {   // of one listener
        model::SiteMatcher sites;
        std::unordered_map<const model::FiledRule*, Claims> claims;
    };

    [[nodiscard]] const Claims& claims_on(Names& names,
                                          const std::shared_ptr<const model::FiledRule>& rule) const;

    const model::Model model_;
    std::map<std::string, Names> names_;   // by Listener::text
    std::uint64_t round_ = 0;
};

}   // namespace gatehouse::process
