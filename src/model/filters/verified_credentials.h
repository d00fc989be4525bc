#pragma once
// Names and passwords that were found right, so that a hash made slow on purpose is computed once and not for
// every request. Only keyed hashes of them are kept (the key is random and never leaves), a bounded number.
// Shared by all workers; thread-safe.

#include <array>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gatehouse::model {

class VerifiedCredentials {
public:
    static constexpr std::size_t most = 4096;   // beyond, those used longest ago are forgotten

    VerifiedCredentials();
    // `hash` is what the password was compared with: with another one it counts no more.
    [[nodiscard]] bool contains(std::string_view user, std::string_view password, std::string_view hash);
    void add(std::string_view user, std::string_view password, std::string_view hash);

private:
    [[nodiscard]] std::string key_of(std::string_view user, std::string_view password,
                                     std::string_view hash) const;
    std::array<unsigned char, 32> secret_;
    std::mutex mutex_;
    std::list<std::string> keys_;   // used last first
    std::unordered_map<std::string_view, std::list<std::string>::iterator> by_key_;
};

}   // namespace gatehouse::model
