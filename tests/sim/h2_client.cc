#include "h2_client.h"

#include "certificate.h"
#include "reach.h"

#include "base/text.h"
#include "loop/sim/sim_backend.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::simulation {

using namespace std::chrono_literals;

namespace {

constexpr Duration patience = 1h;   // longer than any timeout of the gateway
constexpr std::size_t bytes_per_piece = 3000;

http::H2Limits limits_of(const ClientPlan& plan) {
    http::H2Limits limits;
    limits.stream_window_bytes = plan.window_bytes;
    limits.connection_window_bytes = std::max<std::uint32_t>(plan.window_bytes, 65'535);
    return limits;
}

Head head_of(const http::ResponseHead& response) {
    Head head;
    head.start = fmt::format("HTTP/1.1 {} by HTTP/2", response.status);
    for (const auto& field : response.fields) {
        auto& value = head.fields[std::string(field.name)];
        if (!value.empty()) value += ", ";
        value += field.value;
    }
    return head;
}

}   // namespace

// One request and what came of it.
class H2Client::Stream final : public http::H2StreamEvents {
public:
    Stream(H2Client& client, const Request& request) : client_(client), request_(request) {}

    void begin();
    [[nodiscard]] Task<void> wait_to_continue();
    [[nodiscard]] Task<void> reset_after(Duration delay);

private:
    void head_arrived(std::unique_ptr<http::H2Response> head) override;
    void data_arrived(std::string_view bytes) override;
    void end_arrived(std::unique_ptr<http::H2Trailers> trailers) override;
    void piece_taken() override;
    void stream_closed(const http::H2Closed& how) override;

    void offer();
    void conclude(End end);
    [[nodiscard]] Ledger::Entry& entry() { return *client_.ledger_.find(request_.id); }

    H2Client& client_;
    const Request& request_;
    http::StreamId id_ = 0;
    std::string to_send_;
    std::size_t sent_ = 0;
    bool sends_ = false;   // its body, or has sent it
    bool is_over_ = false;
    bool is_tunnel_ = false;   // granted
    bool has_head_ = false;
    Head head_;
    std::string body_;
};

void H2Client::Stream::begin() {
    Arena arena;
    http::Fields fields;
    const auto id = fmt::format("{}", request_.id);
    const auto length = fmt::format("{}", request_.body_bytes);
    const bool has_body = request_.body_bytes > 0 || request_.chunked;
    fields.add(arena, http::make_field("x-id", id));
    if (has_body && !request_.chunked && !request_.is_tunnel)
        fields.add(arena, http::make_field("content-length", length));
    if (request_.expects_continue) fields.add(arena, http::make_field("expect", "100-continue"));
    const bool is_tunnel = request_.is_tunnel;   // RFC 8441
    const http::H2Outgoing outgoing{.method = is_tunnel ? "CONNECT" : std::string_view(request_.method),
                                    .scheme = client_.plan_.tls ? "https" : "http",
                                    .authority = "gateway.test",
                                    .path = request_.target,
                                    .protocol = is_tunnel ? "websocket" : "",
                                    .fields = &fields,
                                    .ends = !has_body && !is_tunnel};
    const auto submitted = client_.session_.submit(outgoing, *this);
    if (!submitted) {   // the connection takes no more
        is_over_ = true;
        return client_.stream_is_over();
    }
    id_ = *submitted;
    to_send_ = make_body(request_.id, request_.body_bytes);
    if (!has_body || is_tunnel) return;
    if (!request_.expects_continue) return offer();
    client_.working_.spawn(wait_to_continue());
}

// RFC 9110 10.1.1: a client that waits does not wait for ever
Task<void> H2Client::Stream::wait_to_continue() {
    const auto waited = co_await loop::sleep(2s);
    if (waited && !sends_ && !is_over_) offer();
}

Task<void> H2Client::Stream::reset_after(Duration delay) {
    const auto waited = co_await loop::sleep(delay);
    if (!waited || is_over_) co_return;
    client_.session_.reset(id_, http::H2Code::cancel);
    conclude(End::cut);
    entry().outcome = Outcome::abandoned;
}

void H2Client::Stream::offer() {
    sends_ = true;
    const auto piece = std::string_view(to_send_).substr(sent_, bytes_per_piece);
    sent_ += piece.size();
    client_.session_.offer(id_, piece, sent_ == to_send_.size());
    client_.output_.set();
}

void H2Client::Stream::piece_taken() {
    if (sent_ < to_send_.size()) offer();
}

void H2Client::Stream::head_arrived(std::unique_ptr<http::H2Response> head) {
    const int status = head->head.status;
    if (status == 100 && request_.expects_continue && !sends_) offer();
    if (status < 200) return;
    is_tunnel_ = request_.is_tunnel && status == 200;
    if (is_tunnel_) offer();
    if (std::exchange(has_head_, true)) client_.judge_.violation(request_, "two heads");
    head_ = head_of(head->head);
    ++entry().responses;
    entry().status = status;
}

void H2Client::Stream::data_arrived(std::string_view bytes) {
    body_ += bytes;
    client_.session_.consume(id_, bytes.size());
    client_.output_.set();
}

void H2Client::Stream::end_arrived(std::unique_ptr<http::H2Trailers>) {
    if (!has_head_) client_.judge_.violation(request_, "an end without a head");
    if (request_.is_tunnel) {   // our side may be open still
        client_.session_.reset(id_, http::H2Code::cancel);
        client_.output_.set();
    }
    conclude(End::complete);
}

void H2Client::Stream::stream_closed(const http::H2Closed& how) {
    const bool is_broken = how.by == http::H2Closed::By::session && how.code == http::H2Code::protocol_error;
    if (is_broken) client_.judge_.violation(request_, fmt::format("a malformed response: {}", how.why));
    conclude(End::cut);
}

void H2Client::Stream::conclude(End end) {
    if (std::exchange(is_over_, true)) return;
    entry().outcome = Outcome::cut;
    if (is_tunnel_) client_.judge_.judge_tunnel(request_, head_, end, body_);
    if (has_head_ && !is_tunnel_) client_.judge_.judge(request_, head_, end, body_);
    if (client_.left_) entry().outcome = Outcome::abandoned;
    client_.stream_is_over();
}

// --- the connection ---

H2Client::H2Client(loop::SimWorld& world, loop::Loop& loop, Ledger& ledger, const OwnAnswers& own,
                   SocketAddress gateway, ClientPlan plan, bool may_starve)
    : world_(world),
      loop_(loop),
      ledger_(ledger),
      gateway_(gateway),
      plan_(std::move(plan)),
      judge_(ledger, own, may_starve),
      stream_(loop, -1),
      session_(limits_of(plan_), *this),
      working_(loop),
      leaving_(loop) {
    for (const auto& request : plan_.requests) ledger_.add(request);
}

H2Client::~H2Client() = default;

Task<void> H2Client::run() {
    const auto waited = co_await loop::sleep(plan_.starts_after);
    if (!waited) co_return;
    const bool connected = co_await connect();
    if (connected) {
        working_.spawn(write());
        working_.spawn(submit_all());
        co_await read();
        check_connection();
        session_.connection_lost();
    }
    co_await leaving_.close();
    co_await working_.close();
    stream_.close();
}

Task<bool> H2Client::connect() {
    const bool connected = co_await reach(loop_, stream_, gateway_);
    if (!connected) co_return false;
    if (plan_.leaves_after) leaving_.spawn(leave());
    bool is_agreed = true;
    if (plan_.tls) is_agreed = co_await shake_hands(stream_, "h2");
    co_return is_agreed;
}

Task<void> H2Client::leave() {
    const auto slept = co_await loop::sleep(*plan_.leaves_after);
    if (!slept) co_return;
    left_ = true;
    stream_.close();
    progress_.notify_all();
}

Task<void> H2Client::submit_all() {
    for (const auto& request : plan_.requests) {
        const bool needs_settings = request.is_tunnel;   // which say that it may be asked for
        while (under_way_ >= plan_.streams_at_once || session_.available() == 0 ||
               (needs_settings && !session_.settings_known())) {
            const auto more = co_await progress_.wait();
            if (!more || left_) co_return;
        }
        submit(request);
        if (plan_.between_requests == Duration::zero()) continue;
        const auto thought = co_await loop::sleep(plan_.between_requests);
        if (!thought) co_return;
    }
    all_submitted_ = true;
    if (is_done()) stream_is_over();
}

void H2Client::submit(const Request& request) {
    auto& stream = *streams_.emplace_back(std::make_unique<Stream>(*this, request));
    ++under_way_;
    stream.begin();
    output_.set();
    if (world_.chance(plan_.resets)) working_.spawn(stream.reset_after(world_.between(0ms, 500ms)));
}

bool H2Client::is_done() const { return all_submitted_ && under_way_ == 0; }

void H2Client::stream_is_over() {
    if (under_way_ > 0) --under_way_;
    output_.set();
    progress_.notify_all();
    if (is_done()) session_.drain();   // says goodbye, and waits for the gateway to close
}

Task<void> H2Client::read() {
    Buffer in;
    while (true) {
        const auto got = co_await stream_.read(in, Buffer::standard_bytes, patience);
        if (!got || *got == 0) {
            const bool is_late = !got && got.error().code == ErrorCode::timed_out;
            if (is_late && !judge_.may_starve()) ledger_.violation("an HTTP/2 connection fell silent");
            co_return;
        }
        const auto fed = session_.feed(in.view());
        in.clear();
        output_.set();
        if (!fed) co_return;
        if (plan_.between_reads > Duration::zero()) [[maybe_unused]]
            const auto slept = co_await loop::sleep(plan_.between_reads);
    }
}

Task<void> H2Client::write() {
    Buffer out;
    while (true) {
        output_.clear();
        while (session_.has_output()) {
            session_.pull(out, Buffer::standard_bytes);
            if (out.empty()) break;
            const auto written = co_await stream_.write(out.view(), patience);
            if (!written) co_return;
            out.clear();
        }
        if (session_.finished()) {
            stream_.shutdown_write();
            co_return;
        }
        const auto more = co_await output_.wait();
        if (!more) co_return;
    }
}

// What the gateway may not say to a client that keeps the rules.
void H2Client::goaway_arrived(http::H2Code code, http::StreamId) {
    if (code != http::H2Code::no_error)
        ledger_.violation(fmt::format("the gateway ended an HTTP/2 connection: {}", http::name_of(code)));
    progress_.notify_all();
}

void H2Client::check_connection() {
    const auto& failure = session_.failure();
    if (failure && !failure->by_peer)
        ledger_.violation(fmt::format("the gateway broke HTTP/2: {}", failure->why));
}

}   // namespace gatehouse::simulation
