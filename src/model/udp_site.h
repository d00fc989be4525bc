#pragma once
// What a listener of datagrams does with them (Traefik's UDP routers): those of one client's address are a
// session, which leads to one endpoint, and back, as long as something goes either way. Immutable once its
// snapshot is compiled.

#include "model/log_format.h"
#include "model/origin.h"
#include "model/route.h"
#include "model/service.h"

#include <memory>
#include <string>
#include <vector>

namespace gatehouse::model {

struct UdpSite {
    Origin origin;
    std::string name;                         // of the router; "": there is none
    std::shared_ptr<const Service> service;   // null: what comes is dropped
    Milliseconds idle_timeout{3'000};         // of a session
    std::vector<std::shared_ptr<const ErrorLog>> error_logs;
};

}   // namespace gatehouse::model
