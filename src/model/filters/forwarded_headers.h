#pragma once
// What the fields X-Forwarded-… and X-Real-Ip say: of clients that are not trusted all of them go, and then
// those that are missing are set. An entry point's routes have this first. X-Forwarded-For gets the client's
// address when the request is passed on (proxy_add_x_forwarded_for).

#include "model/access.h"

#include <string>
#include <vector>

namespace gatehouse::model {

struct ForwardedHeaders {
    bool trust_all = false;
    std::vector<Network> trusted;
    std::string server;   // of X-Forwarded-Server; "": not set
};

}   // namespace gatehouse::model
