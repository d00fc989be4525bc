#include "client.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::simulation {

using namespace std::chrono_literals;

namespace {

constexpr Duration patience = 1h;   // longer than any timeout of the gateway

bool is_bodiless(const Request& request, int status) {
    return request.method == "HEAD" || status == 204 || status == 304;
}

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
      own_(own),
      gateway_(gateway),
      plan_(std::move(plan)),
      may_starve_(may_starve),
      stream_(loop, -1),
      wire_(stream_),
      sending_(loop),
      leaving_(loop) {
    for (const auto& request : plan_.requests) ledger_.add(request);
}

void Client::violation(const Request& request, std::string_view what) {
    ledger_.violation(
        fmt::format("request {} ({} {}): {}", request.id, request.method, request.target, what));
}

Task<void> Client::run() {
    const auto waited = co_await loop::sleep(plan_.starts_after);
    const int fd = waited ? loop_.backend().socket(gateway_.family(), SOCK_STREAM) : -1;
    if (fd < 0) co_return;
    stream_.channel().adopt(fd);
    const auto connected = co_await stream_.connect(gateway_, 300s);
    if (!connected) {
        stream_.close();
        co_return;
    }
    if (plan_.leaves_after) leaving_.spawn(leave());
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
        violation(plan_.requests.back(), fmt::format("bytes after the response: {:.60}", wire_.unread()));
}

Task<End> Client::receive_head(const Request& request, Head& head) {
    for (int interim = 0; interim < 10; ++interim) {
        const End end = co_await wire_.read_head(head, patience);
        if (end != End::complete || head.status() < 100 || head.status() > 199) co_return end;
        if (request.http_1_0) violation(request, "an interim response to HTTP/1.0");
        if (head.status() == 100) {
            continued_ = true;
            progress_.notify_all();
        }
    }
    violation(request, "interim responses without end");
    co_return End::invalid;
}

Task<bool> Client::receive_one(const Request& request) {
    auto& entry = *ledger_.find(request.id);
    Head head;
    const End head_end = co_await receive_head(request, head);
    if (head_end != End::complete) {
        if (head_end == End::invalid) violation(request, fmt::format("not a response: {:.60}", head.start));
        if (head_end == End::timed_out && !may_starve_) violation(request, "neither answered nor cut");
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
    judge(request, head, end, body);
    const bool close =
        head.value("connection") == "close" || head.start.starts_with("HTTP/1.0") || request.last;
    if (left_) entry.outcome = Outcome::abandoned;
    if (end != End::complete) co_return false;
    if (close || !request.poison.empty()) {
        const bool surplus = co_await wire_.anything_more(patience);
        if (surplus) violation(request, "bytes after the last response");
        co_return false;
    }
    co_return true;
}

void Client::judge(const Request& request, const Head& head, End end, const std::string& body) {
    auto& entry = *ledger_.find(request.id);
    entry.outcome = end == End::complete ? Outcome::answered : Outcome::cut;
    if (end == End::invalid) violation(request, "a badly framed response");
    if (end == End::timed_out && !may_starve_) violation(request, "a response that stopped in the middle");
    if (head.status() < 200) violation(request, fmt::format("not a status line: {:.60}", head.start));
    if (!request.poison.empty()) {
        judge_refused(request, head);
    } else if (head.has("x-id")) {
        judge_forwarded(request, head, end, body);
    } else {
        judge_own(request, head, end, body);
    }
}

void Client::judge_forwarded(const Request& request, const Head& head, End end, const std::string& body) {
    if (head.number("x-id") != request.id) {
        violation(request, fmt::format("the response to request {}", head.value("x-id")));
        return;
    }
    const Answer* answer = ledger_.answer(head.number("x-answer"));
    if (answer == nullptr || answer->request != request.id || answer->status != head.status()) {
        violation(request, "a response that no endpoint gave");
        return;
    }
    const bool has_body = !is_bodiless(request, head.status());
    const auto whole = make_body(head.number("x-answer") << 32, has_body ? answer->body_bytes : 0);
    if (!whole.starts_with(body)) violation(request, "the response's body changed on its way");
    // HTTP/1.0 cannot tell the end of a body of unknown length from a cut
    const bool marked = head.has("content-length") || head.has("transfer-encoding") || !request.http_1_0;
    if (end != End::complete || !marked) return;
    if (body.size() != whole.size()) {
        violation(request,
                  fmt::format("a response of {} bytes came as a whole one of {}", whole.size(), body.size()));
    }
    if (answer->meant_to_be_cut) violation(request, "a response that was cut came as a whole one");
}

void Client::judge_refused(const Request& request, const Head& head) {
    const bool refused = head.status() == 400 || head.status() == 501 || head.status() == 408;
    if (!refused) violation(request, fmt::format("{} is answered: {}", request.poison, head.start));
    ledger_.find(request.id)->outcome = Outcome::failed;
}

void Client::judge_own(const Request& request, const Head& head, End end, const std::string& body) {
    const auto own = own_.find(request.target);
    if (own != own_.end() && head.status() == 200) {
        const std::string& whole = request.method == "HEAD" ? std::string() : own->second;
        if (!whole.starts_with(body)) violation(request, "the gateway's own response is not what it must be");
        if (end == End::complete && body.size() != whole.size())
            violation(request, "a part came as the whole");
        return;
    }
    if (const auto fallback = own_.find("*");
        own == own_.end() && fallback != own_.end() && head.status() == 200) {
        const std::string& whole = request.method == "HEAD" ? std::string() : fallback->second;
        if (end == End::complete ? body != whole : !whole.starts_with(body))
            violation(request, "a strange error page");
        ledger_.find(request.id)->outcome = Outcome::failed;
        return;
    }
    static constexpr int failures[] = {408, 500, 502, 503, 504};
    if (std::ranges::find(failures, head.status()) == std::end(failures)) {
        violation(request, fmt::format("refused: {}", head.start));
    }
    if (end == End::complete) ledger_.find(request.id)->outcome = Outcome::failed;
}

}   // namespace gatehouse::simulation
