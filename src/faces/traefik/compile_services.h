#pragma once
// Traefik's services → services of the model, and how a router forwards to them. Pure.

#include "faces/traefik/http_dynamic.h"
#include "model/route.h"
#include "model/service.h"

#include <memory>
#include <string>
#include <vector>

namespace gatehouse::traefik {

struct CompiledService {
    std::shared_ptr<const model::Service> service;          // null after an error …
    std::optional<model::AdminHandler> admin;               // … where the program itself answers …
    std::shared_ptr<const model::ServiceChoice> choice;     // … and where it is made of others
    std::shared_ptr<const model::ForwardHandler> as_part;   // how others that it is part of forward to it
    bool reports_health = false;                            // it is known when it is down
    std::string scheme = "http";                            // of all its servers: http, https, h2c
    bool pass_host = true;                                  // else the Host is the server's
    bool verify = true;                                     // https: its certificate
    std::string server_name;                    // https: what it is for; "": the Host that is sent
    std::vector<std::string> errors, notices;   // sentences
};

// `name`: qualified. `transport`: null where the service names none. A service without servers is one: its
// routers answer 503.
[[nodiscard]] CompiledService compile_service(const std::string& name, const Service& written,
                                              const ServersTransport* transport);

// `service`: qualified; for the name where none is given.
[[nodiscard]] model::StickyCookie compile_cookie(const Cookie& written, const std::string& service);

// What a URL of a server says; an error is a sentence.
struct ServerUrl {
    std::string scheme, host, path;
    std::uint16_t port = 0;
};
[[nodiscard]] tl::expected<ServerUrl, std::string> read_server_url(std::string_view url);

}   // namespace gatehouse::traefik
