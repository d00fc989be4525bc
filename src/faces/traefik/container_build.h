#pragma once
// The steps by which one container's labels become a configuration; made and used by ContainerReader
// (container_labels.h) for one reading. Each step returns false when the container goes no further; the
// verdict then says why.

#include <memory>
#include <string>
#include <string_view>

#include "faces/traefik/container_labels.h"
#include "faces/traefik/container_options.h"

namespace gatehouse::traefik {

class ContainerBuild {
public:
    ContainerBuild(const ContainerReader& reader, const ContainerFacts& container, const FindContainer& find);

    ContainerReading run();

private:
    bool decide_whether_it_counts();
    bool read_options();
    bool is_wanted();
    bool is_ready();
    bool decode_labels();
    bool has_few_items();
    [[nodiscard]] std::string first_error() const;
    bool add_services();
    void link_routers();
    void add_default_router();
    void drop_broken();
    void conclude();

    template <class Service>
    bool add_servers(std::map<std::string, Service>& services, std::string_view protocol);
    template <class Server>
    bool locate_server(Server& server, const std::string& service, std::string_view protocol);
    template <class Router, class Service>
    void link(std::map<std::string, Router>& routers, const std::map<std::string, Service>& services,
              std::string_view kind);
    template <class Items>
    void forbid_qualified_names(Items& items, std::string_view kind);
    template <class Items>
    void take_origins(Items& items, std::string_view section);

    bool stop(ContainerOutcome outcome, std::string_view reason, std::string sentence,
              std::string advice = {});

    const ContainerReader& reader_;
    const ContainerRules& rules_;
    const ContainerFacts& container_;
    const FindContainer& find_;
    const std::shared_ptr<const std::string> from_default_rule_ =
        std::make_shared<const std::string>("the default rule");
    ContainerOptions options_;
    ContainerReading reading_;
    ContainerVerdict& verdict_;
    DynamicConfiguration& configuration_;
    Remarks& remarks_;
};

}   // namespace gatehouse::traefik
