#include "exchange/handlers/admin.h"

#include "exchange/worker_state.h"
#include "loop/background.h"

#include <functional>
#include <memory>
#include <utility>

namespace gatehouse::exchange {
namespace {

struct Question {
    std::shared_ptr<const model::Admin> admin;
    model::AdminRequest request;
    model::AdminAnswer answer;
};

Outcome respond_with(Exchange& exchange, const model::AdminAnswer& answer) {
    Response& response = exchange.response;
    response = Response{};
    response.status = answer.status;
    response.content_type = exchange.keep(answer.content_type);
    response.body = exchange.keep(answer.body);
    response.length = answer.body.size();
    for (const auto& [name, value] : answer.fields)
        response.fields.add(exchange.arena(), http::make_field(exchange.keep(name), exchange.keep(value)));
    return Outcome::respond();
}

loop::Task<Outcome> ask_in_background(Exchange& exchange, std::shared_ptr<Question> question) {
    std::function<void()> work = [question] {
        question->answer = question->admin->answer(question->request);
    };
    const auto done =
        co_await loop::run_in_background(exchange.client.worker.shared.background, std::move(work));
    if (!done && done.error().code != ErrorCode::too_large) co_return Outcome::close();
    if (!done) {
        exchange.reason = "admin-overloaded";
        co_return Outcome::answer(503);
    }
    co_return respond_with(exchange, question->answer);
}

}   // namespace

loop::Task<Outcome> answer_admin(Exchange& exchange, const model::AdminHandler& handler) {
    if (exchange.method != http::Method::get && exchange.method != http::Method::head) {
        exchange.reason = "method-not-allowed";
        return Outcome::answer(405);
    }
    auto question = std::make_shared<Question>();
    question->admin = handler.admin;
    question->request.part = handler.part;
    question->request.path = exchange.uri;
    question->request.query = exchange.args;
    if (handler.part != model::AdminPart::ping) return ask_in_background(exchange, std::move(question));
    auto answer = question->admin->answer(question->request);   // at once, whatever else goes on
    if (exchange.client.worker.draining) answer.status = question->admin->status_while_ending();
    return respond_with(exchange, answer);
}

}   // namespace gatehouse::exchange
