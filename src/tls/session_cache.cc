#include "tls/session_cache.h"

#include <utility>

namespace gatehouse::tls {

std::shared_ptr<SessionCache> SessionCache::named(const std::string& name, std::size_t bytes) {
    static std::mutex mutex;
    static std::unordered_map<std::string, std::weak_ptr<SessionCache>> caches;
    const std::lock_guard lock(mutex);
    auto cache = caches[name].lock();
    if (cache == nullptr) {
        cache = std::make_shared<SessionCache>();
        caches[name] = cache;
    }
    const std::lock_guard of_cache(cache->mutex_);
    cache->limit_bytes_ = bytes;
    cache->shrink();
    return cache;
}

void SessionCache::erase(Entries::iterator entry) {
    bytes_ -= entry->second.session.size() + overhead_bytes;
    by_age_.erase(entry->second.place);
    entries_.erase(entry);
}

void SessionCache::shrink() {
    while (bytes_ > limit_bytes_ && !by_age_.empty()) erase(entries_.find(by_age_.front()));
}

void SessionCache::add(const std::string& id, std::string session, std::int64_t expires_unix_seconds) {
    const std::lock_guard lock(mutex_);
    if (const auto known = entries_.find(id); known != entries_.end()) erase(known);
    bytes_ += session.size() + overhead_bytes;
    const auto place = by_age_.insert(by_age_.end(), id);
    entries_.emplace(id, Entry{std::move(session), expires_unix_seconds, place});
    shrink();
}

std::string SessionCache::find(const std::string& id, std::int64_t unix_seconds) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(id);
    if (found == entries_.end() || found->second.expires <= unix_seconds) return {};
    return found->second.session;
}

void SessionCache::remove(const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(id); found != entries_.end()) erase(found);
}

std::size_t SessionCache::count() {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

}   // namespace gatehouse::tls
