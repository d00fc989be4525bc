#include "h2_endpoint.h"

#include "base/text.h"
#include "loop/sim/sim_backend.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::simulation {

using namespace std::chrono_literals;

namespace {

constexpr Duration patience = 40s;
constexpr std::string_view rubbish = "HTTP/1.1 400 this is not what you expected\r\n\r\n";

http::H2Limits draw_limits(Random& random) {
    http::H2Limits limits;
    static constexpr std::uint32_t streams[] = {1, 2, 5, 100, 100, 100};
    limits.concurrent_streams = streams[random.below(std::size(streams))];
    if (random.one_in(3)) limits.stream_window_bytes = static_cast<std::uint32_t>(1000 + random.below(8000));
    return limits;
}

std::uint64_t id_of(const http::Fields& fields) {
    for (const auto& field : fields) {
        if (field.name == "x-id") return parse_decimal(field.value).value_or(0);
    }
    return 0;
}

}   // namespace

// One request and its answer.
class H2EndpointConnection::Request final : public http::H2StreamEvents {
public:
    Request(H2EndpointConnection& connection, http::StreamId id, std::uint64_t number, std::size_t sighting,
            bool is_head, Mischief mischief)
        : connection_(connection),
          id_(id),
          number_(number),
          sighting_(sighting),
          is_head_(is_head),
          mischief_(mischief),
          is_slow_(connection.endpoint_.world_.random().one_in(4)) {}

    static Task<void> serve(Request& request);
    [[nodiscard]] bool is_over() const { return is_over_; }

private:
    void data_arrived(std::string_view bytes) override;
    void end_arrived(std::unique_ptr<http::H2Trailers> trailers) override;
    void piece_taken() override { taken_.set(); }
    void stream_closed(const http::H2Closed& how) override;

    [[nodiscard]] Task<bool> has_arrived();
    [[nodiscard]] Task<void> answer();
    [[nodiscard]] Task<void> send_body(std::string_view body, bool is_whole);
    void consume();
    void cut();
    [[nodiscard]] auto& session() { return connection_.session_; }
    [[nodiscard]] auto& endpoint() { return connection_.endpoint_; }
    void reset() {
        if (!has_ended_) endpoint().note_body(number_, sighting_, body_, End::cut);
        session().reset(id_, http::H2Code::internal_error);
        is_over_ = true;
        connection_.output_.set();
    }

    H2EndpointConnection& connection_;
    const http::StreamId id_;
    const std::uint64_t number_;   // X-Id
    const std::size_t sighting_;
    const bool is_head_;
    const Mischief mischief_;
    const bool is_slow_;   // to take the body
    std::string body_;
    std::size_t unconsumed_ = 0;
    bool has_ended_ = false, is_over_ = false;
    loop::Event changed_, taken_;
};

void H2EndpointConnection::Request::data_arrived(std::string_view bytes) {
    body_ += bytes;
    unconsumed_ += bytes.size();
    if (!is_slow_) consume();
}

void H2EndpointConnection::Request::consume() {
    session().consume(id_, std::exchange(unconsumed_, 0));
    connection_.output_.set();
}

void H2EndpointConnection::Request::end_arrived(std::unique_ptr<http::H2Trailers>) {
    endpoint().note_body(number_, sighting_, body_, End::complete);
    has_ended_ = true;
    changed_.set();
}

void H2EndpointConnection::Request::stream_closed(const http::H2Closed& how) {
    const bool is_broken = how.by == http::H2Closed::By::session && how.code == http::H2Code::protocol_error;
    if (is_broken)
        endpoint().ledger_.violation(fmt::format("request {}: arrived malformed: {}", number_, how.why));
    if (!has_ended_) endpoint().note_body(number_, sighting_, body_, End::cut);
    is_over_ = true;
    changed_.set();
    taken_.set();
}

// false: it never will.
Task<bool> H2EndpointConnection::Request::has_arrived() {
    while (!has_ended_ && !is_over_) {
        if (is_slow_) consume();
        changed_.clear();
        const auto pace = is_slow_ ? endpoint().world_.between(1ms, 50ms) : patience;
        const auto more = co_await changed_.wait(pace);
        const bool is_late = !more && more.error().code == ErrorCode::timed_out;
        if (!more && !(is_late && is_slow_)) co_return false;
    }
    co_return !is_over_;
}

Task<void> H2EndpointConnection::Request::serve(Request& request) {
    auto& endpoint = request.endpoint();
    const auto mischief = request.mischief_;
    const auto begun = co_await loop::yield();   // the session is to know its owner first
    if (!begun || request.is_over_) co_return;
    if (mischief == Mischief::close) co_return request.connection_.stream_.close();
    if (mischief != Mischief::early) {
        const bool is_whole = co_await request.has_arrived();
        if (!is_whole) {
            if (!request.is_over_) request.reset();
            co_return;
        }
    }
    const auto pause =
        mischief == Mischief::silence ? Duration(60s) : endpoint.world_.between(0ms, endpoint.plan_.slowest);
    const auto slept = co_await loop::sleep(pause);
    if (!slept || request.is_over_) co_return;
    if (mischief == Mischief::reset) {
        static_cast<loop::SimBackend&>(endpoint.loop_.backend())
            .reset(request.connection_.stream_.channel().fd());
        co_return;
    }
    if (mischief == Mischief::reset_stream) co_return request.reset();
    if (mischief == Mischief::rubbish) {
        request.connection_.talks_rubbish_ = true;
        co_return request.connection_.output_.set();
    }
    co_await request.answer();
    if (mischief == Mischief::goaway) request.session().drain();
    if (mischief == Mischief::leave) request.session().shutdown(http::H2Code::no_error);
    request.connection_.output_.set();
}

Task<void> H2EndpointConnection::Request::answer() {
    auto& random = endpoint().world_.random();
    const int status = endpoint().draw_status();
    const bool is_bodiless = is_head_ || status == 204 || status == 304;
    const std::size_t bytes = endpoint().draw_body_bytes();
    const bool is_cut = mischief_ == Mischief::partial_body && !is_bodiless && bytes > 1;
    const bool lies = mischief_ == Mischief::wrong_length && !is_bodiless;
    const auto number = endpoint().ledger_.begin_answer({.request = number_,
                                                         .status = status,
                                                         .body_bytes = is_bodiless ? 0 : bytes,
                                                         .meant_to_be_cut = is_cut || lies});
    Arena arena;
    http::Fields fields;
    const auto add = [&](const char* name, std::string_view value) {
        fields.add(arena, http::make_field(name, arena.copy(value)));
    };
    add("x-id", fmt::format("{}", number_));
    add("x-answer", fmt::format("{}", number));
    if (mischief_ == Mischief::huge_head) add("x-padding", std::string(200'000, 'x'));
    if (lies || (status != 204 && random.one_in(2)))
        add("content-length", fmt::format("{}", bytes + (lies ? 1 : 0)));
    if (random.one_in(8)) session().inform(id_, 103, {});
    const auto whole = make_body(number << 32, is_bodiless ? 0 : bytes);
    const auto sent = is_cut ? std::string_view(whole).substr(0, 1 + random.below(bytes - 1)) : whole;
    session().respond(id_, status, fields, sent.empty() && !lies);
    connection_.output_.set();
    if (sent.empty() && !lies) co_return;
    co_await send_body(sent, !is_cut);
    if (is_cut && !is_over_) cut();
}

Task<void> H2EndpointConnection::Request::send_body(std::string_view body, bool is_whole) {
    auto& random = endpoint().world_.random();
    const std::size_t most = 1 + random.below(20'000);
    const bool has_trailers = is_whole && random.one_in(4);
    while (!is_over_ && !body.empty()) {
        const auto piece = body.substr(0, most);
        body.remove_prefix(piece.size());
        taken_.clear();
        session().offer(id_, piece, body.empty() && is_whole && !has_trailers);
        connection_.output_.set();
        const auto taken = co_await taken_.wait();
        if (taken) continue;
        if (!is_over_) reset();   // the piece goes with this frame
        co_return;
    }
    if (is_over_ || !has_trailers) co_return;
    Arena arena;
    http::Fields trailers;
    trailers.add(arena, http::make_field("x-checksum", "none"));
    session().offer_trailers(id_, trailers);
    connection_.output_.set();
}

void H2EndpointConnection::Request::cut() {
    if (endpoint().world_.random().one_in(2)) return reset();
    connection_.stream_.close();
}

// --- the connection ---

H2EndpointConnection::H2EndpointConnection(Endpoint& endpoint, net::Stream& stream)
    : endpoint_(endpoint),
      stream_(stream),
      session_(draw_limits(endpoint.world_.random()), *this),
      working_(endpoint.loop_) {}

H2EndpointConnection::~H2EndpointConnection() = default;

H2EndpointConnection::Mischief H2EndpointConnection::draw_mischief() {
    auto& random = endpoint_.world_.random();
    if (endpoint_.world_.chance(endpoint_.plan_.mischief))
        return static_cast<Mischief>(1 + random.below(static_cast<std::uint64_t>(Mischief::leave)));
    // this loses nothing
    return random.one_in(20) ? Mischief::goaway : Mischief::none;
}

http::H2StreamEvents* H2EndpointConnection::request_arrived(http::StreamId id,
                                                            std::unique_ptr<http::H2Request> request) {
    const auto mischief = draw_mischief();
    if (mischief == Mischief::refused) return nullptr;
    const auto number = id_of(request->head.fields);
    const auto* entry = endpoint_.sight(number, request->head.line, "HTTP/2");
    if (entry == nullptr) return nullptr;
    requests_.push_back(std::make_unique<Request>(*this, id, number, entry->sightings.size() - 1,
                                                  request->head.method == http::Method::head, mischief));
    working_.spawn(Request::serve(*requests_.back()));
    return requests_.back().get();
}

void H2EndpointConnection::goaway_arrived(http::H2Code code, http::StreamId) {
    if (code == http::H2Code::no_error || talks_rubbish_) return;
    endpoint_.ledger_.violation(
        fmt::format("the gateway ended a connection to an endpoint: {}", http::name_of(code)));
}

Task<void> H2EndpointConnection::run() {
    working_.spawn(write());
    co_await read();
    check_connection();
    session_.connection_lost();
    co_await working_.close();
    stream_.close();
}

Task<void> H2EndpointConnection::read() {
    Buffer in;
    while (stream_.is_open()) {
        const auto got = co_await stream_.read(in, Buffer::standard_bytes, patience);
        if (!got && got.error().code == ErrorCode::timed_out) {
            const bool is_idle =
                std::ranges::all_of(requests_, [](const auto& one) { return one->is_over(); });
            if (is_idle) end_in_order();
            continue;
        }
        if (!got || *got == 0) co_return;
        const auto fed = session_.feed(in.view());
        in.clear();
        output_.set();
        if (!fed) co_return;
    }
}

// It idled long enough.
void H2EndpointConnection::end_in_order() {
    if (endpoint_.plan_.mischief > 0 && endpoint_.world_.random().one_in(2)) return stream_.close();
    if (session_.draining()) return stream_.close();   // the gateway is gone
    session_.drain();
    output_.set();
}

Task<void> H2EndpointConnection::write() {
    Buffer out;
    while (true) {
        output_.clear();
        while (session_.has_output()) {
            session_.pull(out, Buffer::standard_bytes);
            if (out.empty()) break;
            const auto written = co_await stream_.write(out.view(), loop::forever);
            if (!written) co_return;
            out.clear();
        }
        if (talks_rubbish_) {
            [[maybe_unused]] const auto written = co_await stream_.write(rubbish, patience);
        }
        if (session_.finished() || talks_rubbish_) co_return stream_.shutdown_write();
        const auto more = co_await output_.wait();
        if (!more) co_return;
    }
}

void H2EndpointConnection::check_connection() {
    const auto& failure = session_.failure();
    if (failure && !failure->by_peer)
        endpoint_.ledger_.violation(
            fmt::format("the gateway broke HTTP/2 towards an endpoint: {}", failure->why));
}

}   // namespace gatehouse::simulation
