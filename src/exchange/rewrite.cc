#include "exchange/rewrite.h"

#include "base/text.h"
#include "exchange/handlers/files.h"
#include "exchange/worker_state.h"
#include "http/status.h"
#include "log/error_log.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::exchange {
namespace {

using model::Condition;
using model::Regex;

constexpr int close_without_answer = 444;

bool matches(Exchange& exchange, const Regex& regex, std::string_view subject) {
    model::Captures captures;
    if (regex.match(subject, captures) != Regex::Outcome::match) return false;
    exchange.captures = captures;
    exchange.take_named(regex);
    return true;
}

class Runner {
public:
    Runner(Exchange& exchange, bool of_site) : exchange_(exchange), of_site_(of_site) {}

    ScriptEnd run(const model::Script& script) {
        walk(script);
        return end_;
    }

private:
    enum class Flow : std::uint8_t { next, stop };

    Flow walk(const model::Script& script) {
        for (const auto& entry : script.entries) {
            const Flow flow = std::visit([&](const auto& step) { return take(step, script); }, entry.step);
            if (flow == Flow::stop) return Flow::stop;
        }
        return Flow::next;
    }

    Flow take(const model::SetStep& step, const model::Script&) {
        exchange_.set_variable(step.target, exchange_.keep(exchange_.render(step.value)));
        return Flow::next;
    }
    Flow take(const model::BreakStep&, const model::Script&) {
        end_.kind = ScriptEnd::Kind::finished;   // a URI changed before it is not searched again
        return Flow::stop;
    }
    Flow take(const model::ReturnStep& step, const model::Script&) {
        return finish(answer_return(exchange_, step.action));
    }
    Flow take(const std::shared_ptr<const model::IfStep>& step, const model::Script&) {
        if (!holds(step->condition)) return Flow::next;
        if (step->route != nullptr) end_.chosen = step->route.get();
        return walk(step->then);
    }
    Flow take(const model::RewriteStep& step, const model::Script& script);

    bool holds(const Condition& condition);
    Flow finish(const Outcome& outcome) {
        end_.kind = ScriptEnd::Kind::outcome;
        end_.outcome = outcome;
        return Flow::stop;
    }

    Exchange& exchange_;
    bool of_site_;
    ScriptEnd end_;
};

bool Runner::holds(const Condition& condition) {
    const std::string_view subject = exchange_.render(condition.subject);
    switch (condition.test) {
        case Condition::Test::truthy: return is_true(subject);
        case Condition::Test::equal: return subject == exchange_.render(condition.operand);
        case Condition::Test::not_equal: return subject != exchange_.render(condition.operand);
        case Condition::Test::match: return matches(exchange_, *condition.regex, exchange_.keep(subject));
        case Condition::Test::not_match:
            return !matches(exchange_, *condition.regex, exchange_.keep(subject));
        default: return path_satisfies(condition.test, subject);
    }
}

// A redirect's Location: the replacement with the old arguments behind it.
Outcome redirect_to(Exchange& exchange, int status, std::string_view url) {
    exchange.response = Response{};
    exchange.response.status = status;
    exchange.response.fields.add(exchange.arena(), http::make_field(http::FieldId::location, url));
    return Outcome::answer(status);
}

struct Rewritten {
    std::string_view path, args;
};

// What was decoded is encoded again where it becomes a URL, and captures also where they become arguments, if
// the request had anything encoded (nginx's rule: what a client wrote as "&" may be meant to separate). A '?'
// counts only where the operator wrote it.
Rewritten render_replacement(Exchange& exchange, const model::RewriteStep& step, bool redirects) {
    auto& arena = exchange.arena();
    const auto sent = exchange.target.uri.substr(0, exchange.target.uri.find('?'));
    const bool was_encoded = sent.find_first_of("%+") != std::string_view::npos;
    Rewritten out;
    bool in_args = false;
    for (const auto& part : step.replacement.parts()) {
        std::string_view text;
        if (const auto* literal = std::get_if<std::string>(&part)) {
            text = *literal;
            if (const auto question = text.find('?'); !in_args && question != std::string_view::npos) {
                out.path = arena.concat({out.path, text.substr(0, question)});
                text.remove_prefix(question + 1);
                in_args = true;
            }
        } else {
            const auto& ref = std::get<model::VariableRef>(part);
            const bool is_capture = ref.id == model::VariableId::capture;
            text = exchange.variable(ref).value_or(std::string_view());
            if (is_capture && in_args && was_encoded) {
                text = http::escape(text, http::Escape::args, arena);
            } else if (redirects && (is_capture || ref.id == model::VariableId::uri)) {
                text = http::escape(text, http::Escape::uri, arena);
            }
        }
        auto& target = in_args ? out.args : out.path;
        target = arena.concat({target, text});
    }
    return out;
}

Runner::Flow Runner::take(const model::RewriteStep& step, const model::Script& script) {
    using Then = model::RewriteStep::Then;
    model::Captures captures;
    if (step.regex->match(exchange_.uri, captures) != Regex::Outcome::match) {
        if (script.log_rewrites) {
            log::write_error(
                log::LogLevel::notice,
                exchange_.route == nullptr ? log::ErrorLogs{} : exchange_.route->error_logs,
                exchange_.client.number,
                fmt::format("\"{}\" does not match \"{}\"", step.regex->pattern(), exchange_.uri));
        }
        return Flow::next;
    }
    exchange_.captures = captures;
    exchange_.take_named(*step.regex);
    const bool redirects = step.then == Then::redirect || step.then == Then::permanent;
    auto [path, args] = render_replacement(exchange_, step, redirects);
    if (step.keep_args && !exchange_.args.empty()) {
        args = args.empty() ? exchange_.args : exchange_.arena().concat({args, "&", exchange_.args});
    }
    if (redirects) {
        const auto url = args.empty() ? path : exchange_.arena().concat({path, "?", args});
        return finish(redirect_to(exchange_, step.then == Then::redirect ? 302 : 301, url));
    }
    if (path.empty()) {
        log::write_error(log::LogLevel::error, "the rewritten URI has a zero length");
        return finish(Outcome::answer(500));
    }
    exchange_.is_internal = true;   // nginx: a rewritten URI may enter an internal location
    exchange_.set_uri(path, args);
    if (step.then == Then::last) {
        end_.kind = ScriptEnd::Kind::search_again;
        return Flow::stop;
    }
    if (step.then == Then::stop) {
        exchange_.uri_changed_by_break = true;
        return Flow::stop;
    }
    if (!of_site_) end_.kind = ScriptEnd::Kind::search_again;   // once the script has ended
    return Flow::next;
}

}   // namespace

ScriptEnd run_script(Exchange& exchange, const model::Script& script, bool of_site) {
    ScriptEnd end = Runner(exchange, of_site).run(script);
    if (exchange.uri_changed_by_break && end.kind == ScriptEnd::Kind::search_again)
        end.kind = ScriptEnd::Kind::finished;
    return end;
}

Outcome answer_return(Exchange& exchange, const model::ReturnAction& action) {
    if (action.status == close_without_answer) {
        exchange.reset = exchange.route->reset_timedout_connection;
        return Outcome::close();
    }
    if (http::is_redirect(action.status)) {
        return redirect_to(exchange, action.status, exchange.keep(exchange.render(action.text)));
    }
    if (!action.has_text) return Outcome::answer(action.status);
    exchange.response = Response{};
    auto& response = exchange.response;
    response.status = action.status;
    const std::string_view text = exchange.keep(exchange.render(action.text));
    response.body = text;
    response.length = text.size();
    response.content_type = exchange.media_type_of_uri();
    return Outcome::respond();
}

}   // namespace gatehouse::exchange
