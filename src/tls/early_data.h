#pragma once
// The hellos that came with early data (TLS 1.3 0-RTT), so that what was sent early is taken once: the
// recording of RFC 8446 section 8.2, for the seconds in which OpenSSL believes a hello to be new. One for all
// workers and contexts of the process. Another process that has the same ticket keys knows nothing of it.
// Thread-safe. Bounded: with more hellos than it can hold in its time, further ones are not taken.

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>

namespace gatehouse::tls {

class EarlyDataRecord {
public:
    static constexpr std::int64_t period_seconds = 30;   // OpenSSL takes what is up to 10 s late
    static constexpr std::size_t limit = 100'000;        // of a period

    [[nodiscard]] static EarlyDataRecord& shared();
    // `hello`: what no other hello has (its random), and nobody can change in one that was recorded.
    [[nodiscard]] bool is_first(std::string_view hello, std::int64_t unix_seconds);

private:
    using Hellos = std::unordered_set<std::string>;
    std::mutex mutex_;
    Hellos latest_, former_;   // of this period and of the one before
    std::int64_t began_ = 0;   // of this period
};

}   // namespace gatehouse::tls
