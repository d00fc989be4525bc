#pragma once
// What a check came to, as plain values: what was read, what was found, and what would be served. Shown to
// people (show.h) and to programs (json.h).

#include "check/file_kind.h"
#include "check/finding.h"
#include "faces/nginx/source.h"

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::check {

struct CheckedFile {
    std::string path{};
    FileKind kind = FileKind::unknown;
    std::size_t sites = 0, locations = 0;   // of a configuration of nginx
};

struct CheckedContainer {
    std::string service{};   // of the compose files
    std::string outcome{};   // "routed", "left out", "waiting", "refused"
    std::string reason{};    // one word, as the gateway's own verdicts
    std::string sentence{}, advice{};
    std::vector<std::string> routers{};      // that are served: "http router web"
    std::vector<std::string> not_served{};   // the others of its labels
    bool has_labels = false;                 // of Traefik's
    bool is_proxy = false;
};

// A router at one entry point; those of an entry point in the order in which they are tried.
struct CheckedRoute {
    std::string protocol = "http";   // "tcp", "udp"
    std::string entry_point{}, address{};
    bool tls = false;
    std::string router{};   // "web@docker"
    std::string rule{};
    std::int64_t priority = 0;
    std::string service{};                // "web@docker"
    std::vector<std::string> servers{};   // "web:80"
    std::vector<std::string> middlewares{};
    std::string never{};          // why no request gets here; "": some may
    bool is_redirected = false;   // that is why: its entry point redirects everything
};

struct Outcome {
    std::vector<CheckedFile> files;
    Findings findings;
    std::vector<CheckedContainer> containers;
    std::vector<CheckedRoute> routes;
    std::string assumed{};   // why entry points are those that labels name: a sentence; "": they are known
    bool cannot_be_read = false;   // some file: there is no telling
    nginx::Sources sources;        // for pictures of the places
};

}   // namespace gatehouse::check
