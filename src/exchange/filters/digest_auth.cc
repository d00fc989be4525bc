#include "exchange/filters/digest_auth.h"

#include "base/text.h"
#include "exchange/filters/authenticated.h"
#include "exchange/filters/request_facts.h"
#include "exchange/worker_state.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <map>

namespace gatehouse::exchange {
namespace {

using http::FieldId;
using Parameters = std::map<std::string, std::string, std::less<>>;

constexpr std::int64_t nonce_seconds = 12 * 60 * 60;

std::string hex(const unsigned char* bytes, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += fmt::format("{:02x}", bytes[i]);
    return out;
}

std::string md5_hex(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out;
    unsigned bytes = 0;
    EVP_Digest(text.data(), text.size(), out.data(), &bytes, EVP_md5(), nullptr);
    return hex(out.data(), bytes);
}

std::string signature(std::string_view secret, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out;
    unsigned bytes = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &bytes);
    return hex(out.data(), 16);
}

std::string make_nonce(std::string_view secret, std::int64_t now) {
    const auto time = fmt::format("{:x}", now);
    return time + "." + signature(secret, time);
}

enum class Nonce : std::uint8_t { good, stale, foreign };

Nonce judge_nonce(std::string_view nonce, std::string_view secret, std::int64_t now) {
    const auto dot = nonce.find('.');
    if (dot == std::string_view::npos || dot == 0 || dot > 15) return Nonce::foreign;
    const auto expected = signature(secret, nonce.substr(0, dot));
    const auto given = nonce.substr(dot + 1);
    if (given.size() != expected.size() || CRYPTO_memcmp(given.data(), expected.data(), given.size()) != 0)
        return Nonce::foreign;
    std::int64_t made = 0;
    for (const char c : nonce.substr(0, dot)) made = made * 16 + hex_value(c);
    return now - made > nonce_seconds || made > now ? Nonce::stale : Nonce::good;
}

// name=value or name="quoted", separated by commas (RFC 9110 11.2).
Parameters parameters_of(std::string_view text) {
    Parameters found;
    while (!text.empty()) {
        const auto equals = text.find('=');
        if (equals == std::string_view::npos) break;
        auto name = lower(trim(text.substr(0, equals)));
        text.remove_prefix(equals + 1);
        std::string value;
        if (text.starts_with('"')) {
            text.remove_prefix(1);
            while (!text.empty() && text.front() != '"') {
                if (text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
                value += text.front();
                text.remove_prefix(1);
            }
        } else {
            value = trim(text.substr(0, text.find(',')));
        }
        found.emplace(std::move(name), std::move(value));
        const auto comma = text.find(',');
        text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    }
    return found;
}

std::string_view value_of(const Parameters& parameters, std::string_view name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string_view() : std::string_view(found->second);
}

Outcome challenge(Exchange& exchange, const model::DigestAuth& settings, bool stale) {
    exchange.reason = "not-authenticated";
    const auto nonce = make_nonce(settings.secret, exchange.client.worker.unix_time());
    const auto value = fmt::format(
        "Digest realm=\"{}\", nonce=\"{}\", opaque=\"{}\", algorithm=MD5, qop=\"auth\"{}", settings.realm,
        nonce, signature(settings.secret, settings.realm), stale ? ", stale=true" : "");
    exchange.response.fields.add(exchange.arena(),
                                 http::make_field(FieldId::www_authenticate, exchange.keep(value)));
    return Outcome::answer(401);
}

// Whether the answer is that of one who knows the password's hash, to this very request.
bool is_right(Exchange& exchange, const model::DigestAuth& settings, const Parameters& given) {
    const auto user = settings.users.find(value_of(given, "username"));
    const auto uri = value_of(given, "uri");
    if (value_of(given, "realm") != settings.realm || value_of(given, "qop") != "auth") return false;
    if (uri != exchange.target.uri && uri != exchange.request.target) return false;
    const bool exists = user != settings.users.end();
    const auto of_request = md5_hex(fmt::format("{}:{}", exchange.request.method_text, uri));
    const auto expected =
        md5_hex(fmt::format("{}:{}:{}:{}:auth:{}", exists ? user->second : "", value_of(given, "nonce"),
                            value_of(given, "nc"), value_of(given, "cnonce"), of_request));
    const auto response = value_of(given, "response");
    return exists && response.size() == expected.size() &&
           CRYPTO_memcmp(response.data(), expected.data(), expected.size()) == 0;
}

}   // namespace

Outcome on_request(Exchange& exchange, const model::DigestAuth& settings) {
    constexpr std::string_view scheme = "digest ";
    const auto value = exchange.request.fields.value_of(FieldId::authorization);
    if (!starts_with_ignoring_case(value, scheme)) return challenge(exchange, settings, false);
    const auto given = parameters_of(value.substr(scheme.size()));
    const auto nonce =
        judge_nonce(value_of(given, "nonce"), settings.secret, exchange.client.worker.unix_time());
    if (nonce == Nonce::foreign || !is_right(exchange, settings, given))
        return challenge(exchange, settings, false);
    if (nonce == Nonce::stale) return challenge(exchange, settings, true);
    authenticated(exchange, value_of(given, "username"), settings.header_field, settings.remove_header);
    return Outcome::go_on();
}

}   // namespace gatehouse::exchange
