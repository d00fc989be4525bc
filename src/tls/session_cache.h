#pragma once
// Sessions that the server remembers by their id, for clients without tickets. One for each name that a
// configuration gives, shared by all workers and kept across reloads. Bounded by its bytes: the oldest go
// first. Thread-safe.

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace gatehouse::tls {

class SessionCache {
public:
    // The one of this name, made when nobody else holds it; of several sizes the latest counts.
    static std::shared_ptr<SessionCache> named(const std::string& name, std::size_t bytes);

    void add(const std::string& id, std::string session, std::int64_t expires_unix_seconds);
    [[nodiscard]] std::string find(const std::string& id, std::int64_t unix_seconds);   // "": unknown
    void remove(const std::string& id);
    [[nodiscard]] std::size_t count();

private:
    static constexpr std::size_t overhead_bytes = 200;   // of an entry, about
    struct Entry {
        std::string session;
        std::int64_t expires = 0;
        std::list<std::string>::iterator place;   // in by_age_
    };
    using Entries = std::unordered_map<std::string, Entry>;
    void erase(Entries::iterator entry);
    void shrink();
    std::mutex mutex_;
    std::size_t limit_bytes_ = 0, bytes_ = 0;
    Entries entries_;
    std::list<std::string> by_age_;   // ids, the oldest first
};

}   // namespace gatehouse::tls
