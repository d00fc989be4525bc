#pragma once
// One try at one endpoint: take or make a connection, send the request, read the response's head. Says of a
// failure what nginx's proxy_next_upstream calls it, and whether anything was sent. The connection is closed
// unless it is taken over.

#include "exchange/exchange.h"
#include "exchange/handlers/forward_request.h"
#include "exchange/handlers/stored_body.h"
#include "exchange/handlers/upstream_tls.h"
#include "http/h1_parser.h"
#include "upstream/endpoint_lease.h"
#include "upstream/pool.h"

namespace gatehouse::exchange {

class Attempt {
public:
    // `tls` outlives this. `afresh`: on a connection of its own; after a kept one proved stale, the others
    // may be as old.
    Attempt(Exchange& exchange, const model::ForwardHandler& handler, const model::Service& service,
            const UpstreamTls& tls, upstream::EndpointLease lease, StoredBody& body, std::string_view uri,
            bool afresh);
    ~Attempt();
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;

    // Until the response's head is there (1xx but 101 aside).
    loop::Task<Result<>> run();

    [[nodiscard]] http::ResponseHead& head() { return head_; }
    // Hands over the head's fields and the memory they point into, which also holds arrived(): both must
    // outlive this.
    void give_head(Buffer& bytes, http::Fields& fields) {
        bytes = std::move(head_bytes_);
        fields = std::move(head_.fields);
    }
    [[nodiscard]] http::Framing framing() const { return framing_; }
    [[nodiscard]] std::string_view arrived() const { return arrived_; }   // bytes behind the head
    [[nodiscard]] upstream::Connection& connection() { return *connection_; }
    [[nodiscard]] model::Endpoint& endpoint() { return *lease_; }
    [[nodiscard]] std::string_view endpoint_text() const { return lease_->text; }
    [[nodiscard]] int status() const { return head_.status; }
    [[nodiscard]] loop::TimePoint started() const { return started_; }
    [[nodiscard]] bool request_sent() const { return request_sent_; }   // at least in part
    [[nodiscard]] bool was_reused() const { return reused_; }
    [[nodiscard]] bool invalid_head() const { return invalid_head_; }
    [[nodiscard]] bool tls_failed() const { return tls_failed_; }
    [[nodiscard]] bool is_uploading() const { return !uploads_.empty(); }
    // The whole response is here: its head, and all of its body in arrived().
    [[nodiscard]] bool has_whole_response() const {
        return upload_done_ &&
               (framing_.kind == http::BodyKind::none ||
                (framing_.kind == http::BodyKind::length && arrived_.size() >= framing_.length));
    }
    // The response is complete or given up; `clean`: its connection is between messages. Returns that to the
    // pool if it may serve again, and the endpoint's lease. No effect the second time.
    loop::Task<void> finish(bool clean);
    // The same, when no upload is under way.
    void give_back(bool clean);
    // After a 101: the connection is no HTTP/1.1 connection any more and never goes back to the pool. What
    // arrived() of it stays here.
    struct TakenOver {
        upstream::ConnectionPtr connection;
        upstream::EndpointLease lease;
    };
    loop::Task<TakenOver> hand_over();

private:
    enum class HeadStep : std::uint8_t { need_more, interim, complete, failed };

    loop::Task<Result<>> connect();
    loop::Task<Result<>> connect_anew();
    loop::Task<Result<>> secure();
    loop::Task<Result<>> send_request();
    loop::Task<Result<>> send_rest(std::string_view body, std::size_t sent);
    [[nodiscard]] RequestFramingPlan plan_framing() const;
    void request_was_sent(std::size_t bytes);
    Result<> take_read(const Result<std::size_t>& read);
    HeadStep parse_head(http::ResponseParser& parser);
    void skip_interim(http::ResponseParser& parser);
    loop::Task<void> pass_on_interim();
    loop::Task<void> stop_upload(bool clean);
    static loop::Task<void> upload(Attempt& attempt);
    loop::Task<Result<>> upload_stored();
    loop::Task<Result<>> upload_streamed();
    loop::Task<Result<>> send_body_piece(std::string_view piece, bool chunked);
    HeadStep take_head(std::size_t consumed);
    HeadStep refuse_head(const http::HeadError& why);
    [[nodiscard]] bool client_failed() const {
        return !upload_result_ && upload_result_.error().source == ErrorSource::client;
    }
    [[nodiscard]] UpstreamAttempt& record() { return exchange_.attempts[record_]; }

    Exchange& exchange_;
    const model::ForwardHandler& handler_;
    const UpstreamTls& tls_;
    const model::Service& service_;
    upstream::EndpointLease lease_;   // released before the end of a response that was read ahead
    StoredBody& body_;
    std::string_view uri_;
    std::size_t record_;
    loop::TimePoint started_;
    upstream::ConnectionPtr connection_;
    loop::Scope uploads_;               // sends the body while the head is awaited
    loop::Strand* waiting_ = nullptr;   // the strand that runs this attempt
    Result<> upload_result_, head_result_;
    bool upload_done_ = true;
    const bool keeps_alive_;   // what is sent allows another request on the connection
    bool request_sent_ = false, reused_ = false, invalid_head_ = false, persistent_ = false;
    bool tls_failed_ = false;
    const bool afresh_;
    http::Method sent_method_ = http::Method::get;
    std::size_t interim_bytes_ = 0;   // of the interim head in connection_->in
    unsigned interim_heads_ = 0;
    Buffer out_;
    Buffer head_bytes_;   // what head_ and arrived_ point into
    http::ResponseHead head_;
    http::Framing framing_;
    std::string_view arrived_;
};

}   // namespace gatehouse::exchange
