#include "tunnel_client.h"

#include "certificate.h"
#include "reach.h"

#include <fmt/format.h>

namespace gatehouse::simulation {

using namespace std::chrono_literals;

namespace {

constexpr Duration patience = 1h;   // longer than any timeout of the gateway

}   // namespace

TunnelClient::TunnelClient(loop::SimWorld& world, loop::Loop& loop, Ledger& ledger, const OwnAnswers& own,
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
    ledger.add(request());
}

Task<void> TunnelClient::run() {
    const auto waited = co_await loop::sleep(plan_.starts_after);
    if (!waited) co_return;
    const bool connected = co_await connect();
    if (connected) co_await use();
    co_await leaving_.close();
    co_await sending_.close();
    stream_.close();
}

Task<bool> TunnelClient::connect() {
    const bool connected = co_await reach(loop_, stream_, gateway_);
    if (!connected) co_return false;
    if (plan_.leaves_after) leaving_.spawn(leave());
    bool is_agreed = true;
    if (plan_.tls) is_agreed = co_await shake_hands(stream_, "http/1.1");
    co_return is_agreed;
}

Task<void> TunnelClient::leave() {
    const auto slept = co_await loop::sleep(*plan_.leaves_after);
    if (!slept) co_return;
    left_ = true;
    stream_.close();
}

Task<void> TunnelClient::use() {
    auto& entry = *ledger_.find(request().id);
    const auto text = fmt::format(
        "GET {} HTTP/1.1\r\nHost: gateway.test\r\nX-Id: {}\r\nConnection: Upgrade\r\nUpgrade: "
        "websocket\r\n\r\n",
        request().target, request().id);
    const auto written = co_await stream_.write(text, patience);
    if (!written) co_return;
    entry.outcome = left_ ? Outcome::abandoned : Outcome::cut;
    Head head;
    const End end = co_await wire_.read_head(head, patience);
    if (end == End::invalid) judge_.violation(request(), fmt::format("not a response: {:.60}", head.start));
    if (end == End::complete) {
        ++entry.responses;
        entry.status = head.status();
        std::string body;
        if (head.status() == 101) {
            sending_.spawn(send());
            const End echoed = co_await wire_.read_to_end(body, patience, plan_.between_reads);
            judge_.judge_tunnel(request(), head, echoed, body);
        } else {
            const End whole = co_await wire_.read_body(head, true, body, patience);
            judge_.judge(request(), head, whole, body);
        }
    }
    if (left_) entry.outcome = Outcome::abandoned;
}

Task<void> TunnelClient::send() {
    const auto body = make_body(request().id, request().body_bytes);
    const std::size_t most = 1 + world_.random().below(5000);
    for (std::string_view left = body; !left.empty(); left.remove_prefix(std::min(most, left.size()))) {
        const auto written = co_await stream_.write(left.substr(0, most), patience);
        if (!written) co_return;
        if (!world_.random().one_in(4)) continue;
        const auto thought = co_await loop::sleep(world_.between(0ms, 2000ms));
        if (!thought) co_return;
    }
    stream_.shutdown_write();
}

}   // namespace gatehouse::simulation
