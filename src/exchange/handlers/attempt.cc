#include "exchange/handlers/attempt.h"

#include "exchange/h2_client_stream.h"
#include "exchange/worker_state.h"
#include "http/h1_writer.h"

namespace gatehouse::exchange {

namespace {

constexpr unsigned most_interim_heads = 64;   // passed on by HTTP/2, where nothing holds them up

}   // namespace

using loop::Task;

Attempt::Attempt(const AttemptSettings& settings, upstream::EndpointLease lease)
    : exchange_(settings.exchange),
      handler_(settings.handler),
      tls_(settings.tls),
      service_(settings.service),
      lease_(std::move(lease)),
      body_(settings.body),
      uri_(settings.uri),
      record_(exchange_.attempts.size()),
      started_(exchange_.client.worker.loop.now()),
      uploads_(exchange_.client.worker.loop) {
    const bool after_redirect = record_ > 0 && exchange_.attempts_before_redirect == record_;
    auto& record_of = exchange_.attempts.emplace_back(exchange_.arena());
    record_of.address = exchange_.keep(lease_->text);
    record_of.after_redirect = after_redirect;
}

Attempt::~Attempt() { record().response_time = exchange_.client.worker.loop.now() - started_; }

RequestFramingPlan Attempt::plan_framing() const {
    RequestFramingPlan plan;
    const bool streamed = !body_.is_whole();
    plan.has_body = streamed ? exchange_.body.announced() && handler_.pass_body
                             : body_.bytes() > 0 || body_.is_announced();
    if (plan.has_body && !streamed) plan.length = body_.bytes();
    if (plan.has_body && streamed && exchange_.body.framing().kind == http::BodyKind::length) {
        plan.length = exchange_.body.framing().length;
    }
    return plan;
}

void Attempt::upload_ended(const Result<>& result) {
    upload_result_ = result;
    upload_done_ = true;
    const bool canceled = !result && result.error().code == ErrorCode::canceled;
    if (client_failed() && !canceled) waiting_->interrupt(ErrorCode::closed);
}

Task<void> Attempt::pass_on_interim() {
    if (exchange_.collected != nullptr) co_return;
    const http::HopByHop hop_by_hop(head_.fields);
    if (exchange_.stream != nullptr) {
        if (++interim_heads_ > most_interim_heads) co_return;
        http::Fields passed;
        for (const auto& field : head_.fields) {
            if (!hop_by_hop.ends_here(field)) passed.add(exchange_.arena(), field);
        }
        co_return exchange_.stream->inform(head_.status, passed);
    }
    if (exchange_.request.version != http::Version::http_1_1) co_return;
    Buffer out;
    http::HeadWriter writer(out);
    writer.status_line(http::Version::http_1_1, head_.status, head_.reason);
    for (const auto& field : head_.fields) {
        if (!hop_by_hop.ends_here(field)) writer.field(field);
    }
    writer.end();
    // a failure shows again, and is dealt with, when the final response is written
    [[maybe_unused]] const auto written =
        co_await exchange_.client.stream.write(out.view(), exchange_.route->send_timeout);
}

}   // namespace gatehouse::exchange
