#pragma once
// Sessions with endpoints that may be resumed: the latest for each key, which names the endpoint and what it
// was asked as. One thread. Bounded: when there are too many, all are forgotten.

#include <memory>
#include <string>
#include <unordered_map>

struct ssl_session_st;

namespace gatehouse::tls {

struct FreeResumable {
    void operator()(ssl_session_st* session) const;
};
using Resumable = std::unique_ptr<ssl_session_st, FreeResumable>;

class ClientSessions {
public:
    static constexpr std::size_t limit = 4096;

    void put(const std::string& key, Resumable session) {
        if (sessions_.size() >= limit) sessions_.clear();
        sessions_[key] = std::move(session);
    }
    [[nodiscard]] ssl_session_st* find(const std::string& key) const {   // null: none
        const auto found = sessions_.find(key);
        return found == sessions_.end() ? nullptr : found->second.get();
    }
    void forget(const std::string& key) { sessions_.erase(key); }

private:
    std::unordered_map<std::string, Resumable> sessions_;
};

}   // namespace gatehouse::tls
