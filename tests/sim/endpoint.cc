#include "endpoint.h"

#include "accepting.h"
#include "certificate.h"
#include "h2_endpoint.h"

#include "loop/sim/sim_backend.h"

#include <fmt/format.h>

namespace gatehouse::simulation {

using namespace std::chrono_literals;

namespace {

constexpr Duration patience = 40s;

}   // namespace

Endpoint::Endpoint(loop::SimWorld& world, loop::Loop& loop, Ledger& ledger, int number, SocketAddress address,
                   EndpointPlan plan)
    : world_(world),
      loop_(loop),
      ledger_(ledger),
      number_(number),
      address_(address),
      plan_(plan),
      listener_(loop, -1),
      life_(loop),
      accepting_(loop),
      connections_(loop) {}

bool Endpoint::listen() {
    auto& backend = loop_.backend();
    const int fd = backend.socket(address_.family(), SOCK_STREAM);
    if (fd < 0) return false;
    listener_.adopt(fd);
    if (backend.listen(fd, address_.get(), address_.length, 64) < 0 || !listener_.watch()) {
        listener_.close();
        return false;
    }
    accepting_.spawn(accept_all());
    return true;
}

bool Endpoint::start() {
    if (plan_.goes_down) life_.spawn(live());
    return listen();
}

Task<void> Endpoint::live() {
    while (true) {
        const auto up = co_await loop::sleep(world_.between(100ms, 20s));
        if (!up) co_return;
        listener_.close();
        co_await accepting_.join();
        if (world_.random().one_in(2)) {   // the process dies with its connections
            connections_.cancel();
            co_await connections_.join();
        }
        const auto down = co_await loop::sleep(world_.between(10ms, 5s));
        if (!down) co_return;
        while (!listen()) {
            const auto later = co_await loop::sleep(100ms);
            if (!later) co_return;
        }
    }
}

Task<void> Endpoint::stop() {
    co_await life_.close();
    listener_.close();
    co_await accepting_.close();
    co_await connections_.close();
}

Task<void> Endpoint::accept_all() {
    while (listener_.is_open()) {
        const auto fd = co_await AcceptOne(listener_);
        if (fd) {
            if (connections_.closing()) {
                loop_.backend().close(*fd);
            } else {
                connections_.spawn(serve(*fd));
            }
        } else if (fd.error().code == ErrorCode::too_many_files) {
            const auto slept = co_await loop::sleep(20ms);
            if (!slept) co_return;
        } else {
            co_return;
        }
    }
}

Task<void> Endpoint::serve(int fd) {
    net::Stream stream(loop_, fd);
    if (!stream.start()) co_return;
    if (plan_.tls) {
        const bool agreed = co_await accept_hands(stream, plan_.http_2 ? "h2" : "http/1.1");
        if (!agreed) co_return;
    }
    if (plan_.http_2) {
        H2EndpointConnection connection(*this, stream);
        co_await connection.run();
        co_return;
    }
    Wire wire(stream);
    bool more = true;
    std::uint64_t previous = 0;
    while (more) more = co_await serve_one(stream, wire, previous);
}

Endpoint::Mischief Endpoint::draw_mischief() {
    if (!world_.chance(plan_.mischief)) return Mischief::none;
    return static_cast<Mischief>(1 + world_.random().below(static_cast<std::uint64_t>(Mischief::huge_head)));
}

int Endpoint::draw_status() {
    static constexpr int statuses[] = {200, 200, 200, 200, 200, 404, 500, 503, 204, 304, 302};
    return plan_.mischief == 0 ? 200 : statuses[world_.random().below(std::size(statuses))];
}

std::size_t Endpoint::draw_body_bytes() {
    const auto magnitude = world_.random().below(5);
    if (magnitude == 0) return 0;
    std::size_t most = plan_.largest_body;
    for (auto i = magnitude; i < 4; ++i) most = std::max<std::size_t>(most / 20, 1);
    return world_.random().below(most) + 1;
}

Task<bool> Endpoint::serve_one(net::Stream& stream, Wire& wire, std::uint64_t& previous) {
    Head head;
    const End end = co_await wire.read_head(head, patience);
    if (end == End::invalid)
        ledger_.violation(fmt::format("endpoint {}: an invalid head: {}", number_, head.start));
    if (end != End::complete) co_return false;
    const auto id = head.number("x-id");
    const auto* entry = sight(id, head.start, "HTTP/1.");
    if (entry == nullptr) {
        ledger_.violation(fmt::format("(it came behind request {})", previous));
        co_return false;
    }
    previous = id;
    const auto sighting = entry->sightings.size() - 1;
    const Mischief mischief = draw_mischief();
    if (mischief == Mischief::close) co_return false;
    if (head.value("upgrade") == "websocket") {
        if (!entry->request.is_tunnel) ledger_.violation(fmt::format("request {}: upgraded", id));
        co_await echo(stream, wire, id, mischief);
        co_return false;
    }
    if (mischief == Mischief::early) {
        static_cast<void>(co_await answer(stream, head, id, mischief));
        const bool read = co_await read_request_body(wire, head, id, sighting);
        co_return read&& world_.random().one_in(2);
    }
    const bool whole = co_await read_request_body(wire, head, id, sighting);
    if (!whole) co_return false;
    if (mischief == Mischief::reset) {
        static_cast<loop::SimBackend&>(loop_.backend()).reset(stream.channel().fd());
        co_return false;
    }
    const bool more = co_await answer(stream, head, id, mischief);
    co_return more&& head.value("connection") != "close" && head.start.ends_with("1.1");
}

// A WebSocket, as far as the gateway cares.
Task<void> Endpoint::echo(net::Stream& stream, Wire& wire, std::uint64_t id, Mischief mischief) {
    const auto head = fmt::format(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\nX-Id: {}\r\n\r\n",
        id);
    const auto slept = co_await loop::sleep(world_.between(0ms, plan_.slowest));
    if (!slept) co_return;
    const auto agreed = co_await stream.write(head, patience);
    if (!agreed) co_return;
    std::size_t left = mischief == Mischief::none ? SIZE_MAX : world_.random().below(10'000);
    while (left > 0) {
        const auto some = co_await wire.read_some(patience);
        if (some.empty()) break;
        const auto written = co_await stream.write(std::string_view(some).substr(0, left), patience);
        if (!written) co_return;
        left -= std::min(left, some.size());
    }
    if (mischief == Mischief::reset)
        static_cast<loop::SimBackend&>(loop_.backend()).reset(stream.channel().fd());
}

Task<bool> Endpoint::read_request_body(Wire& wire, const Head& head, std::uint64_t id, std::size_t sighting) {
    std::string body;
    const End end = co_await wire.read_body(head, true, body, patience);
    note_body(id, sighting, body, end);
    co_return end == End::complete;
}

Ledger::Entry* Endpoint::sight(std::uint64_t id, std::string_view start, std::string_view version) {
    auto* entry = ledger_.find(id);
    if (entry == nullptr) {
        ledger_.violation(fmt::format("endpoint {}: a request nobody made: {}", number_, start));
        return nullptr;
    }
    ++requests_;
    const auto expected = fmt::format("{} {} {}", entry->request.method, entry->request.target, version);
    if (!start.starts_with(expected)) ledger_.violation(fmt::format("request {}: arrived as {}", id, start));
    entry->sightings.push_back({.endpoint = number_});
    return entry;
}

void Endpoint::note_body(std::uint64_t id, std::size_t sighting, std::string_view body, End end) {
    auto& entry = *ledger_.find(id);
    auto& seen = entry.sightings[sighting];
    seen.body_bytes = body.size();
    const auto whole = make_body(id, entry.request.body_bytes);
    if (!whole.starts_with(body)) ledger_.violation(fmt::format("request {}: its body arrived changed", id));
    if (end == End::invalid) ledger_.violation(fmt::format("request {}: its body is badly framed", id));
    if (end == End::complete && body.size() != whole.size()) {
        ledger_.violation(
            fmt::format("request {}: {} bytes of body arrived as a whole {}", id, whole.size(), body.size()));
    }
    seen.body_complete = end == End::complete;
}

Task<bool> Endpoint::answer(net::Stream& stream, const Head& head, std::uint64_t id, Mischief mischief) {
    auto& random = world_.random();
    const auto slept =
        co_await loop::sleep(mischief == Mischief::silence ? 60s : world_.between(0ms, plan_.slowest));
    if (!slept) co_return false;
    const bool is_head = head.start.starts_with("HEAD ");
    const int status = draw_status();
    const bool bodiless = is_head || status == 204 || status == 304;
    auto framing = static_cast<Framing>(random.below(3));
    if (framing == Framing::chunked && head.start.ends_with("1.0")) framing = Framing::length;
    // the end that TLS adds to a FIN may find no room, and then all looks cut
    if (framing == Framing::close && plan_.tls) framing = Framing::length;
    if (bodiless) framing = Framing::length;
    const std::size_t bytes = draw_body_bytes();
    const bool cut = mischief == Mischief::partial_body && !bodiless && bytes > 1;
    const auto number = ledger_.begin_answer(
        {.request = id, .status = status, .body_bytes = bodiless ? 0 : bytes, .meant_to_be_cut = cut});

    std::string text;
    if (random.one_in(8) && head.start.ends_with("1.1"))
        text += "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    text += fmt::format("HTTP/1.1 {} Whatever\r\nX-Id: {}\r\nX-Answer: {}\r\n", status, id, number);
    if (mischief == Mischief::huge_head) text += fmt::format("X-Padding: {}\r\n", std::string(100'000, 'x'));
    if (framing == Framing::length && status != 204) text += fmt::format("Content-Length: {}\r\n", bytes);
    if (framing == Framing::chunked) text += "Transfer-Encoding: chunked\r\n";
    if (framing == Framing::close) text += "Connection: close\r\n";
    text += "\r\n";
    if (!bodiless) {
        const auto body = make_body(number << 32, bytes);
        text += framing == Framing::chunked ? as_chunks(body, 1 + random.below(5000)) : body;
    }
    if (mischief == Mischief::partial_head) text.resize(text.find("X-Answer"));
    if (mischief == Mischief::rubbish) text = "this is not HTTP\r\n\r\n";
    if (cut) text.resize(text.size() - 1 - random.below(bytes - 1));
    // a whole response that nobody asked for: it must never reach a client
    if (mischief == Mischief::extra && framing != Framing::close)
        text += "HTTP/1.1 200 OK\r\nX-Id: 0\r\nContent-Length: 4\r\n\r\nevil";
    const auto written = co_await stream.write(text, patience);
    // without a length only a reset can tell a cut from the end
    if ((cut || !written) && framing == Framing::close) {
        static_cast<loop::SimBackend&>(loop_.backend()).reset(stream.channel().fd());
    }
    const bool harmless =
        mischief == Mischief::none || mischief == Mischief::extra || mischief == Mischief::early;
    const bool leaves = plan_.mischief > 0 && random.one_in(10);   // without having said so
    co_return written&& harmless&& framing != Framing::close && !leaves;
}

}   // namespace gatehouse::simulation
