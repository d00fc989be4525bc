#pragma once
// Report: what the gateway serves and why, as its API and its page tell it. Plain values, made by whoever
// knows the configuration; immutable once made. `json` are the members of an item that only its kind has, as
// Traefik's API names them.

#include "model/service.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::admin {

enum class Status : std::uint8_t { enabled, warning, disabled };
[[nodiscard]] constexpr std::string_view word_for(Status status) {
    return status == Status::enabled ? "enabled" : status == Status::warning ? "warning" : "disabled";
}

struct Item {
    std::string name;   // qualified: "web@docker"
    Status status = Status::enabled;
    std::vector<std::string> errors;   // sentences; also those of a warning
    std::string json;
    [[nodiscard]] std::string_view provider() const {
        const auto at = name.rfind('@');
        return at == std::string::npos ? std::string_view() : std::string_view(name).substr(at + 1);
    }
};

struct Router : Item {
    std::string rule;
    std::string service;   // qualified
    std::int64_t priority = 0;
    std::vector<std::string> middlewares;   // qualified
    std::vector<std::string> at;            // entry points where it is
    bool tls = false;
};

struct Server {
    std::string url;       // "http://10.0.0.1:80"
    std::string written;   // of the model's ServerEntry: "10.0.0.1:80"
    std::int64_t weight = 1;
};

struct Service : Item {
    std::string type;   // "loadbalancer"
    std::vector<Server> servers;
    std::vector<std::string> used_by;
    std::shared_ptr<const model::Service> live;   // for what is true now; null: it is not served
};

struct Middleware : Item {
    std::string type;   // "stripprefix"
    std::vector<std::string> used_by;
};

struct EntryPoint {
    std::string name;
    std::string address;   // as written
    std::string json;      // all members but the name
};

// What became of a container.
struct Container {
    std::string id, name, service;
    std::string outcome;   // "routed", "left out", "waiting", "refused"
    std::string reason;    // one word
    std::string sentence, advice;
    std::vector<std::string> routers;   // "http router NAME"
    std::vector<std::string> remarks;   // about its labels
    bool is_fault = false;              // there is something to mend
};

struct Protocol {
    std::vector<Router> routers;
    std::vector<Service> services;
    std::vector<Middleware> middlewares;
};

// In each list by name.
struct Report {
    Protocol http, tcp, udp;
    std::vector<Container> containers;
};

// What does not change while the gateway runs with a configuration.
struct Setting {
    std::string version;
    std::string start_date{};   // RFC 3339; "": not known
    std::string base_path{};    // before /api and /dashboard, without a slash at the end
    std::string name{};         // shown on the page
    bool has_page = true;
    bool hides_ad = false;   // Traefik's disableDashboardAd, told on
    int status_while_ending = 503;
    std::vector<std::string> providers;   // "Docker", "File"
    bool has_access_log = false;
    std::string metrics{}, tracing{};   // by whom: "Prometheus"; "": nobody
    std::vector<EntryPoint> entry_points;
};

// failing: its latest requests failed; down: its latest health check did.
enum class ServerState : std::uint8_t { up, failing, down, unresolved, off, unknown };

struct ServerNow {
    ServerState state = ServerState::unknown;
    std::uint32_t in_flight = 0;
};

// What is true now of `service.servers[index]`. A server whose latest request failed is failing until one
// succeeds; of several endpoints that are one server, the best counts.
[[nodiscard]] ServerNow server_now(const Service& service, std::size_t index);

}   // namespace gatehouse::admin
