#include "exchange/handlers/status.h"

#include "exchange/worker_state.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::exchange {
namespace {

// A transparent GIF of one pixel: 43 bytes, the smallest every browser takes.
constexpr std::string_view one_pixel(
    "GIF89a\x01\x00\x01\x00\x80\x01\x00\x00\x00\x00\xff\xff\xff\x21\xf9\x04\x01\x00\x00\x01\x00\x2c\x00\x00"
    "\x00\x00"
    "\x01\x00\x01\x00\x00\x02\x02\x4c\x01\x00\x3b",
    43);

bool is_read(const Exchange& exchange) {
    return exchange.method == http::Method::get || exchange.method == http::Method::head;
}

Outcome answer_text(Exchange& exchange, std::string_view text, std::string_view type) {
    exchange.response = Response{};
    exchange.response.body = text;
    exchange.response.length = text.size();
    exchange.response.content_type = type;
    return Outcome::respond();
}

}   // namespace

Outcome answer_status(Exchange& exchange) {
    if (!is_read(exchange)) return Outcome::answer(405);
    const auto& counters = exchange.client.worker.shared.counters;
    const auto text = fmt::format(
        "Active connections: {} \nserver accepts handled requests\n {} {} {} \nReading: {} Writing: {} "
        "Waiting: {} \n",
        counters.total(&Counters::active), counters.total(&Counters::accepted),
        counters.total(&Counters::handled), counters.total(&Counters::requests),
        counters.total(&Counters::reading), counters.total(&Counters::writing),
        counters.total(&Counters::waiting));
    return answer_text(exchange, exchange.keep(text), "text/plain");
}

Outcome answer_empty_gif(Exchange& exchange) {
    if (!is_read(exchange)) return Outcome::answer(405);
    exchange.response.last_modified.reset();
    return answer_text(exchange, one_pixel, "image/gif");
}

}   // namespace gatehouse::exchange
