#include "control/name_watch.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gatehouse::control {
namespace {

std::string key_of(std::string_view name, NameSource source) {
    return (source == NameSource::run_time ? "r:" : "c:") + lower(name);
}

std::string text_of(const std::vector<SocketAddress>& addresses) {
    std::string text;
    for (const SocketAddress& address : addresses) text += (text.empty() ? "" : ", ") + address.ip_text();
    return text;
}

net::ResolverOptions options_for(const model::ResolverSettings& settings) {
    auto options = net::ResolverOptions::from_environment();
    options.timeout = settings.timeout;
    return options;
}

bool same(const model::ResolverSettings& a, const model::ResolverSettings& b) {
    return a.servers == b.servers && a.valid == b.valid && a.timeout == b.timeout && a.ipv4 == b.ipv4 &&
           a.ipv6 == b.ipv6;
}

}   // namespace

loop::Duration refresh_after(const net::Resolution& answer, std::optional<loop::Duration> valid) {
    if (valid) return std::max(*valid, NameWatches::shortest_interval);
    if (answer.from_docker) return NameWatches::docker_interval;
    return std::clamp(answer.ttl, NameWatches::shortest_interval, NameWatches::longest_interval);
}

NameInterest::~NameInterest() {
    unlink();
    // nobody is left: let the strand that keeps asking find that out
    if (name_ != nullptr && name_->interests_.empty()) name_->soon_.set();
}

NameWatches::NameWatches(loop::Loop& loop, MakeResolver make_resolver, const Report& report)
    : loop_(loop), make_resolver_(std::move(make_resolver)), report_(report), scope_(loop) {
    system_ = make_resolver_(scope_, options_for(settings_));
}

void NameWatches::configure(const model::ResolverSettings& settings) {
    if (same(settings, settings_)) return;
    settings_ = settings;
    auto options = options_for(settings);
    system_ = make_resolver_(scope_, options);
    configured_.reset();
    if (!settings.servers.empty()) {
        options.servers = settings.servers;
        options.ipv4 = settings.ipv4;
        options.ipv6 = settings.ipv6;
        configured_ = make_resolver_(scope_, options);
    }
    ask_all_soon();
}

void NameWatches::watch(std::string_view name, NameSource source, NameInterest& by) {
    auto key = key_of(name, source);
    auto& place = names_[key];
    const bool is_new = place == nullptr;
    if (is_new) place = std::make_unique<WatchedName>(lower(name), source);
    by.name_ = place.get();
    place->interests_.push_back(by);
    if (!is_new) return;
    if (const auto provided = provided_.find(place->name_); provided != provided_.end())
        take_provided(*place, provided->second);
    scope_.spawn(keep_asking(place.get()));
    if (!std::exchange(watching_files_, true)) scope_.spawn(watch_files());
}

// The name lives until its strand finds nobody interested.
loop::Task<void> NameWatches::keep_asking(WatchedName* name) {
    while (!name->interests_.empty()) {
        name->soon_.clear();   // what is raised from here on is newer than the answer
        if (provided_.contains(name->name_)) {
            loop::Event::Wait change = name->soon_.wait(loop::forever);
            const Result<> waited = co_await change;
            if (!waited) co_return;
            continue;
        }
        Answer answer = co_await look_up(name->name_, name->source_);
        if (!answer.resolution && answer.resolution.error().code == ErrorCode::canceled)
            co_return;                                   // closing
        if (provided_.contains(name->name_)) continue;   // meanwhile
        const loop::Duration next = take(*name, std::move(answer));
        const Result<> pause = co_await loop::sleep(least_gap);
        if (!pause) co_return;
        loop::Event::Wait due = name->soon_.wait(next - least_gap);
        const Result<> waited = co_await due;
        if (!waited && waited.error().code == ErrorCode::canceled) co_return;
    }
    names_.erase(key_of(name->name_, name->source_));
}

loop::Task<void> NameWatches::watch_files() {
    while (!names_.empty()) {
        const bool system_changed = system_->reread_if_changed();
        const bool configured_changed = configured_ != nullptr && configured_->reread_if_changed();
        if (system_changed || configured_changed) {
            report_(model::LogLevel::notice,
                    "the hosts file or resolv.conf changed: every name is looked up again");
            ask_all_soon();
        }
        const Result<> slept = co_await loop::sleep(file_check_interval);
        if (!slept) co_return;
    }
    watching_files_ = false;
}

loop::Task<NameWatches::Answer> NameWatches::look_up(std::string name, NameSource source) {
    const auto system = system_;   // configure() may replace either meanwhile
    const auto configured = configured_;
    const std::optional<loop::Duration> valid = settings_.valid;
    Answer answer;
    if (configured == nullptr || source == NameSource::configuration) {
        answer.resolution = co_await system->resolve(name);
        if (answer.resolution || configured == nullptr) co_return answer;
        if (answer.resolution.error().code == ErrorCode::canceled) co_return answer;
    }
    answer.resolution = co_await configured->resolve(name);
    answer.valid = valid;
    co_return answer;
}

loop::Duration NameWatches::take(WatchedName& name, Answer answer) {
    const bool is_first = !name.settled();
    bool changed = false;
    loop::Duration next{};
    if (answer.resolution) {
        next = refresh_after(*answer.resolution, answer.valid);
        changed = take_addresses(name, std::move(answer.resolution->addresses));
    } else {
        const auto doublings = std::min(name.failures_in_a_row_++, 3U);
        next = std::min(first_retry * (1U << doublings), longest_retry);
        if (!name.failure_) report_failure(name, answer.resolution.error());
        name.failure_ = answer.resolution.error();
    }
    name.interests_.for_each([&](NameInterest& interest) { interest.answered(changed); });
    if (is_first) first_answers_.notify_all();
    return next;
}

bool NameWatches::take_addresses(WatchedName& name, std::vector<SocketAddress> addresses) {
    const bool changed = addresses != name.addresses_;
    const auto now = text_of(addresses);
    if (name.failure_) {
        report_(model::LogLevel::notice, fmt::format("\"{}\" resolves again: {}", name.name_, now));
    } else if (changed && !name.addresses_.empty()) {
        report_(model::LogLevel::notice,
                fmt::format("\"{}\" is now {}; it was {}", name.name_, now, text_of(name.addresses_)));
    }
    name.addresses_ = std::move(addresses);
    name.failure_.reset();
    name.failures_in_a_row_ = 0;
    return changed;
}

template <class Function>
void NameWatches::for_each_source(const std::string& name, Function&& function) {
    for (const NameSource source : {NameSource::configuration, NameSource::run_time}) {
        const auto known = names_.find(key_of(name, source));
        if (known != names_.end()) function(*known->second);
    }
}

void NameWatches::provide(const std::string& name, std::optional<std::vector<SocketAddress>> addresses) {
    if (!addresses) {
        if (provided_.erase(name) == 0) return;
        // what it had is gone with who told of it
        for_each_source(name, [&](WatchedName& watched) {
            watched.addresses_.clear();
            watched.interests_.for_each([](NameInterest& interest) { interest.answered(true); });
            watched.soon_.set();
        });
        return;
    }
    provided_.insert_or_assign(name, *addresses);
    for_each_source(name, [&](WatchedName& watched) { take_provided(watched, *addresses); });
}

void NameWatches::forget_provided() {
    const auto provided = std::exchange(provided_, {});
    for (const auto& [name, addresses] : provided) {
        provided_.emplace(name, addresses);
        provide(name, std::nullopt);
    }
}

void NameWatches::take_provided(WatchedName& name, std::vector<SocketAddress> addresses) {
    const bool is_first = !name.settled();
    bool changed = !name.addresses_.empty();
    if (!addresses.empty()) {
        changed = take_addresses(name, std::move(addresses));
    } else {
        if (changed) {
            report_(model::LogLevel::error, fmt::format("no container called \"{}\" runs any more: requests "
                                                        "to it are answered 502 until one does",
                                                        name.name_));
        }
        name.addresses_.clear();
        name.failure_ = Error{.code = ErrorCode::unresolved, .what = "no container of that name runs"};
    }
    name.interests_.for_each([&](NameInterest& interest) { interest.answered(changed); });
    if (is_first) first_answers_.notify_all();
}

// Once, until it heals.
void NameWatches::report_failure(const WatchedName& name, const Error& error) {
    // names made by requests are the clients' affair, and there may be many
    const auto level = name.source_ == NameSource::run_time ? model::LogLevel::warn : model::LogLevel::error;
    const std::string origin = name.interests_.empty() ? "" : name.interests_.front().origin();
    std::string text = origin.empty() ? "" : origin + ": ";
    text += fmt::format("\"{}\" cannot be resolved ({}); ", name.name_, error.what);
    if (name.addresses_.empty()) {
        text +=
            "requests to it are answered 502 until it can: is it running, on the same network, and spelled "
            "right?";
    } else {
        text += fmt::format("its last known addresses stay in use: {}", text_of(name.addresses_));
    }
    report_(level, text + " It is looked up again every few seconds.");
}

void NameWatches::ask_all_soon() {
    for (const auto& [key, name] : names_) name->soon_.set();
}

loop::Task<void> NameWatches::close() {
    co_await scope_.close();
    configured_.reset();
    system_.reset();
}

}   // namespace gatehouse::control
