#include "providers/docker/container_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gatehouse::docker {
namespace {

using model::LogLevel;

// The engine's date has whole seconds, and its clock may be set back a little meanwhile.
constexpr std::int64_t clock_margin_s = 2;
constexpr std::size_t most_remarks = 10;   // in a session: what is wrong with all is said of a few

bool is_canceled(const Result<>& result) { return !result && result.error().code == ErrorCode::canceled; }

}   // namespace

ContainerWatch::ContainerWatch(loop::Loop& loop, EngineDoor& door, std::string name, OnChange on_change,
                               Report report)
    : loop_(loop),
      engine_(door),
      name_(std::move(name)),
      on_change_(std::move(on_change)),
      report_(std::move(report)),
      lost_at_(loop.now()),
      session_(loop),
      scope_(loop) {
    scope_.spawn(keep_telling());
    scope_.spawn(keep_waking());
    scope_.spawn(keep_following());
}

loop::Task<void> ContainerWatch::close() {
    co_await scope_.close();   // the follower ends its session
    co_await session_.close();
}

// One session after another.
loop::Task<void> ContainerWatch::keep_following() {
    for (;;) {
        const EngineFailure why = co_await follow();
        session_.cancel();
        co_await session_.join();
        known_.forget_questions();
        if (why.code == ErrorCode::canceled) co_return;
        lost(why);
        const Result<> slept = co_await loop::sleep(back_off_);
        if (!slept) co_return;
        back_off_ = std::min<loop::Duration>(back_off_ * 2, longest_back_off);
    }
}

// A session: from the first event until something breaks.
loop::Task<EngineFailure> ContainerWatch::follow() {
    if (latest_event_ns_ == 0) {
        auto failure = co_await find_clock();
        if (failure) co_return *std::move(failure);
    }
    auto stream = co_await engine_.follow(latest_event_ns_);
    if (!stream) co_return std::move(stream.error());
    loop::Strand& strand = co_await loop::this_strand();
    state_ = State::catching_up;
    is_listed_ = false;
    remarks_ = 0;
    session_failure_.reset();
    end_of_session_.emplace(ErrorCode::closed);
    follower_ = &strand;
    session_.spawn(keep_listing());
    session_.spawn(keep_pinging());
    loop::Share share(loop::bytes_per_turn / 8);   // reading an event costs more than moving its bytes
    EngineFailure why;
    for (;;) {
        auto line = co_await (*stream)->next();
        if (!line) {
            why = std::move(line.error());
            break;
        }
        if (session_failure_) break;
        take_event(*line);
        const Result<> spent = co_await share.spend(line->size());
        if (is_canceled(spent)) why.code = ErrorCode::canceled;
        if (!spent) break;
    }
    follower_ = nullptr;
    end_of_session_.reset();
    if (session_failure_ && why.code != ErrorCode::canceled) why = *std::exchange(session_failure_, {});
    co_return why;
}

// The first session asks for events from a little before now, by the engine's clock: an engine may say that
// it tells a moment before it does.
loop::Task<std::optional<EngineFailure>> ContainerWatch::find_clock() {
    EngineRequest request;
    request.kind = EngineRequest::Kind::ping;
    const auto answer = co_await engine_.ask(request);
    if (!answer) co_return answer.error();
    if (answer->date && *answer->date > clock_margin_s)
        latest_event_ns_ = (*answer->date - clock_margin_s) * 1'000'000'000;
    co_return std::nullopt;
}

void ContainerWatch::take_event(const std::string& line) {
    const auto event = line.empty() ? std::nullopt : parse_event(line);
    if (!event) {   // too long, or nothing we understand: it may have been about anything
        list_soon_.set();
        return;
    }
    latest_event_ns_ = std::max(latest_event_ns_, event->at_ns);
    known_.take(*event, loop_.now());
    proceed();
}

loop::Task<void> ContainerWatch::keep_listing() {
    for (;;) {
        list_soon_.clear();
        auto failure = co_await list();
        if (failure) {
            end_session(*std::move(failure));
            co_return;
        }
        loop::Event::Wait due = list_soon_.wait(list_interval);
        const Result<> waited = co_await due;
        if (is_canceled(waited)) co_return;
        const Result<> pause = co_await loop::sleep(KnownContainers::settling);   // many may have been lost
        if (!pause) co_return;
    }
}

loop::Task<std::optional<EngineFailure>> ContainerWatch::list() {
    EngineRequest request;
    request.kind = EngineRequest::Kind::list;
    const std::uint64_t asked_at = known_.sequence();
    const auto answer = co_await engine_.ask(request);
    if (!answer) co_return answer.error();
    const auto containers = parse_list(answer->body);
    if (!containers) {
        EngineFailure failure;
        failure.code = containers.error().code;
        failure.text = "its list of containers makes no sense";
        co_return failure;
    }
    known_.take(*containers, asked_at);
    is_listed_ = true;
    proceed();
    co_return std::nullopt;
}

loop::Task<void> ContainerWatch::keep_pinging() {
    for (;;) {
        const Result<> slept = co_await loop::sleep(ping_interval);
        if (!slept) co_return;
        EngineRequest request;
        request.kind = EngineRequest::Kind::ping;
        const auto answer = co_await engine_.ask(request);
        if (!answer) {
            end_session(answer.error());
            co_return;
        }
    }
}

loop::Task<void> ContainerWatch::inspect() {
    while (const auto id = known_.next_question()) {
        EngineRequest request;
        request.kind = EngineRequest::Kind::inspect;
        request.id = *id;
        auto answer = co_await engine_.ask(request);
        if (!answer && answer.error().code == ErrorCode::canceled) break;
        take_inspection(*id, std::move(answer));
    }
    --inspecting_;
}

void ContainerWatch::take_inspection(const std::string& id,
                                     tl::expected<EngineAnswer, EngineFailure> answer) {
    using Failure = KnownContainers::Failure;
    if (answer) {
        auto inspection = parse_inspection(answer->body);
        if (inspection) {
            known_.inspected(id, *std::move(inspection), loop_.now());
            return proceed();
        }
        EngineFailure failure;
        failure.code = ErrorCode::malformed;
        answer = tl::unexpected(std::move(failure));
    }
    const EngineFailure& failure = answer.error();
    if (failure.code == ErrorCode::not_found && failure.is_answer) {
        known_.not_inspected(id, Failure::gone, {}, loop_.now());
    } else if (failure.code == ErrorCode::too_large) {
        const std::string problem = fmt::format("its description is larger than {} MiB",
                                                answer_limit(EngineRequest::Kind::inspect) >> 20);
        known_.not_inspected(id, Failure::unreadable, problem, loop_.now());
    } else if (failure.code == ErrorCode::malformed) {
        known_.not_inspected(id, Failure::unreadable, "what the engine says of it cannot be read",
                             loop_.now());
    } else {
        remark(id, failure);
        known_.not_inspected(id, Failure::later, {}, loop_.now());
    }
    proceed();
}

// Where it is the engine that is gone, the end of the session says so.
void ContainerWatch::remark(const std::string& id, const EngineFailure& failure) {
    if (!failure.is_answer && failure.code != ErrorCode::timed_out) return;
    if (++remarks_ > most_remarks) return;
    report_(LogLevel::warn, fmt::format("container engine {}: container {} cannot be inspected: {}; it is "
                                        "asked for again",
                                        name_, id.substr(0, 12), failure.text));
}

// Questions are asked, put off ones at their time, and changes told.
void ContainerWatch::proceed() {
    const auto wake_at = known_.wake(loop_.now());
    if (wake_at != wake_at_) {
        wake_at_ = wake_at;
        wake_.notify_all();
    }
    while (follower_ != nullptr && known_.has_questions() && inspecting_ < questions_at_once) {
        const std::size_t before = inspecting_++;
        session_.spawn(inspect());
        if (inspecting_ <= before) break;   // it had nothing to ask
    }
    if (state_ == State::catching_up && is_listed_ && known_.is_idle()) caught_up();
    if (known_.has_changes() || !was_told_) news_.notify_all();
}

loop::Task<void> ContainerWatch::keep_waking() {
    for (;;) {
        loop::Duration pause = loop::forever;
        if (wake_at_) pause = std::max<loop::Duration>(*wake_at_ - loop_.now(), std::chrono::milliseconds(1));
        loop::Event::Wait due = wake_.wait(pause);
        const Result<> waited = co_await due;
        if (is_canceled(waited)) co_return;
        if (!waited) proceed();   // its time has come
    }
}

loop::Task<void> ContainerWatch::keep_telling() {
    for (;;) {
        while (!known_.has_changes() && (was_told_ || !is_listed_)) {
            loop::Event::Wait news = news_.wait();
            const Result<> waited = co_await news;
            if (!waited) co_return;
        }
        const Result<> held = co_await hold_back();
        if (!held) co_return;
        was_told_ = true;
        on_change_(known_.take_changes());
        const Result<> gap = co_await loop::sleep(least_gap);
        if (!gap) co_return;
    }
}

// Until nothing more is to be expected soon, or holding back would cost more than telling twice.
loop::Task<Result<>> ContainerWatch::hold_back() {
    const auto since = loop_.now();
    for (;;) {
        const bool catches_up = !was_told_ || (state_ == State::catching_up && known_.has_questions());
        const loop::TimePoint limit = since + (catches_up ? hold_first : hold);
        if (known_.is_idle() && (is_listed_ || was_told_)) co_return Result<>();
        if (was_told_ && known_.is_urgent()) co_return Result<>();
        if (loop_.now() >= limit) co_return Result<>();
        loop::Event::Wait news = news_.wait(limit - loop_.now());
        const Result<> waited = co_await news;
        if (is_canceled(waited)) co_return waited;
    }
}

void ContainerWatch::end_session(EngineFailure why) {
    if (follower_ == nullptr || session_failure_ || why.code == ErrorCode::canceled) return;
    session_failure_ = std::move(why);
    follower_->interrupt(*end_of_session_);
}

// Said once, until it is back.
void ContainerWatch::lost(const EngineFailure& why) {
    const bool is_new = failure_.empty();
    if (state_ != State::waiting) lost_at_ = loop_.now();
    state_ = State::waiting;
    failure_ = why.text.empty() ? std::string("it went away") : why.text;
    if (!is_new) return;
    report_(
        LogLevel::error,
        fmt::format("container engine {}: {}; {}, and it is tried again until it is there", name_, failure_,
                    known_.size() == 0 ? "no container is known" : "what is known of its containers stays"));
}

void ContainerWatch::caught_up() {
    state_ = State::following;
    back_off_ = first_back_off;
    if (!std::exchange(failure_, {}).empty()) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(loop_.now() - lost_at_).count();
        report_(LogLevel::notice, fmt::format("container engine {}: back after {} s, {} containers", name_,
                                              seconds, known_.size()));
    }
}

}   // namespace gatehouse::docker
