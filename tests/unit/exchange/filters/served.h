#pragma once
// Requests through a whole route: its filters, forwarding to simulated endpoints with answers made up
// beforehand, and what the client gets.

#include "model/filters/filter.h"
#include "tests/unit/exchange/filters/filtered.h"

#include <string>
#include <vector>

namespace gatehouse::exchange {

// An HTTP/1.1 server on port 80 of an address. Each request gets the next answer; an empty one, or none left:
// the connection is closed without.
class CannedEndpoint {
public:
    CannedEndpoint(ExchangeWorld& world, const std::string& address, std::vector<std::string> answers);
    ~CannedEndpoint();
    CannedEndpoint(const CannedEndpoint&) = delete;
    CannedEndpoint& operator=(const CannedEndpoint&) = delete;

    // As they came, with "|" for the line ends of the head.
    [[nodiscard]] const std::vector<std::string>& requests() const { return requests_; }

private:
    loop::Task<void> accept_all();
    loop::Task<void> serve(int fd);

    ExchangeWorld& world_;
    loop::Loop& loop_;
    std::vector<std::string> answers_, requests_;
    std::size_t next_ = 0;
    loop::Channel listener_;
    loop::Scope accepting_, connections_;
};

// "HTTP/1.1 200 OK" with fields, Content-Length and a body.
[[nodiscard]] std::string answer_of(const std::string& status, const std::string& body,
                                    const std::vector<std::string>& fields = {});

struct Got {
    std::string status;   // "200 OK"
    std::string head;     // as ExchangeWorld shows heads, with a "|" in front of each field
    std::string body;
    [[nodiscard]] std::string field(const std::string& name) const;   // "-": there is none
};

// Gives the exchange's route these filters, runs the exchange to its end, and says what the client got.
[[nodiscard]] Got serve(ExchangeWorld& world, Exchange& exchange, std::vector<FilterSettings> filters);

// The route that a URI leads to, for filters that need one.
[[nodiscard]] std::shared_ptr<const model::Route> route_of(ExchangeWorld& world, const std::string& uri);

}   // namespace gatehouse::exchange
