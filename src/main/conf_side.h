#pragma once
// ConfSide: the servers of an nginx configuration that containers are served beside. What goes first is
// decided here: a server whose server_name has the host of a request, then the routers of containers, then
// the listener's default server. Nothing that containers say changes the configuration's own part. Control's
// thread; shared by whoever serves it.

#include "faces/traefik/compile.h"
#include "faces/traefik/container_labels.h"
#include "model/snapshot.h"

#include <map>
#include <string>

namespace gatehouse::process {

class ConfSide {
public:
    explicit ConfSide(model::Model model);

    // The configuration with what containers add: to its listeners, and such of their own.
    [[nodiscard]] model::Model with(model::Model containers) const;

    // Which servers go before a rule at an entry point, by their server_name.
    [[nodiscard]] traefik::GoesFirst who_goes_first(const traefik::ReadyEntryPoint& entry_point,
                                                    const model::Rule& rule) const;

    // What servers take from its routers, into the verdict of a container.
    static void tell(const traefik::States& states, traefik::ContainerVerdict& verdict);

private:
    const model::Model model_;
    std::map<std::string, model::SiteMatcher> sites_;   // by Listener::text
};

}   // namespace gatehouse::process
