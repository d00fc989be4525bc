#pragma once
// One try at one endpoint: take or make a connection, send the request, read the response's head. Says of a
// failure what nginx's proxy_next_upstream calls it, and whether anything was sent. What is the same for all
// protocols is here; H1Attempt and H2Attempt speak them.

#include "exchange/exchange.h"
#include "exchange/handlers/forward_request.h"
#include "exchange/handlers/stored_body.h"
#include "exchange/handlers/upstream_body.h"
#include "exchange/handlers/upstream_tls.h"
#include "upstream/endpoint_lease.h"

namespace gatehouse::exchange {

class H1Attempt;

// What an attempt is made with. All of it but the lease outlives the attempt.
struct AttemptSettings {
    Exchange& exchange;
    const model::ForwardHandler& handler;
    const model::Service& service;
    const UpstreamTls& tls;
    StoredBody& body;
    std::string_view uri;
};

class Attempt {
public:
    virtual ~Attempt();
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;

    // Until the response's head is there (1xx but 101 aside).
    virtual loop::Task<Result<>> run() = 0;
    // The body of the response whose head is there; it does not outlive this.
    [[nodiscard]] virtual std::unique_ptr<UpstreamBody> open_body() = 0;
    // The whole response is here: its head, and all of its body in arrived().
    [[nodiscard]] virtual bool has_whole_response() const = 0;
    [[nodiscard]] virtual bool is_uploading() const = 0;
    // The response is complete or given up; `clean`: its connection is between messages. Returns that to the
    // pool if it may serve again, and the endpoint's lease. No effect the second time.
    virtual loop::Task<void> finish(bool clean) = 0;
    // The same, when no upload is under way.
    virtual void give_back(bool clean) = 0;
    [[nodiscard]] virtual H1Attempt* over_http_1() { return nullptr; }

    [[nodiscard]] http::ResponseHead& head() { return head_; }
    // Hands over the head's fields and the memory they point into, which also holds arrived(): both must
    // outlive this.
    void give_head(Buffer& bytes, http::Fields& fields) {
        bytes = std::move(head_bytes_);
        fields = std::move(head_.fields);
    }
    [[nodiscard]] http::Framing framing() const { return framing_; }
    [[nodiscard]] std::string_view arrived() const { return arrived_; }   // bytes behind the head
    [[nodiscard]] model::Endpoint& endpoint() { return *lease_; }
    [[nodiscard]] std::string_view endpoint_text() const { return lease_->text; }
    [[nodiscard]] int status() const { return head_.status; }
    [[nodiscard]] loop::TimePoint started() const { return started_; }
    // At least in part, to an endpoint that may have acted on it.
    [[nodiscard]] bool request_sent() const { return request_sent_; }
    // The failure says nothing about the endpoint: it closed a kept connection, or is about to leave.
    [[nodiscard]] bool was_passed_over() const { return reused_ || unprocessed_; }
    [[nodiscard]] bool invalid_head() const { return invalid_head_; }
    [[nodiscard]] bool tls_failed() const { return tls_failed_; }

protected:
    Attempt(const AttemptSettings& settings, upstream::EndpointLease lease);

    [[nodiscard]] RequestFramingPlan plan_framing() const;
    // RFC 9110 15.2: interim responses other than the 100 we asked for go on to a client that knows them.
    loop::Task<void> pass_on_interim();
    [[nodiscard]] bool client_failed() const {
        return !upload_result_ && upload_result_.error().source == ErrorSource::client;
    }
    // A client that fails in the middle of its body ends the attempt; an endpoint that stops reading may
    // still answer. A cancelled upload says nothing about anybody.
    void upload_ended(const Result<>& result);
    [[nodiscard]] UpstreamAttempt& record() { return exchange_.attempts[record_]; }
    [[nodiscard]] const UpstreamAttempt& record() const { return exchange_.attempts[record_]; }

    Exchange& exchange_;
    const model::ForwardHandler& handler_;
    const UpstreamTls& tls_;
    const model::Service& service_;
    upstream::EndpointLease lease_;   // released before the end of a response that was read ahead
    StoredBody& body_;
    std::string_view uri_;
    std::size_t record_;
    loop::TimePoint started_;
    loop::Scope uploads_;               // sends the body while the head is awaited
    loop::Strand* waiting_ = nullptr;   // the strand that runs this attempt
    Result<> upload_result_;
    bool upload_done_ = true;
    bool request_sent_ = false, reused_ = false, invalid_head_ = false, tls_failed_ = false;
    bool unprocessed_ = false;
    http::Method sent_method_ = http::Method::get;
    Buffer head_bytes_;   // what head_ and arrived_ point into
    http::ResponseHead head_;
    http::Framing framing_;
    std::string_view arrived_;

private:
    unsigned interim_heads_ = 0;
};

// Of failures on the endpoint's side.
[[nodiscard]] inline Error blame_upstream(Error error) {
    error.source = ErrorSource::upstream;
    return error;
}

}   // namespace gatehouse::exchange
