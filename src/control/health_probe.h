#pragma once
// One health check of an endpoint: connects to it, asks as the check says, follows redirections, and judges
// the answer. On control's loop: nobody is served there.

#include "control/name_watch.h"
#include "model/health_check.h"
#include "model/service.h"

#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::control {

struct Diagnosis {
    std::string trouble{};   // "": the endpoint is well; else why it is not, as "it answers with status 500"
    bool is_known = true;    // false: it could not be asked, for want of something of our own
};

// Takes the check's timeout at the longest.
[[nodiscard]] loop::Task<Diagnosis> probe_endpoint(loop::Loop& loop, NameWatches& names,
                                                   std::shared_ptr<const model::HealthCheck> check,
                                                   std::shared_ptr<const model::Endpoint> endpoint);

// Of a message of gRPC's health protocol, with the five bytes before it: whether it says SERVING.
[[nodiscard]] bool says_serving(std::string_view message);

// The target of a Location against the URL asked before.
struct HealthUrl {
    bool is_secure = false;
    std::string host;   // with its port, if one is written
    std::string path;   // with its query
};
// False: it leads nowhere (another scheme, no host).
[[nodiscard]] bool redirect_to(HealthUrl& url, std::string_view location);

}   // namespace gatehouse::control
