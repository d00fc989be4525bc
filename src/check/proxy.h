#pragma once
// The service of a compose file that is the proxy: the one that runs Traefik, or Gatehouse in its place. Its
// flags, environment and mounted files are the static configuration. Pure.

#include "check/compose.h"
#include "faces/traefik/remark.h"
#include "faces/traefik/static_configuration.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::check {

struct Proxy {
    const ComposeService* service = nullptr;
    std::vector<std::string> arguments{};
    std::vector<Place> argument_places{};   // of each
    std::vector<std::string> environment{};
};

// Null: no service is one.
[[nodiscard]] std::optional<Proxy> find_proxy(const ComposeProject& project);

// Where on this machine a file of the service's container is; nothing: it is of the image, or in a volume.
[[nodiscard]] std::optional<std::string> path_on_host(const ComposeProject& project,
                                                      const ComposeService& service, std::string_view path);

struct StaticReading {
    std::optional<traefik::StaticConfiguration> configuration{};
    traefik::Remarks remarks{};
    std::map<std::string, std::string>
        paths{};             // of files as the proxy calls them → as they are called here
    std::string missing{};   // a file it would have read, and that is not here; "": none
};

// `given`: a static file named to the check; "": none.
[[nodiscard]] StaticReading read_static(const ComposeProject& project, const std::optional<Proxy>& proxy,
                                        const std::string& given, const ReadText& read);

}   // namespace gatehouse::check
