#include "exchange/filters/compress.h"

#include "base/text.h"
#include "exchange/body_stream.h"
#include "exchange/filters/encoder.h"
#include "exchange/filters/filter_run.h"
#include "exchange/filters/request_facts.h"
#include "exchange/worker_state.h"
#include "http/accept_encoding.h"
#include "http/content_type.h"
#include "http/date.h"
#include "http/status.h"

#include <utility>

namespace gatehouse::exchange {
namespace {

using http::FieldId;
using Coding = model::Compress::Coding;
using loop::Task;

// Of a body before it is encoded: so much takes a millisecond or two, then others get their turn.
constexpr std::uint64_t input_per_turn = 128 * 1024;

// A body on its way through an encoder. Flushes where more would have to be waited for: what a client is
// meant to see now is not kept back.
class EncodedBody final : public BodySource {
public:
    EncodedBody(Response& response, std::unique_ptr<Encoder> encoder)
        : inner_(response), encoder_(std::move(encoder)) {}

    Task<Result<std::string_view>> next() override {
        out_.clear();
        while (out_.empty() && !done_) {
            const auto piece = co_await inner_.next();
            if (!piece) co_return Failure(piece.error());
            done_ = piece->empty() || inner_.ended();
            auto step = Encoder::Step::go_on;
            if (!inner_.has_arrived()) step = Encoder::Step::flush;
            if (done_) step = Encoder::Step::finish;
            if (!encoder_->encode(*piece, step, out_)) co_return fail(ErrorCode::out_of_memory, "compress");
            if (const auto on = co_await share_.spend(piece->size()); !on) co_return Failure(on.error());
        }
        co_return std::string_view(out_);
    }
    [[nodiscard]] bool has_arrived() const override { return inner_.has_arrived(); }
    void client_is_slow() override { inner_.client_is_slow(); }
    [[nodiscard]] bool ended() const override { return done_; }
    [[nodiscard]] const http::Fields* trailers() const override { return inner_.trailers(); }

private:
    BodyStream inner_;
    std::unique_ptr<Encoder> encoder_;
    std::string out_;
    loop::Share share_{input_per_turn};
    bool done_ = false;
};

bool is_wanted_type(std::string_view content_type, const model::Compress& settings) {
    const auto type = lower(http::bare_media_type(content_type));
    if (!settings.included.empty())
        return settings.included.contains(type) || settings.included.contains("*");
    return !settings.excluded.contains(type);
}

bool is_expired(const http::Fields& fields, std::time_t now) {
    const auto* expires = fields.find(FieldId::expires);
    if (expires == nullptr) return false;
    const auto at = http::parse_http_date(expires->value);
    return !at || *at < now;   // a date nobody can read is in the past (RFC 9111 5.3)
}

// Answers to proxies are not for one client alone: gzip_proxied says which may be compressed.
bool suits_proxy(Exchange& exchange, const model::Compress::Proxied& proxied) {
    const auto& request = exchange.request.fields;
    if (proxied.any || !request.contains(FieldId::via)) return true;
    const auto& response = exchange.response;
    if (proxied.auth && request.contains(FieldId::authorization)) return true;
    if (proxied.expired && is_expired(response.fields, exchange.client.worker.unix_time())) return true;
    const auto control = response.fields.value_of(FieldId::cache_control);
    if (proxied.no_cache && contains_ignoring_case(control, "no-cache")) return true;
    if (proxied.no_store && contains_ignoring_case(control, "no-store")) return true;
    if (proxied.is_private && contains_ignoring_case(control, "private")) return true;
    const bool has_time = response.last_modified || response.fields.contains(FieldId::last_modified);
    if (proxied.no_last_modified && !has_time) return true;
    return proxied.no_etag && !response.fields.contains(FieldId::etag);
}

bool is_wanted_status(int status, const model::Compress& settings) {
    if (http::is_bodiless(status) || status == 206) return false;
    return settings.all_statuses || status == 200 || status == 403 || status == 404;
}

// By what its head says; whether this client can take it is another question.
bool may_be_encoded(Exchange& exchange, const model::Compress& settings) {
    const auto& response = exchange.response;
    const auto& fields = response.fields;
    if (!is_wanted_status(response.status, settings)) return false;
    if (fields.contains(FieldId::content_encoding) || fields.contains(FieldId::content_range)) return false;
    if (response.length && (*response.length < settings.min_bytes || *response.length == 0)) return false;
    if (contains_ignoring_case(fields.value_of(FieldId::cache_control), "no-transform")) return false;
    const auto of_request = exchange.request.fields.value_of(FieldId::content_type);
    if (!of_request.empty() && settings.excluded.contains(lower(http::bare_media_type(of_request))))
        return false;
    return is_wanted_type(response.content_type, settings) && suits_proxy(exchange, settings.proxied);
}

void say_encoded(Exchange& exchange, Coding coding) {
    auto& fields = exchange.response.fields;
    auto& arena = exchange.arena();
    fields.add(arena, http::make_field(FieldId::content_encoding, name_of(coding)));
    fields.remove(FieldId::accept_ranges);
    auto* tag = const_cast<http::Field*>(fields.find(FieldId::etag));
    if (tag != nullptr && tag->value.starts_with('"')) tag->value = arena.concat({"W/", tag->value});
}

}   // namespace

std::optional<Coding> choose_coding(const http::Fields& request, const model::Compress& settings) {
    const auto* wish = request.find(FieldId::accept_encoding);
    if (wish == nullptr) return settings.without_wish;
    std::optional<Coding> best;
    unsigned best_weight = 0;
    for (const auto coding : settings.codings) {
        const auto weight = http::coding_weight(wish->value, name_of(coding)).value_or(0);
        if (weight > best_weight) {
            best = coding;
            best_weight = weight;
        }
    }
    const auto identity = http::coding_weight(wish->value, "identity").value_or(0);
    return identity > best_weight ? std::nullopt : best;
}

void on_response(Exchange& exchange, const model::Compress& settings) {
    auto& response = exchange.response;
    if (!may_be_encoded(exchange, settings)) return;
    if (settings.vary) add_vary(exchange, "Accept-Encoding");
    if (!settings.http_1_0 && exchange.request.version == http::Version::http_1_0) return;
    const bool has_body = !std::holds_alternative<std::monostate>(response.body);
    if (!has_body || exchange.request.method == http::Method::head) return;
    const auto coding = choose_coding(exchange.request.fields, settings);
    if (!coding) return;
    auto encoder = make_encoder(*coding, settings);
    if (encoder == nullptr) return;   // better as it is than not at all
    const auto* whole = std::get_if<std::string_view>(&response.body);
    if (whole != nullptr && response.recoding == nullptr) {
        auto& out = exchange.filter_run->hold_text();
        if (!encoder->encode(*whole, Encoder::Step::finish, out)) return;
        response.body = std::string_view(out);
        response.length = out.size();
    } else {
        auto body = std::make_unique<EncodedBody>(response, std::move(encoder));
        response.recoding = nullptr;
        exchange.filter_run->put_body(response, std::move(body));
        response.length.reset();
    }
    say_encoded(exchange, *coding);
}

}   // namespace gatehouse::exchange
