#include "exchange/handlers/forward.h"

#include "exchange/client_watch.h"
#include "exchange/filters/error_service.h"
#include "exchange/handlers/choose.h"
#include "exchange/handlers/either_attempt.h"
#include "exchange/handlers/forward_failure.h"
#include "exchange/handlers/forward_request.h"
#include "exchange/handlers/forward_response.h"
#include "exchange/handlers/forward_retry.h"
#include "exchange/handlers/h2_tunnel.h"
#include "exchange/handlers/run_time_service.h"
#include "exchange/handlers/spooled_body.h"
#include "exchange/handlers/sticky.h"
#include "exchange/handlers/upgrade.h"
#include "exchange/handlers/upgrade_request.h"
#include "exchange/respond.h"
#include "exchange/sub_exchange.h"
#include "exchange/worker_state.h"
#include "log/error_log.h"
#include "upstream/balancer.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::exchange {
namespace {

using loop::Task;
using model::ForwardHandler;
using ServicePtr = std::shared_ptr<const model::Service>;

class Forwarding {
public:
    Forwarding(Exchange& exchange, const ForwardHandler& handler, ForwardWishes* wishes)
        : exchange_(exchange),
          handler_(handler),
          wishes_(wishes),
          retries_(exchange, handler),
          replaced_body_(exchange) {}

    // The steps in their order; see forward() at the end of this file.
    Task<Result<>> find_target();
    Outcome no_target(const Error& error);
    Task<Outcome> prepare_body();   // go_on: forward; else what the client is told about its body
    [[nodiscard]] bool client_hangs_up_by_fin() const;
    Result<upstream::EndpointLease> next_endpoint();
    Outcome no_endpoint(const Error& error);
    Attempt& begin_attempt(EitherAttempt& attempt, upstream::EndpointLease lease);
    // nullopt: try another endpoint.
    Task<std::optional<Outcome>> conclude(Attempt& attempt, const Result<>& result);
    Task<std::optional<Outcome>> rest();   // before that; an outcome: the client is gone

private:
    Task<Result<>> find_run_time_target();
    Task<Outcome> store_body();
    Task<std::optional<Outcome>> answer(Attempt& attempt);
    Task<std::optional<Outcome>> pass_over(Attempt& attempt);
    Task<std::optional<Outcome>> give_way(Attempt& attempt);
    [[nodiscard]] bool is_plain(const Attempt& attempt) const;
    Outcome answer_whole(Attempt& attempt);
    Task<std::optional<Outcome>> relay(Attempt& attempt);
    Task<std::optional<Outcome>> switch_protocols(Attempt& attempt);
    std::optional<Outcome> failed(Attempt& attempt, const Error& error);
    Outcome give_up(const Error& error, Fault fault);
    Result<upstream::EndpointLease> choose();
    Task<std::optional<Outcome>> rest_for(loop::Duration pause);
    bool find_another(Attempt& attempt);
    Task<std::optional<Outcome>> follow_accel_redirect(Attempt& attempt, std::string_view target);
    Task<std::optional<Outcome>> intercept(Attempt& attempt);
    void keep_head(Attempt& attempt);
    void log_failure(const Error& error, std::string_view address);

    Exchange& exchange_;
    const ForwardHandler& handler_;
    ForwardWishes* const wishes_;
    const RetryPolicy retries_;
    const model::Service* service_ = nullptr;
    ServicePtr run_time_service_;   // keeps one that is not of the snapshot
    std::string_view uri_;
    UpstreamTls tls_;
    StoredBody* body_ = nullptr;
    StoredBody replaced_body_;       // instead of the client's: proxy_set_body, or none
    upstream::EndpointLease next_;   // chosen already, for the next attempt
    std::vector<const model::Endpoint*> tried_;
    unsigned tries_ = 0;
    bool passed_over_reused_ = false;
};

Task<Result<>> Forwarding::find_target() {
    if (handler_.service == nullptr) return find_run_time_target();
    service_ = handler_.service.get();
    exchange_.proxy_host = handler_.host;
    exchange_.proxy_port = handler_.port;
    uri_ = forward_uri(exchange_, handler_, {});
    tls_ = upstream_tls_for(exchange_, handler_, nullptr);
    return Result<>();
}

Task<Result<>> Forwarding::find_run_time_target() {
    const auto rendered = exchange_.keep(exchange_.render(handler_.target));
    const bool is_grpc = handler_.is_grpc;
    const auto target = is_grpc ? parse_grpc_target(rendered) : parse_run_time_target(rendered);
    if (!target) {
        log::write_error(
            log::LogLevel::error, exchange_.route->error_logs, exchange_.client.number,
            fmt::format("invalid URL in {}: \"{}\"", is_grpc ? "grpc_pass" : "proxy_pass", rendered));
        co_return fail(ErrorCode::malformed, "proxy_pass", ErrorSource::internal);
    }
    exchange_.proxy_host = target->host;
    exchange_.proxy_port = target->port;
    uri_ = forward_uri(exchange_, handler_, target->uri);
    tls_ = upstream_tls_for(exchange_, handler_, &*target);
    auto service = co_await find_service(exchange_.client.worker, *exchange_.publication->snapshot,
                                         model::VariableScope::http, *target);
    if (!service) co_return Failure(service.error());
    run_time_service_ = *service;
    service_ = run_time_service_.get();
    co_return Result<>();
}

Outcome Forwarding::no_target(const Error& error) {
    log_failure(error, "-");
    return error.code == ErrorCode::malformed ? Outcome::answer(500) : give_up(error, Fault::other);
}

Task<Outcome> Forwarding::prepare_body() {
    body_ = &replaced_body_;
    if (exchange_.collected != nullptr && exchange_.collected->request_body) {
        body_->replace(*exchange_.collected->request_body);
        body_->announce(true);
        return Outcome::go_on();
    }
    if (handler_.has_body) {
        body_->replace(exchange_.render(handler_.body));
        return Outcome::go_on();
    }
    // what follows an extended CONNECT is no body
    const bool has_body = exchange_.body.announced() && !exchange_.asks_for_tunnel();
    if (handler_.pass_body && has_body) return store_body();
    body_->replace({});
    body_->announce(handler_.pass_body && exchange_.body.framing().kind == http::BodyKind::length &&
                    !exchange_.error_page_used);
    return Outcome::go_on();
}

Task<Outcome> Forwarding::store_body() {
    if (exchange_.stored_body == nullptr) exchange_.stored_body = std::make_unique<StoredBody>(exchange_);
    body_ = exchange_.stored_body.get();
    // HTTP/1.0 has no chunks: a body of unknown length must be read first to know it
    const bool length_needed = handler_.http_1_0 && exchange_.body.framing().kind != http::BodyKind::length;
    if (body_->is_whole()) co_return Outcome::go_on();
    if (exchange_.body.received() > 0) {   // passed on before, and gone: an empty one must not take its place
        exchange_.reason = "body-already-sent";
        co_return Outcome::answer(502);
    }
    const bool wanted_whole = handler_.request_buffering || length_needed || retries_.wants_whole_body();
    if (!wanted_whole && !exchange_.body.has_arrived()) co_return Outcome::go_on();
    const auto stored = co_await body_->read_whole();
    if (stored) co_return Outcome::go_on();
    const Outcome lost = lost_body(exchange_, stored.error());
    if (lost.kind == Outcome::Kind::status) log_failure(stored.error(), "-");
    co_return lost;
}

Result<upstream::EndpointLease> Forwarding::choose() { return choose_for(exchange_, *service_, tried_); }

void Forwarding::log_failure(const Error& error, std::string_view address) {
    log::write_error(
        log::LogLevel::error, exchange_.route->error_logs, exchange_.client.number,
        fmt::format("{} ({}), client: {}, server: {}, request: \"{}\", upstream: \"{}://{}{}\", host: \"{}\"",
                    error.describe(), name_of(error.code), exchange_.client_ip(), exchange_.site->name,
                    exchange_.request.line, scheme_of(handler_, tls_.context != nullptr), address, uri_,
                    exchange_.host_variable()));
}

Outcome Forwarding::give_up(const Error& error, Fault fault) {
    const auto failing = explain(error, fault);
    exchange_.reason = failing.reason;
    return Outcome::answer(failing.status);
}

// nullopt: try another endpoint.
std::optional<Outcome> Forwarding::failed(Attempt& attempt, const Error& error) {
    const bool struck = error.code == ErrorCode::closed && exchange_.client_is_gone();
    if (error.source == ErrorSource::client || struck) {
        exchange_.keep_alive = false;
        const bool gone = struck || error.code == ErrorCode::closed || error.code == ErrorCode::reset;
        exchange_.attempts.back().status = 0;
        exchange_.reason = gone ? "client-closed" : error.what;
        if (!gone) return Outcome::answer(status_for_body_error(error));
        exchange_.response.status = 499;
        return Outcome::close();
    }
    if (error.code == ErrorCode::canceled) return Outcome::close();
    if (error.source == ErrorSource::internal) {   // our own shortage says nothing about the endpoint
        log_failure(error, attempt.endpoint_text());
        return give_up(error, Fault::other);
    }
    const bool timeout = error.code == ErrorCode::timed_out;
    // The endpoint closed a kept connection while the request was on its way: no sign of ill health. Once
    // more, elsewhere.
    const bool stale = attempt.was_passed_over() && !timeout && !attempt.invalid_head();
    if (!stale) {
        upstream::note_failure(attempt.endpoint(), exchange_.client.worker.loop.now());
        if (error.code == ErrorCode::refused || error.code == ErrorCode::unreachable) {
            exchange_.client.worker.shared.services.suspect(*service_->state);
        }
        log_failure(error, attempt.endpoint_text());
    }
    auto& record = exchange_.attempts.back();
    if (record.status == 0) record.status = explain(error, fault_of(attempt)).status;
    const bool concerns = retries_.concerns(attempt, error, stale && !passed_over_reused_);
    if (!concerns || !retries_.may_retry(attempt, *body_, tries_)) return give_up(error, fault_of(attempt));
    if (stale && !std::exchange(passed_over_reused_, true)) {
        auto again = choose();
        if (!again) return give_up(error, Fault::other);
        next_ = std::move(*again);
        return std::nullopt;
    }
    if (!find_another(attempt)) return give_up(error, fault_of(attempt));
    return std::nullopt;
}

// Leaves this endpoint out of what follows and chooses the next; false: there is none, so this failure is the
// answer.
bool Forwarding::find_another(Attempt& attempt) {
    tried_.push_back(&attempt.endpoint());
    auto another = choose();
    if (!another && retries_.may_return()) {
        tried_.clear();
        another = choose();
    }
    if (!another) return false;
    next_ = std::move(*another);
    return true;
}

// The log and variables still ask for the head when the attempt is over.
void Forwarding::keep_head(Attempt& attempt) {
    attempt.give_head(exchange_.upstream_head_bytes, exchange_.upstream_fields);
}

// nginx's rule for X-Accel-Redirect: decoded, never upwards, and these fields of the endpoint's answer stay.
Task<std::optional<Outcome>> Forwarding::follow_accel_redirect(Attempt& attempt, std::string_view target) {
    auto& arena = exchange_.arena();
    Response kept;
    for (const auto id :
         {http::FieldId::set_cookie, http::FieldId::content_disposition, http::FieldId::cache_control,
          http::FieldId::expires, http::FieldId::accept_ranges}) {
        for (const auto& field : exchange_.response.fields) {
            if (field.id == id)
                kept.fields.add(arena,
                                http::make_field(exchange_.keep(field.name), exchange_.keep(field.value)));
        }
    }
    exchange_.accel_content_type = exchange_.keep(exchange_.response.content_type);
    exchange_.kept_fields = std::move(kept.fields);
    exchange_.response = Response{};
    const auto text = exchange_.keep(target);
    keep_head(attempt);
    co_await attempt.finish(false);
    exchange_.method = exchange_.method == http::Method::head ? http::Method::head : http::Method::get;
    exchange_.method_text = http::name_of(exchange_.method);
    if (!text.starts_with('/')) co_return internal_redirect(exchange_, text);
    const auto normal = http::normalize_uri(text, arena);
    const auto path = http::unescape(text.substr(0, text.find('?')), arena);
    if (!normal || path.find("/../") != std::string_view::npos || path.ends_with("/..")) {
        log::write_error(log::LogLevel::error, exchange_.route->error_logs, exchange_.client.number,
                         fmt::format("upstream sent an unsafe X-Accel-Redirect: \"{}\"", text));
        exchange_.reason = "unsafe-accel-redirect";
        co_return Outcome::answer(404);
    }
    exchange_.set_uri(normal->path, normal->args);
    co_return Outcome::redirect();
}

Task<std::optional<Outcome>> Forwarding::intercept(Attempt& attempt) {
    const int status = attempt.status();
    Response kept;   // a challenge is of no use without its field
    for (const auto& field : exchange_.response.fields) {
        if (field.id != http::FieldId::www_authenticate) continue;
        kept.fields.add(exchange_.arena(), http::make_field(field.id, exchange_.keep(field.value)));
    }
    exchange_.response = std::move(kept);
    keep_head(attempt);
    co_await attempt.finish(false);
    co_return Outcome::answer(status);
}

Task<std::optional<Outcome>> Forwarding::relay(Attempt& attempt) {
    const auto opened = attempt.open_body();
    UpstreamBody& source = *opened;
    SpooledBody spooled(exchange_, handler_, attempt, source);
    const auto& response = exchange_.response;
    const bool buffered = response.buffered || (handler_.buffering && !response.unbuffered);
    exchange_.response.unbuffered = !buffered;
    if (!handler_.pass_trailers) source.drop_trailers();
    if (buffered) source.limit(exchange_.client.worker.loop, exchange_.size_of(handler_.limit_rate));
    if (attempt.framing().has_body()) {
        exchange_.response.body =
            buffered ? static_cast<BodySource*>(&spooled) : static_cast<BodySource*>(&source);
    }
    keep_head(attempt);
    const auto responded = co_await respond(exchange_);
    co_await spooled.close();
    auto& record = exchange_.attempts.back();
    record.bytes_received += source.wire_bytes();
    record.response_length = source.received();
    exchange_.response.body = std::monostate();
    co_await attempt.finish(source.connection_reusable());
    if (!exchange_.body.done()) exchange_.lingering = true;
    if (responded || exchange_.head_sent) co_return Outcome::done();
    if (exchange_.client_is_gone()) {
        exchange_.response.status = 499;
        exchange_.reason = "client-closed";
        co_return Outcome::close();
    }
    if (responded.error().source != ErrorSource::upstream) co_return Outcome::done();
    // the endpoint failed behind its head, and nothing was passed on yet: the client can still be told
    upstream::note_failure(attempt.endpoint(), exchange_.client.worker.loop.now());
    exchange_.response = Response{};
    co_return give_up(responded.error(), Fault::other);
}

// The whole response has arrived, and nothing is asked for that takes it piece by piece.
bool Forwarding::is_plain(const Attempt& attempt) const {
    const bool reads_slowly = handler_.limit_rate.bytes > 0 || !handler_.limit_rate.run_time.empty();
    return attempt.has_whole_response() && !handler_.force_ranges && !reads_slowly;
}

// All of it is here already: the endpoint is free before the client is answered.
Outcome Forwarding::answer_whole(Attempt& attempt) {
    keep_head(attempt);
    const auto& framing = attempt.framing();
    const auto arrived = attempt.arrived();
    const auto body =
        framing.has_body() ? arrived.substr(0, static_cast<std::size_t>(framing.length)) : std::string_view();
    if (framing.has_body()) exchange_.response.body = body;
    exchange_.attempts.back().response_length = body.size();
    attempt.give_back(body.size() == arrived.size());
    if (!exchange_.body.done()) exchange_.lingering = true;
    return Outcome::respond();
}

Task<std::optional<Outcome>> Forwarding::pass_over(Attempt& attempt) {
    co_await attempt.finish(false);
    co_return std::nullopt;
}

Task<std::optional<Outcome>> Forwarding::give_way(Attempt& attempt) {
    wishes_->gave_way = true;
    const int status = attempt.status();
    co_await attempt.finish(false);
    co_return Outcome::answer(status);
}

Task<std::optional<Outcome>> Forwarding::switch_protocols(Attempt& attempt) {
    auto* switched = attempt.over_http_1();
    if (switched != nullptr && !passed_upgrade(exchange_, handler_).empty()) {
        keep_head(attempt);
        if (exchange_.stream == nullptr) {
            co_await upgrade(exchange_, handler_, *switched);
        } else {
            co_await open_stream_tunnel(exchange_, handler_, *switched);
        }
        co_return Outcome::done();
    }
    co_await attempt.finish(false);
    co_return give_up(Error{.code = ErrorCode::malformed, .what = "upstream switched protocols unasked"},
                      Fault::head);
}

Task<std::optional<Outcome>> Forwarding::answer(Attempt& attempt) {
    const int status = attempt.status();
    const bool no_good = retries_.concerns(status) && retries_.may_retry(attempt, *body_, tries_);
    if (no_good && find_another(attempt)) {
        if (status != 403 && status != 404)
            upstream::note_failure(attempt.endpoint(), exchange_.client.worker.loop.now());
        return pass_over(attempt);
    }
    upstream::note_success(attempt.endpoint(), attempt.started());
    if (service_->balancing == model::Balancing::least_time) {
        const auto now = exchange_.client.worker.loop.now();
        upstream::note_response_time(attempt.endpoint(), now - attempt.started(), now);
    }
    if (wishes_ != nullptr && wishes_->failing != nullptr && wishes_->failing->contains(status))
        return give_way(attempt);
    const auto orders = take_response_head(exchange_, handler_, attempt.head(), attempt.framing());
    stick(exchange_, *service_, attempt.endpoint());
    if (wishes_ != nullptr) {
        for (const auto& cookie : wishes_->cookies) exchange_.response.fields.add(exchange_.arena(), cookie);
    }
    if (status == 101) return switch_protocols(attempt);
    if (!orders.redirect.empty()) return follow_accel_redirect(attempt, orders.redirect);
    const bool has_page = status >= 300 && exchange_.route->error_pages.contains(status);
    if ((handler_.intercept_errors && has_page) || is_caught(exchange_, status)) return intercept(attempt);
    if (is_plain(attempt)) return answer_whole(attempt);
    return relay(attempt);
}

Task<std::optional<Outcome>> Forwarding::conclude(Attempt& attempt, const Result<>& result) {
    if (!result) return failed(attempt, result.error());
    return answer(attempt);
}

Task<std::optional<Outcome>> Forwarding::rest() {
    const auto pause = retries_.pause(tries_);
    if (pause <= loop::Duration::zero()) return std::optional<Outcome>();
    return rest_for(pause);
}

Task<std::optional<Outcome>> Forwarding::rest_for(loop::Duration pause) {
    const auto rested = co_await loop::sleep(pause);
    if (rested) co_return std::nullopt;
    exchange_.reason = "client-closed";
    exchange_.response.status = 499;
    co_return Outcome::close();
}

Result<upstream::EndpointLease> Forwarding::next_endpoint() {
    if (next_) return std::move(next_);
    return choose();
}

Outcome Forwarding::no_endpoint(const Error& error) {
    auto& record = exchange_.attempts.emplace_back(exchange_.arena());
    record.address = exchange_.keep(service_->name);
    const bool has_none = error.code == ErrorCode::no_endpoint;
    record.status = has_none ? handler_.status_without_endpoint : 502;
    log_failure(error, service_->name);
    if (error.code == ErrorCode::unresolved)
        exchange_.client.worker.shared.services.suspect(*service_->state);
    const Outcome outcome = give_up(error, Fault::other);
    return has_none ? Outcome::answer(handler_.status_without_endpoint) : outcome;
}

Attempt& Forwarding::begin_attempt(EitherAttempt& attempt, upstream::EndpointLease lease) {
    ++tries_;
    auto uri = uri_;
    if (service_->has_base_paths) uri = exchange_.arena().concat({lease->server.base_path, uri_});
    return attempt.begin({exchange_, handler_, *service_, tls_, *body_, uri}, std::move(lease),
                         passed_over_reused_);
}

bool Forwarding::client_hangs_up_by_fin() const {
    return exchange_.body.done() && exchange_.keep_alive && !handler_.ignore_client_abort;
}

}   // namespace

loop::Task<Outcome> forward(Exchange& exchange, const ForwardHandler& handler, ForwardWishes* wishes) {
    Forwarding forwarding(exchange, handler, wishes);
    const auto found = co_await forwarding.find_target();
    if (!found) co_return forwarding.no_target(found.error());
    const Outcome prepared = co_await forwarding.prepare_body();
    if (prepared.kind != Outcome::Kind::go_on) co_return prepared;
    exchange.abandoned_by_fin = forwarding.client_hangs_up_by_fin();
    auto& strand = co_await loop::this_strand();
    std::optional<ClientWatch> client_gone;
    const bool has_client = exchange.collected == nullptr || exchange.collected->has_client;
    if (has_client && !handler.ignore_client_abort) client_gone.emplace(exchange, strand);
    std::optional<Outcome> outcome;
    while (!outcome) {
        auto endpoint = forwarding.next_endpoint();
        if (!endpoint) {
            outcome = forwarding.no_endpoint(endpoint.error());
            break;
        }
        EitherAttempt either;
        Attempt& attempt = forwarding.begin_attempt(either, std::move(*endpoint));
        const auto result = co_await attempt.run();
        outcome = co_await forwarding.conclude(attempt, result);
        if (!outcome) outcome = co_await forwarding.rest();
    }
    exchange.attempts_before_redirect = exchange.attempts.size();
    co_return *outcome;
}

}   // namespace gatehouse::exchange
