#pragma once
// How control finds out whether the endpoints of a service are well: it asks each of them, again and again,
// and those that do not answer as wished get no requests until they do. What is found out is in the endpoint
// (Endpoint::is_out).

#include "tls/context.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::model {

struct HealthCheck {
    bool is_secure = false;   // asked over TLS
    bool http_2 = false;      // without TLS: as known beforehand; over TLS: as agreed on
    bool is_grpc = false;     // grpc.health.v1.Health/Check, whose answer must be SERVING; else a status
    // For TLS; also where a redirect leads from plain HTTP to it.
    std::shared_ptr<const tls::ClientContext> tls;
    std::string tls_name;   // what the certificate must be for; "": the server's host
    std::string method = "GET";
    std::string path = "/";   // with its query
    std::string host;         // "": the server's, with its port where that is not the usual one
    std::uint16_t port = 0;   // 0: the server's
    int status = 0;           // the one that is good; 0: 200 to 399
    bool follows_redirects = true;
    std::vector<std::pair<std::string, std::string>> fields;
    std::chrono::milliseconds interval{30'000};             // between checks of an endpoint that is well …
    std::chrono::milliseconds unhealthy_interval{30'000};   // … and of one that is not
    std::chrono::milliseconds timeout{5'000};               // of a whole check

    bool operator==(const HealthCheck&) const = default;
};

}   // namespace gatehouse::model
