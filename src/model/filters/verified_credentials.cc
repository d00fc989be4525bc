#include "model/filters/verified_credentials.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <cstdlib>
#include <utility>

namespace gatehouse::model {

VerifiedCredentials::VerifiedCredentials() {
    if (RAND_bytes(secret_.data(), static_cast<int>(secret_.size())) != 1) std::abort();
}

std::string VerifiedCredentials::key_of(std::string_view user, std::string_view password,
                                        std::string_view hash) const {
    std::string text;   // a name has no colon, a hash no NUL
    text.append(user).append(1, ':').append(hash).append(1, '\0').append(password);
    std::array<unsigned char, EVP_MAX_MD_SIZE> out;
    unsigned bytes = 0;
    HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &bytes);
    return {reinterpret_cast<const char*>(out.data()), bytes};
}

bool VerifiedCredentials::contains(std::string_view user, std::string_view password, std::string_view hash) {
    const auto key = key_of(user, password, hash);
    const std::lock_guard lock(mutex_);
    const auto known = by_key_.find(key);
    if (known == by_key_.end()) return false;
    keys_.splice(keys_.begin(), keys_, known->second);
    return true;
}

void VerifiedCredentials::add(std::string_view user, std::string_view password, std::string_view hash) {
    auto key = key_of(user, password, hash);
    const std::lock_guard lock(mutex_);
    if (by_key_.contains(key)) return;
    if (by_key_.size() >= most) {
        by_key_.erase(keys_.back());
        keys_.pop_back();
    }
    keys_.push_front(std::move(key));
    by_key_.emplace(keys_.front(), keys_.begin());
}

}   // namespace gatehouse::model
