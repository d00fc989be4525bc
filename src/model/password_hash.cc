#include "model/password_hash.h"

#include "base/base64.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

namespace gatehouse::model {
namespace {

constexpr std::string_view apache_prefix = "$apr1$";

bool is_same(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string digest(const EVP_MD* kind, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out;
    unsigned bytes = 0;
    if (EVP_Digest(text.data(), text.size(), out.data(), &bytes, kind, nullptr) != 1) return {};
    return {reinterpret_cast<const char*>(out.data()), bytes};
}

std::string md5(std::string_view text) { return digest(EVP_md5(), text); }

// crypt(3)'s base 64: least significant bits first.
void append_crypt64(std::string& out, unsigned value, int characters) {
    constexpr std::string_view digits = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (; characters > 0; --characters, value >>= 6U) out += digits[value & 63U];
}

std::string encode_apache(const std::string& hash) {
    const auto byte = [&](std::size_t i) {
        return static_cast<unsigned>(static_cast<unsigned char>(hash[i]));
    };
    std::string out;
    for (const std::size_t i : {0U, 1U, 2U, 3U, 4U}) {
        const std::size_t last = i == 4 ? 5 : i + 12;
        append_crypt64(out, (byte(i) << 16U) | (byte(i + 6) << 8U) | byte(last), 4);
    }
    append_crypt64(out, byte(11), 2);
    return out;
}

// The MD5 of Apache's htpasswd: crypt(3)'s $1$ with a prefix of its own.
std::string apache_md5(std::string_view password, std::string_view salt) {
    std::string text(password);
    text += apache_prefix;
    text += salt;
    const auto mixed = md5(std::string(password) + std::string(salt) + std::string(password));
    for (std::size_t left = password.size(); left > 0; left -= std::min<std::size_t>(left, 16))
        text.append(mixed, 0, std::min<std::size_t>(left, 16));
    for (std::size_t bits = password.size(); bits > 0; bits >>= 1U)
        text += (bits & 1U) != 0 ? '\0' : password.front();
    auto hash = md5(text);
    for (int round = 0; round < 1000; ++round) {
        const bool odd = round % 2 != 0;
        text = odd ? std::string(password) : hash;
        if (round % 3 != 0) text += salt;
        if (round % 7 != 0) text += password;
        text += odd ? hash : std::string(password);
        hash = md5(text);
    }
    return encode_apache(hash);
}

bool matches_apache(std::string_view password, std::string_view hash) {
    const auto rest = hash.substr(apache_prefix.size());
    const auto end = rest.find('$');
    if (end == std::string_view::npos) return false;
    const auto salt = rest.substr(0, std::min<std::size_t>(end, 8));
    return is_same(apache_md5(password, salt), rest.substr(end + 1));
}

bool matches_salted_sha(std::string_view password, std::string_view encoded) {
    constexpr std::size_t sha1_bytes = 20;
    const auto stored = decode_base64(encoded);
    if (stored.size() < sha1_bytes) return false;
    const auto salt = std::string_view(stored).substr(sha1_bytes);
    const auto got = digest(EVP_sha1(), std::string(password) + std::string(salt));
    return is_same(got, std::string_view(stored).substr(0, sha1_bytes));
}

bool matches_crypt(std::string_view password, std::string_view hash) {
    if (password.find('\0') != std::string_view::npos) return false;
    const auto scratch = std::make_unique<crypt_data>();   // 32 KiB: nothing for a stack
    const char* got = ::crypt_r(std::string(password).c_str(), std::string(hash).c_str(), scratch.get());
    return got != nullptr && got[0] != '*' && is_same(got, hash);
}

}   // namespace

bool password_matches(std::string_view password, std::string_view hash) {
    constexpr std::string_view sha = "{SHA}", salted_sha = "{SSHA}", plain = "{PLAIN}";
    if (hash.empty()) return false;
    if (hash.starts_with(apache_prefix)) return matches_apache(password, hash);
    if (hash.starts_with(sha))
        return is_same(encode_base64(digest(EVP_sha1(), password)), hash.substr(sha.size()));
    if (hash.starts_with(salted_sha)) return matches_salted_sha(password, hash.substr(salted_sha.size()));
    if (hash.starts_with(plain)) return is_same(password, hash.substr(plain.size()));
    return matches_crypt(password, hash);
}

bool is_slow_hash(std::string_view hash) {
    return hash.starts_with('$') && !hash.starts_with("$1$") && !hash.starts_with(apache_prefix);
}

}   // namespace gatehouse::model
