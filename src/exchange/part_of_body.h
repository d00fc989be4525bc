#pragma once
// One range of a body that comes piece by piece (proxy_force_ranges): what lies before it is passed over,
// what lies behind it is not asked for.

#include "exchange/exchange.h"
#include "http/range.h"

#include <optional>

namespace gatehouse::exchange {

// What a request's Range asks for of an endpoint's whole response, where the route forces ranges; its head
// then says so (206), or that there is no such part (416, without a body). Nothing: the body goes out as it
// is. Several ranges give the whole, as in nginx.
[[nodiscard]] std::optional<http::ByteRange> forced_range(Exchange& exchange);

class PartOfBody final : public BodySource {
public:
    // The response's body must be a source; this takes its place.
    PartOfBody(Response& response, const http::ByteRange& range);

    loop::Task<Result<std::string_view>> next() override;
    [[nodiscard]] bool has_arrived() const override { return source_.has_arrived(); }
    [[nodiscard]] bool ended() const override { return left_ == 0 || source_.ended(); }
    void client_is_slow() override { source_.client_is_slow(); }

private:
    BodySource& source_;
    std::uint64_t before_, left_;
};

}   // namespace gatehouse::exchange
