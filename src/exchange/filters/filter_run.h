#pragma once
// FilterRun: how one exchange passes the filters of its route: which ones it has entered, what they owe at
// its end, and the bodies they put around its response's. Made when a route has filters, lives in the
// exchange. What a single filter does is in the files beside this one, a function or two for each: on_request
// and, where it concerns the answer too, on_response.

#include "exchange/exchange.h"
#include "exchange/pipeline.h"
#include "model/filters/filter.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gatehouse::exchange {

// What a filter owes when the exchange is over, whatever became of it. Destroyed with the exchange, or with
// the tunnel that the exchange became.
class FilterEnd {
public:
    virtual ~FilterEnd() = default;
    // The response was written, as far as it could be; or the tunnel begins.
    virtual void answered(const Exchange& exchange) { (void)exchange; }
};

class FilterRun {
public:
    FilterRun() = default;
    ~FilterRun();
    FilterRun(const FilterRun&) = delete;
    FilterRun& operator=(const FilterRun&) = delete;

    void owe(std::unique_ptr<FilterEnd> end) { ends_.push_back(std::move(end)); }
    // `body` stands in for the response's; it is kept until the exchange ends.
    void put_body(Response& response, std::unique_ptr<BodySource> body) {
        response.body = body.get();
        bodies_.push_back(std::move(body));
    }
    // Text for a response that is too large for the arena.
    [[nodiscard]] std::string& hold_text() {
        texts_.push_back(std::make_unique<std::string>());
        return *texts_.back();
    }

    // Outermost first.
    [[nodiscard]] std::span<const model::Filter* const> entered() const { return entered_; }
    // This one and those behind it have no more say in the response.
    void leave_from(std::size_t position) { entered_.resize(position); }

    // What filters ask of forwarding.
    const model::Retry* retry = nullptr;
    bool wants_whole_body = false;
    std::optional<int> page_status;   // see error_service.h
    http::Fields cookies;             // that the client gets of who let it pass (forward_auth.h)

private:
    friend loop::Task<Outcome> run_request_filters(Exchange& exchange);
    friend void run_response_filters(Exchange& exchange);
    friend void leave_filters(Exchange& exchange);
    friend void end_filters(Exchange& exchange);

    std::vector<const model::Filter*> entered_;
    std::vector<std::unique_ptr<FilterEnd>> ends_;
    std::vector<std::unique_ptr<BodySource>> bodies_;
    std::vector<std::unique_ptr<std::string>> texts_;
};

// The filters of the exchange's route, in order. go_on: all were passed; else what the client is answered.
[[nodiscard]] loop::Task<Outcome> run_request_filters(Exchange& exchange);
// Those that were entered, the last first, and those that always have a say: on the response as it is about
// to be written.
void run_response_filters(Exchange& exchange);
// Another route takes over by an internal redirect: what was entered has no more say in the response.
void leave_filters(Exchange& exchange);
// The exchange is over.
void end_filters(Exchange& exchange);

}   // namespace gatehouse::exchange
