#pragma once
// What a request means, before anything is done with it: the same for every version of HTTP.

#include "exchange/counters.h"
#include "exchange/exchange.h"
#include "http/h1_parser.h"

namespace gatehouse::exchange {

[[nodiscard]] http::HeadLimits limits_from(const model::ConnectionSettings& settings);

// exchange.request is parsed. Sets method, target, host and the normal form of the path; says which rule is
// broken (400, 417 …). Fields that nginx drops are dropped.
[[nodiscard]] http::HeadResult<void> understand(Exchange& exchange,
                                                const model::ConnectionSettings& settings);

// As long as it lives a request is counted as being served.
class InFlight {
public:
    explicit InFlight(Counters& counters) : counters_(counters) {
        counters_.requests.add();
        counters_.writing.add();
    }
    ~InFlight() { counters_.writing.subtract(); }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;

private:
    Counters& counters_;
};

}   // namespace gatehouse::exchange
