#include "judge.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::simulation {

bool is_bodiless(const Request& request, int status) {
    return request.method == "HEAD" || status == 204 || status == 304;
}

void Judge::violation(const Request& request, std::string_view what) {
    ledger_.violation(
        fmt::format("request {} ({} {}): {}", request.id, request.method, request.target, what));
}

void Judge::judge(const Request& request, const Head& head, End end, const std::string& body) {
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

void Judge::judge_forwarded(const Request& request, const Head& head, End end, const std::string& body) {
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

void Judge::judge_tunnel(const Request& request, const Head& head, End end, const std::string& echoed) {
    auto& entry = *ledger_.find(request.id);
    if (!request.is_tunnel) violation(request, "a tunnel that nobody asked for");
    if (head.number("x-id") != request.id) violation(request, "the tunnel of another");
    const auto whole = make_body(request.id, request.body_bytes);
    if (!whole.starts_with(echoed)) violation(request, "what came back through the tunnel changed");
    const bool is_whole = end == End::complete && echoed.size() == whole.size();
    entry.outcome = is_whole ? Outcome::answered : Outcome::cut;
}

void Judge::judge_refused(const Request& request, const Head& head) {
    const bool refused = head.status() == 400 || head.status() == 501 || head.status() == 408;
    if (!refused) violation(request, fmt::format("{} is answered: {}", request.poison, head.start));
    ledger_.find(request.id)->outcome = Outcome::failed;
}

void Judge::judge_own(const Request& request, const Head& head, End end, const std::string& body) {
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
    const bool not_upgraded = request.is_tunnel && head.status() == 501;   // a page that is no tunnel
    if (!not_upgraded && std::ranges::find(failures, head.status()) == std::end(failures)) {
        violation(request, fmt::format("refused: {}", head.start));
    }
    if (end == End::complete) ledger_.find(request.id)->outcome = Outcome::failed;
}

}   // namespace gatehouse::simulation
