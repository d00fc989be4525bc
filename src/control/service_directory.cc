#include "control/service_directory.h"

#include "base/socket_address.h"
#include "base/text.h"

#include <algorithm>
#include <utility>

namespace gatehouse::control {
namespace {

constexpr std::string_view unix_prefix = "unix:";

bool is_literal(std::string_view host, std::uint16_t port) {
    SocketAddress literal;
    if (is_unix_address(host))
        return SocketAddress::from_unix_path(host.substr(unix_prefix.size())).length > 0;
    return SocketAddress::parse(host, port, literal);
}

std::shared_ptr<const model::Service> make_service(const std::string& host, std::uint16_t port) {
    auto service = std::make_shared<model::Service>();
    model::ServerEntry server;
    server.is_unix = is_unix_address(host);
    server.host = server.is_unix ? host.substr(unix_prefix.size()) : host;
    server.port = port;
    service->name = server.as_written();
    service->servers.push_back(std::move(server));
    service->state = std::make_shared<model::ServiceState>();
    return service;
}

bool has_endpoints(const model::Service& service) { return !service.state->endpoints()->primary.empty(); }

Failure refuse(ErrorCode code, const char* why) { return fail(code, why, ErrorSource::upstream); }
Failure closing() { return fail(ErrorCode::canceled, "look up a name"); }

}   // namespace

ServiceDirectory::ServiceDirectory(loop::Loop& loop, NameWatches& names, Suspects& suspects)
    : loop_(loop), names_(names), suspects_(suspects), scope_(loop) {}

std::size_t ServiceDirectory::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

void ServiceDirectory::find(std::string host, std::uint16_t port, Answer answer) {
    std::string key = (is_unix_address(host) ? host : lower(host)) + ":" + std::to_string(port);
    auto known = find_known(key);
    if (!known && is_literal(host, port)) known = add_literal(key, make_service(host, port));
    if (known) return answer(std::move(known));
    if (!net::is_host_name(host)) return answer(refuse(ErrorCode::unresolved, "not a host name"));
    loop_.post([this, key = std::move(key), host = std::move(host), port,
                answer = std::move(answer)]() mutable { ask(key, host, port, std::move(answer)); });
}

std::shared_ptr<const model::Service> ServiceDirectory::find_known(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || !found->second.known) return nullptr;
    found->second.idle_sweeps = 0;
    return found->second.service;
}

std::shared_ptr<const model::Service> ServiceDirectory::add_literal(
    const std::string& key, std::shared_ptr<const model::Service> service) {
    service->state->replace(model::build_endpoint_set(*service, {}, nullptr));
    bool is_first = false;
    {
        const std::lock_guard lock(mutex_);
        // beyond the limit it works all the same, but nobody shares its counters and connections
        if (closed_ || entries_.size() >= limit) return service;
        is_first = entries_.empty();
        Entry& entry = entries_[key];
        if (!entry.service) entry.service = std::move(service);   // else another thread was faster
        entry.known = true;
        service = entry.service;
    }
    if (is_first) loop_.post([this] { begin_to_sweep(); });
    return service;
}

void ServiceDirectory::ask(const std::string& key, const std::string& host, std::uint16_t port,
                           Answer answer) {
    if (closed_) return answer(closing());
    Entry* entry = nullptr;
    {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(key);
        if (found != entries_.end()) {
            entry = &found->second;
        } else if (entries_.size() < limit || make_room()) {
            entry = &entries_[key];
            entry->service = make_service(host, port);
        }
        if (entry != nullptr) entry->idle_sweeps = 0;
    }
    if (entry == nullptr) return answer(refuse(ErrorCode::too_large, "too many services named by requests"));
    entry->waiting.push_back(std::move(answer));
    const bool is_new = entry->watch == nullptr;
    if (is_new) {
        entry->watch =
            std::make_unique<ServiceWatch>(entry->service, entry->service->state, NameSource::run_time,
                                           names_, suspects_, [this, entry] { answered(*entry); });
        begin_to_sweep();
    }
    if (has_endpoints(*entry->service) || (is_new && entry->watch->settled())) {
        answered(*entry);
    } else if (entry->watch->settled()) {
        // as nginx does: each request for a name that failed has it asked for again
        entry->watch->ask_soon();
    }
}

// After each look-up of the entry's name.
void ServiceDirectory::answered(Entry& entry) {
    if (!entry.known && has_endpoints(*entry.service)) {
        const std::lock_guard lock(mutex_);
        entry.known = true;
    }
    const auto waiting = std::exchange(entry.waiting, {});
    for (const Answer& answer : waiting) {
        if (entry.known) {
            answer(entry.service);
        } else {
            answer(Failure(*entry.watch->failure()));
        }
    }
}

bool ServiceDirectory::is_held(const Entry& entry) {
    const long own = entry.watch ? 2 : 1;   // the entry's and its watch's
    return entry.service.use_count() > own || !entry.waiting.empty();
}

bool ServiceDirectory::make_room() {
    auto idlest = entries_.end();
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
        if (is_held(entry->second)) continue;
        if (idlest == entries_.end() || entry->second.idle_sweeps > idlest->second.idle_sweeps)
            idlest = entry;
    }
    if (idlest == entries_.end()) return false;
    entries_.erase(idlest);
    return true;
}

void ServiceDirectory::begin_to_sweep() {
    if (!std::exchange(sweeping_, true)) scope_.spawn(sweep());
}

loop::Task<void> ServiceDirectory::sweep() {
    constexpr auto most_idle = static_cast<unsigned>(idle_time / sweep_interval);
    while (size() > 0) {
        const Result<> slept = co_await loop::sleep(sweep_interval);
        if (!slept) co_return;
        const std::lock_guard lock(mutex_);
        for (auto item = entries_.begin(); item != entries_.end();) {
            Entry& entry = item->second;
            const auto choices = entry.service->state->rotation.load(std::memory_order_relaxed);
            const bool used = std::exchange(entry.choices, choices) != choices;
            entry.idle_sweeps = used || is_held(entry) ? 0 : entry.idle_sweeps + 1;
            item = entry.idle_sweeps > most_idle ? entries_.erase(item) : std::next(item);
        }
    }
    sweeping_ = false;
}

loop::Task<void> ServiceDirectory::close() {
    std::vector<Answer> open;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        for (auto& [key, entry] : entries_) std::ranges::move(entry.waiting, std::back_inserter(open));
        entries_.clear();
    }
    for (const Answer& answer : open) answer(closing());
    co_await scope_.close();
}

}   // namespace gatehouse::control
