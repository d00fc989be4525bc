#include "client.h"

#include "certificate.h"
#include "reach.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::simulation {

using namespace std::chrono_literals;

namespace {

constexpr Duration patience = 1h;   // longer than any timeout of the gateway

std::string head_of(const Request& request) {
    std::string text = fmt::format("{} {} HTTP/1.{}\r\nHost: gateway.test\r\nX-Id: {}\r\n", request.method,
                                   request.target, request.http_1_0 ? 0 : 1, request.id);
    if (!request.poison.empty()) {
        // whoever reads the fields otherwise than the gateway sees a second request here
        return text + request.poison +
               "\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\nX-Id: 0\r\n\r\n";
    }
    if (request.chunked) {
        text += "Transfer-Encoding: chunked\r\n";
    } else if (request.body_bytes > 0 || request.method == "POST") {
        text += fmt::format("Content-Length: {}\r\n", request.body_bytes);
    }
    if (request.expects_continue) text += "Expect: 100-continue\r\n";
    if (request.last) {
        text += "Connection: close\r\n";
    } else if (request.http_1_0) {
        text += "Connection: keep-alive\r\n";
    }
    return text + "\r\n";
}

}   // namespace

Client::Client(loop::SimWorld& world, loop::Loop& loop, Ledger& ledger, const OwnAnswers& own,
               SocketAddress gateway, ClientPlan plan, bool may_starve)
    : world_(world),
      loop_(loop),
      ledger_(ledger),
      gateway_(gateway),
      plan_(std::move(plan)),
      judge_(ledger, own, may_starve),
      stream_(loop, -1),
      wire_(stream_),
      sending_(loop),
      leaving_(loop) {
    for (const auto& request : plan_.requests) ledger_.add(request);
}

Task<void> Client::run() {
    const auto waited = co_await loop::sleep(plan_.starts_after);
    if (!waited) co_return;
    const bool connected = co_await reach(loop_, stream_, gateway_);
    if (!connected) {
        stream_.close();
        co_return;
    }
    if (plan_.leaves_after) leaving_.spawn(leave());
    bool is_agreed = true;
    if (plan_.tls) is_agreed = co_await shake_hands(stream_, "http/1.1");
    if (!is_agreed) {
        co_await leaving_.close();
        stream_.close();
        co_return;
    }
    sending_.spawn(send_all());
    co_await receive_all();
    co_await leaving_.close();
    co_await sending_.close();
    stream_.close();
}

Task<void> Client::leave() {
    const auto slept = co_await loop::sleep(*plan_.leaves_after);
    if (!slept) co_return;
    left_ = true;
    stream_.close();
    progress_.notify_all();
}

Task<void> Client::send_all() {
    for (std::size_t i = 0; i < plan_.requests.size(); ++i) {
        const auto& request = plan_.requests[i];
        while (!plan_.pipelined && answered_ < i) {
            const auto more = co_await progress_.wait();
            if (!more || left_) co_return;
        }
        if (i > 0 && !plan_.pipelined) {
            const auto thought = co_await loop::sleep(plan_.between_requests);
            if (!thought) co_return;
        }
        continued_ = false;
        sent_ = i + 1;
        const auto head = head_of(request);
        const auto written = co_await stream_.write(head, patience);
        if (!written) co_return;
        const bool whole = co_await send_body(request);
        if (!whole) co_return;
    }
    if (plan_.half_closes) stream_.shutdown_write();
}

Task<bool> Client::send_body(const Request& request) {
    if (request.expects_continue) {
        // RFC 9110 10.1.1: a client that waits does not wait for ever
        const loop::TimePoint limit = loop_.now() + 2s;
        while (!continued_ && answered_ < sent_ && loop_.now() < limit) {
            const auto more = co_await progress_.wait(500ms);
            if (!more && more.error().code != ErrorCode::timed_out) co_return false;
            if (left_) co_return false;
        }
        if (answered_ >= sent_) co_return false;   // refused: the body is not wanted
    }
    const auto body = make_body(request.id, request.body_bytes);
    const auto text = request.chunked ? as_chunks(body, 3000) : body;
    if (text.empty()) co_return true;
    const auto written = co_await stream_.write(text, patience);
    co_return written.has_value();
}

Task<void> Client::receive_all() {
    for (const auto& request : plan_.requests) {
        const bool more = co_await receive_one(request);
        if (!more) co_return;
        ++answered_;
        progress_.notify_all();
    }
    // one response each: nothing may follow
    const bool surplus = co_await wire_.anything_more(3s);
    if (surplus)
        judge_.violation(plan_.requests.back(),
                         fmt::format("bytes after the response: {:.60}", wire_.unread()));
}

Task<End> Client::receive_head(const Request& request, Head& head) {
    for (int interim = 0; interim < 10; ++interim) {
        const End end = co_await wire_.read_head(head, patience);
        if (end != End::complete || head.status() < 100 || head.status() > 199) co_return end;
        if (request.http_1_0) judge_.violation(request, "an interim response to HTTP/1.0");
        if (head.status() == 100) {
            continued_ = true;
            progress_.notify_all();
        }
    }
    judge_.violation(request, "interim responses without end");
    co_return End::invalid;
}

Task<bool> Client::receive_one(const Request& request) {
    auto& entry = *ledger_.find(request.id);
    Head head;
    const End head_end = co_await receive_head(request, head);
    if (head_end != End::complete) {
        if (head_end == End::invalid)
            judge_.violation(request, fmt::format("not a response: {:.60}", head.start));
        if (head_end == End::timed_out && !judge_.may_starve())
            judge_.violation(request, "neither answered nor cut");
        if (&request - plan_.requests.data() < static_cast<std::ptrdiff_t>(sent_))
            entry.outcome = Outcome::cut;
        if (left_) entry.outcome = Outcome::abandoned;
        co_return false;
    }
    ++entry.responses;
    entry.status = head.status();
    std::string body;
    const bool has_body = !is_bodiless(request, head.status());
    const End end = co_await wire_.read_body(head, has_body, body, patience, plan_.between_reads);
    judge_.judge(request, head, end, body);
    const bool close =
        head.value("connection") == "close" || head.start.starts_with("HTTP/1.0") || request.last;
    if (left_) entry.outcome = Outcome::abandoned;
    if (end != End::complete) co_return false;
    if (close || !request.poison.empty()) {
        const bool surplus = co_await wire_.anything_more(patience);
        if (surplus) judge_.violation(request, "bytes after the last response");
        co_return false;
    }
    co_return true;
}

}   // namespace gatehouse::simulation
