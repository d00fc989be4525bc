#include "exchange/filters/address_limits.h"

#include "base/text.h"
#include "exchange/filters/filter_run.h"
#include "exchange/filters/request_facts.h"
#include "exchange/worker_state.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>

namespace gatehouse::exchange {
namespace {

using std::chrono::nanoseconds;

bool is_in(const SocketAddress& address, const std::vector<model::Network>& networks) {
    return std::ranges::any_of(networks,
                               [&](const auto& network) { return network.contains(*address.get()); });
}

std::optional<SocketAddress> parsed(std::string_view text) {
    SocketAddress address;
    if (!SocketAddress::parse(text, 0, address)) return {};
    return address;
}

// The first address of the network an IPv6 address is in.
std::string_view widened(Exchange& exchange, std::string_view text, unsigned prefix_bits) {
    auto address = parsed(text);
    if (!address || address->family() != AF_INET6) return text;
    auto& bytes = reinterpret_cast<sockaddr_in6*>(&address->storage)->sin6_addr.s6_addr;
    for (unsigned bit = prefix_bits; bit < 128; ++bit)
        bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] & ~(0x80U >> (bit % 8)));
    return exchange.keep(address->ip_text());
}

std::string_view last_not_excluded(const std::vector<std::string_view>& addresses,
                                   const std::vector<model::Network>& excluded) {
    for (auto part = addresses.rbegin(); part != addresses.rend(); ++part) {
        const auto text = trim(*part);
        if (text.empty()) continue;
        const auto address = parsed(text);
        if (!address || !is_in(*address, excluded)) return text;
    }
    return {};
}

std::string_view address_text(Exchange& exchange, const model::AddressChoice& choice) {
    if (choice.depth == 0 && choice.excluded.empty()) return exchange.client_ip();
    const auto addresses = split(joined_values(exchange, "X-Forwarded-For"), ',');
    if (choice.depth == 0) return last_not_excluded(addresses, choice.excluded);
    if (addresses.size() < choice.depth) return {};
    return trim(addresses[addresses.size() - choice.depth]);
}

// Counts its exchange until that is over; what it became, a tunnel, counts on.
class CountedRequest final : public FilterEnd {
public:
    CountedRequest(std::shared_ptr<model::SourceCounts> counts, std::string_view source)
        : counts_(std::move(counts)), source_(source) {}
    ~CountedRequest() override { counts_->remove(source_); }

private:
    std::shared_ptr<model::SourceCounts> counts_;
    std::string source_;
};

Outcome refuse_rate(Exchange& exchange, nanoseconds delay) {
    exchange.reason = "rate-limit";
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(delay).count();
    exchange.response.fields.add(
        exchange.arena(),
        http::make_field(http::FieldId::retry_after, exchange.keep(fmt::format("{}", seconds))));
    return Outcome::answer(429);
}

}   // namespace

std::string_view chosen_address(Exchange& exchange, const model::AddressChoice& choice) {
    const auto text = address_text(exchange, choice);
    return choice.ipv6_prefix_bits ? widened(exchange, text, *choice.ipv6_prefix_bits) : text;
}

std::string_view source_of(Exchange& exchange, const model::SourceCriterion& criterion) {
    switch (criterion.kind) {
        case model::SourceCriterion::Kind::address: return chosen_address(exchange, criterion.address);
        case model::SourceCriterion::Kind::host: return host_as_sent(exchange);
        case model::SourceCriterion::Kind::field: return joined_values(exchange, criterion.field);
    }
    return {};
}

Outcome on_request(Exchange& exchange, const model::AllowAddresses& settings) {
    const auto address = parsed(chosen_address(exchange, settings.address));
    if (address && is_in(*address, settings.networks)) return Outcome::go_on();
    exchange.reason = "address-not-allowed";
    return Outcome::answer(settings.reject_status);
}

loop::Task<Outcome> on_request(Exchange& exchange, const model::RequestRate& settings) {
    if (settings.average == 0) co_return Outcome::go_on();
    const double per_second =
        static_cast<double>(settings.average) / std::chrono::duration<double>(settings.period).count();
    constexpr nanoseconds longest = std::chrono::milliseconds(500);
    const auto half_way = nanoseconds(static_cast<std::int64_t>(5e8 / std::max(per_second, 1e-3)));
    const model::SourceBuckets::Rate rate{
        .tokens_per_second = per_second,
        .burst = static_cast<double>(std::max<std::uint64_t>(settings.burst, 1)),
        .most_delay = std::min(half_way, longest)};
    const auto now = exchange.client.worker.loop.now().time_since_epoch();
    const auto answer = settings.buckets->take(source_of(exchange, settings.source), rate, now);
    if (!answer.allowed) co_return refuse_rate(exchange, answer.delay);
    if (answer.delay.count() > 0) {
        const auto slept = co_await loop::sleep(answer.delay);
        if (!slept) co_return Outcome::close();
    }
    co_return Outcome::go_on();
}

Outcome on_request(Exchange& exchange, const model::RequestsInFlight& settings) {
    if (settings.most == 0) return Outcome::go_on();
    const auto source = source_of(exchange, settings.source);
    if (!settings.counts->add(source, settings.most)) {
        exchange.reason = "too-many-in-flight";
        return Outcome::answer(429);
    }
    exchange.filter_run->owe(std::make_unique<CountedRequest>(settings.counts, source));
    return Outcome::go_on();
}

}   // namespace gatehouse::exchange
