#include "control/staple_watch.h"

#include "control/ocsp_fetch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gatehouse::control {
namespace {

std::string subject_of(const tls::OcspQuestion& question) {
    return fmt::format("certificate \"{}\", OCSP responder \"{}\"", question.certificate_path(),
                       question.url());
}

std::string in_seconds(loop::Duration time) {
    return fmt::format("{} s", std::chrono::duration_cast<std::chrono::seconds>(time).count());
}

}   // namespace

void StapleWatches::configure(const model::Model& model) {
    Watches wanted;
    const auto want = [&](const std::shared_ptr<const tls::ServerContext>& context) {
        if (context == nullptr) return;
        for (const auto& question : context->questions()) {
            auto& watch = wanted[question->identity()];
            const auto known = watches_.find(question->identity());
            if (watch == nullptr && known != watches_.end()) watch = known->second;
            if (watch != nullptr) continue;
            watch = std::make_shared<Watch>(question);
            scope_.spawn(keep_asking(watch));
        }
    };
    for (const auto& listener : model.listeners) {
        for (const auto& site : listener.sites) want(site->tls);
        for (const auto& site : listener.tcp_sites) want(site->tls);
        if (listener.secure_site != nullptr) want(listener.secure_site->tls);
    }
    watches_.swap(wanted);
    for (const auto& [identity, watch] : wanted) {
        if (!watches_.contains(identity)) watch->gone.set();
    }
}

loop::Task<void> StapleWatches::keep_asking(std::shared_ptr<Watch> watch) {
    while (!watch->gone.is_set()) {
        auto fetched = co_await fetch_ocsp_response(loop_, names_, *watch->question);
        if ((co_await loop::this_strand()).canceled()) co_return;
        const loop::Duration pause =
            fetched ? take(*watch, *std::move(fetched)) : take_failure(*watch, fetched.error());
        loop::Event::Wait gone = watch->gone.wait(pause);
        const Result<> waited = co_await gone;
        if (!waited && waited.error().code == ErrorCode::canceled) co_return;
    }
}

loop::Duration StapleWatches::take(Watch& watch, std::string response) {
    const auto& question = *watch.question;
    const auto answer = question.check(response, unix_seconds());
    if (!answer) return take_failure(watch, answer.error());
    const std::chrono::seconds good_for(answer->good_until - unix_seconds());
    const auto next = std::clamp<loop::Duration>(good_for / 2, shortest_interval, longest_interval);
    watch.failures_in_a_row = 0;
    const bool is_good = answer->status == tls::OcspAnswer::Status::good;
    std::string trouble = is_good ? "" : "the certificate is revoked";
    if (is_good) {
        question.staple()->set(std::move(response), answer->good_until);
        if (!watch.trouble.empty())
            report_(model::LogLevel::notice, subject_of(question) + ": its answer is good again");
    } else {
        question.staple()->clear();
        if (watch.trouble != trouble)
            report_(model::LogLevel::error, subject_of(question) + ": " + trouble + "; nothing is stapled");
    }
    watch.trouble = std::move(trouble);
    return next;
}

// Once for each reason, until it heals.
loop::Duration StapleWatches::take_failure(Watch& watch, const std::string& why) {
    const auto doublings = std::min(watch.failures_in_a_row++, 10U);
    const auto next = std::min<loop::Duration>(first_retry * (1U << doublings), longest_retry);
    if (watch.trouble != why) {
        const bool has_former = watch.question->staple()->response(unix_seconds()) != nullptr;
        report_(model::LogLevel::error,
                fmt::format("{}: {}; {}, and it is asked again in {}", subject_of(*watch.question), why,
                            has_former ? "its former answer is stapled" : "nothing is stapled",
                            in_seconds(next)));
        watch.trouble = why;
    }
    return next;
}

std::int64_t StapleWatches::unix_seconds() const {
    return std::chrono::floor<std::chrono::seconds>(loop_.wall_time()).time_since_epoch().count();
}

loop::Task<void> StapleWatches::close() { co_await scope_.close(); }

}   // namespace gatehouse::control
