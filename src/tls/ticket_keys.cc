#include "tls/ticket_keys.h"

#include <openssl/rand.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace gatehouse::tls {

std::optional<TicketKey> TicketKey::parse(const std::string& text) {
    TicketKey key;
    const bool is_long = text.size() == 80;
    if (!is_long && text.size() != 48) return std::nullopt;
    key.cipher_key_bytes = key.mac_key_bytes = is_long ? 32 : 16;
    const auto* bytes = text.data();
    std::memcpy(key.name.data(), bytes, name_bytes);
    // nginx's layouts: of 48 bytes name, cipher key, mac key; of 80 bytes name, mac key, cipher key
    const std::size_t half = key.cipher_key_bytes;
    std::memcpy((is_long ? key.mac_key : key.cipher_key).data(), bytes + name_bytes, half);
    std::memcpy((is_long ? key.cipher_key : key.mac_key).data(), bytes + name_bytes + half, half);
    return key;
}

TicketKey TicketKey::random() {
    TicketKey key;
    const bool made = RAND_bytes(key.name.data(), static_cast<int>(key.name.size())) == 1 &&
                      RAND_priv_bytes(key.cipher_key.data(), static_cast<int>(key.cipher_key.size())) == 1 &&
                      RAND_priv_bytes(key.mac_key.data(), static_cast<int>(key.mac_key.size())) == 1;
    if (!made) std::abort();   // without randomness nothing here is safe
    return key;
}

TicketKeys& TicketKeys::shared() {
    static TicketKeys keys;
    return keys;
}

void TicketKeys::rotate(std::int64_t unix_seconds) {
    if (is_fixed_) return;
    const auto age = unix_seconds - made_;
    if (!keys_.empty() && age >= 0 && age < period_seconds) return;
    if (age >= 2 * period_seconds)
        keys_.clear();   // nobody asked for long: the former one is too old as well
    keys_.insert(keys_.begin(), TicketKey::random());
    keys_.resize(std::min<std::size_t>(keys_.size(), 2));
    made_ = unix_seconds;
}

TicketKey TicketKeys::to_encrypt(std::int64_t unix_seconds) {
    const std::lock_guard lock(mutex_);
    rotate(unix_seconds);
    return keys_.front();
}

std::optional<TicketKeys::Found> TicketKeys::to_decrypt(const unsigned char* name,
                                                        std::int64_t unix_seconds) {
    const std::lock_guard lock(mutex_);
    rotate(unix_seconds);
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        if (std::memcmp(keys_[i].name.data(), name, TicketKey::name_bytes) == 0)
            return Found{keys_[i], i == 0};
    }
    return std::nullopt;
}

}   // namespace gatehouse::tls
