#pragma once
// Filtered: an exchange whose route has these filters, and what becomes of it when it passes them, without a
// handler: the request afterwards, or the answer a filter made, and what the filters do to a response.

#include "exchange/filters/filter_run.h"
#include "exchange/pipeline.h"
#include "exchange/response_head.h"
#include "model/filters/filter.h"
#include "tests/unit/exchange/fixture.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::exchange {

using FilterSettings = decltype(model::Filter::settings);

inline const std::string forwards =
    "upstream app { server 10.0.0.1:80; } server { server_name shop.example; "
    "server_tokens off; location / { proxy_pass http://app; } }";

// Time goes by on the worker's loop.
void let_pass(ExchangeWorld& world, loop::Duration time);

class Filtered {
public:
    // The exchange's route must forward.
    Filtered(ExchangeWorld& world, Exchange& exchange, std::vector<FilterSettings> filters);
    ~Filtered();

    // Through the filters, as long as that takes. The status of what a filter answered; 0: all were passed.
    int enter();
    // The status of the answer and its fields, after the filters: "200|Vary: Origin". A response of a handler
    // is in the exchange before.
    std::string answer();
    // The value of one field of the request now; several as a list; "-": none.
    [[nodiscard]] std::string field(std::string_view name) const;
    // What will be passed on.
    [[nodiscard]] std::string forwarded_uri() const;
    Exchange& exchange;

private:
    static loop::Task<void> run(Filtered& self);
    ExchangeWorld& world_;
    std::shared_ptr<model::Route> route_;
    Outcome outcome_;
    bool done_ = false;
    loop::Scope scope_;
};

}   // namespace gatehouse::exchange
