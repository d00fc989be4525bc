#pragma once
// The keys that session tickets are encrypted with (RFC 5077). Those of a configuration's files, or own ones
// that all contexts and workers of the process share, kept across reloads and rotated: a ticket is readable
// for two periods at most, so that what is recorded today cannot be read with a key that is found much later.
// Thread-safe.

#include "tls/openssl.h"

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::tls {

struct TicketKey {
    static constexpr std::size_t name_bytes = 16;
    std::array<unsigned char, name_bytes> name{};
    std::array<unsigned char, 32> cipher_key{};
    std::array<unsigned char, 32> mac_key{};
    unsigned cipher_key_bytes = 32;   // 16: AES-128, as a file of 48 bytes has it
    unsigned mac_key_bytes = 32;

    // A file of 80 bytes (AES-256) or 48 (AES-128): name, mac key, cipher key in nginx's order.
    [[nodiscard]] static std::optional<TicketKey> parse(const std::string& text);
    [[nodiscard]] static TicketKey random();
};

class TicketKeys {
public:
    static constexpr std::int64_t period_seconds = 12 * 60 * 60;

    TicketKeys() = default;   // rotated ones
    explicit TicketKeys(std::vector<TicketKey> fixed) : keys_(std::move(fixed)), is_fixed_(true) {}
    // The process's own.
    [[nodiscard]] static TicketKeys& shared();

    [[nodiscard]] TicketKey to_encrypt(std::int64_t unix_seconds);
    struct Found {
        TicketKey key;
        bool is_newest = false;   // else the client is given a new ticket
    };
    [[nodiscard]] std::optional<Found> to_decrypt(const unsigned char* name, std::int64_t unix_seconds);

private:
    void rotate(std::int64_t unix_seconds);
    std::mutex mutex_;
    std::vector<TicketKey> keys_;   // the newest first
    std::int64_t made_ = 0;         // the newest
    bool is_fixed_ = false;
};

}   // namespace gatehouse::tls
