#pragma once
// Proofs that a certificate is not revoked (OCSP, RFC 6960), which a server may show along with it
// ("stapling", RFC 6066 section 8): the question that the certificate's authority is asked, and what its
// answer must be like to be believed. Pure; times are given.

#include <tl/expected.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

struct x509_st;

namespace gatehouse::tls {

// The latest proof for one certificate, as handshakes show it. One for all contexts that ask the same, also
// across reloads. Thread-safe.
class Staple {
public:
    // The one of this name, made when nobody else holds it.
    [[nodiscard]] static std::shared_ptr<Staple> named(const std::string& name);

    void set(std::string response, std::int64_t good_until_unix_seconds);
    void clear();
    // Null: none, or none that is good any more.
    [[nodiscard]] std::shared_ptr<const std::string> response(std::int64_t unix_seconds) const;

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const std::string> response_;
    std::int64_t good_until_ = 0;
};

// "http://host:port/path", the only kind of URL that responders have (RFC 6960 appendix A.1).
struct ResponderUrl {
    std::string host;   // a name or an address, this without brackets
    std::uint16_t port = 80;
    std::string path = "/";
    [[nodiscard]] static std::optional<ResponderUrl> parse(std::string_view url);
    [[nodiscard]] std::string authority() const;   // as the Host field has it
};

struct OcspAnswer {
    enum class Status : std::uint8_t { good, revoked };
    Status status = Status::good;
    std::int64_t made = 0, good_until = 0;   // unix seconds
};

// What there is to ask about one certificate, and whom. Immutable.
class OcspQuestion {
public:
    struct Options {
        std::string responder{};          // its URL; empty: as the certificate says
        std::string trusted_pem{};        // where the issuer may be found, if not behind the certificate
        std::string certificate_path{};   // for messages
        // An answer must be signed by the certificate's issuer, or by whom that has made its deputy. Without
        // this a certificate of `trusted_pem` may sign, too. Signed by nobody known it is never believed.
        bool strict = false;
    };
    // `certificate_pem`: the certificate, and those that lead to its root. Errors are nginx's words:
    // `issuer certificate not found for certificate "site.pem"`.
    static tl::expected<std::shared_ptr<const OcspQuestion>, std::string> make(
        const std::string& certificate_pem, Options options);
    ~OcspQuestion();
    OcspQuestion(const OcspQuestion&) = delete;
    OcspQuestion& operator=(const OcspQuestion&) = delete;

    [[nodiscard]] const std::string& certificate_path() const { return certificate_path_; }
    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] const ResponderUrl& responder() const { return responder_; }
    [[nodiscard]] const std::string& request() const { return request_; }   // DER
    // Whether this is the certificate asked about.
    [[nodiscard]] bool is_about(const x509_st* certificate) const;
    // The same for questions that are the same in all they depend on.
    [[nodiscard]] const std::string& identity() const { return identity_; }
    [[nodiscard]] const std::shared_ptr<Staple>& staple() const { return staple_; }

    // What a response (DER) says, if it is to be believed at this time; else why not. A response that names
    // no time until which it is good is good for a day.
    [[nodiscard]] tl::expected<OcspAnswer, std::string> check(const std::string& response,
                                                              std::int64_t unix_seconds) const;

private:
    struct Parts;   // OpenSSL's
    OcspQuestion();
    std::string certificate_path_, url_, request_, identity_;
    ResponderUrl responder_;
    std::unique_ptr<Parts> parts_;
    std::shared_ptr<Staple> staple_;
};

}   // namespace gatehouse::tls
