#pragma once
// SubExchange: asks a service something for the sake of a client's request, and keeps the answer in memory.
// It goes the way every request goes to its endpoint, with the same pools, limits and retries, but nothing of
// it is written to the client or the access log. A local of whoever asks; the answer's texts live in it.

#include "exchange/exchange.h"

#include <optional>
#include <string>

namespace gatehouse::exchange {

// Where the answer goes instead of to the client.
struct CollectedResponse {
    std::uint64_t limit_bytes = 0;
    std::string text;
    bool is_too_large = false;   // there was more
    bool is_whole = false;
    std::optional<std::string> request_body;   // to be sent; else none
    bool drops_text = false;                   // it is only read
    bool has_client = true;                    // whose going ends it
};

class SubExchange {
public:
    // `route` forwards; it and `of` outlive this. Method, fields and host are the caller's to set.
    SubExchange(Exchange& of, const model::Route& route, std::string_view uri, std::uint64_t limit_bytes);

    [[nodiscard]] Exchange& exchange() { return exchange_; }
    [[nodiscard]] CollectedResponse& collected() { return collected_; }
    // Until the answer is there: exchange().response and collected().text. False: there is none.
    [[nodiscard]] loop::Task<bool> ask();

private:
    CollectedResponse collected_;
    Exchange exchange_;
};

// What respond() does for such an exchange.
[[nodiscard]] loop::Task<Result<>> collect_response(Exchange& exchange);

}   // namespace gatehouse::exchange
