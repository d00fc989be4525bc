#pragma once
// Whose word is taken for where a request comes from, and which (nginx: set_real_ip_from, real_ip_header,
// real_ip_recursive). Plain values, inherited as a whole by a route's levels.

#include "model/access.h"
#include "model/service.h"

#include <memory>
#include <string>
#include <vector>

namespace gatehouse::model {

struct RealIp {
    // Who is trusted. Names are services of one line each and no port, so that they are kept looked up like
    // all others; one that does not resolve trusts nobody.
    std::vector<Network> networks;
    std::vector<std::shared_ptr<const Service>> names;

    enum class Source : std::uint8_t {
        field,            // the first field called `field`
        forwarded_for,    // all fields X-Forwarded-For as one list
        proxy_protocol,   // the source address of the connection's header
    } source = Source::field;
    std::string field = "X-Real-IP";
    bool recursive = false;   // go on to the left of a list as long as who is named is trusted, too

    [[nodiscard]] bool trusts_anybody() const { return !networks.empty() || !names.empty(); }
};

}   // namespace gatehouse::model
