#include "tls/ocsp.h"

#include "base/text.h"
#include "tls/openssl.h"

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <map>

namespace gatehouse::tls {
namespace {

using StorePtr = std::unique_ptr<X509_STORE, Free<X509_STORE_free>>;
using RequestPtr = std::unique_ptr<OCSP_REQUEST, Free<OCSP_REQUEST_free>>;
using ResponsePtr = std::unique_ptr<OCSP_RESPONSE, Free<OCSP_RESPONSE_free>>;
using BasicPtr = std::unique_ptr<OCSP_BASICRESP, Free<OCSP_BASICRESP_free>>;
using CertIdPtr = std::unique_ptr<OCSP_CERTID, Free<OCSP_CERTID_free>>;
using UrlsPtr = std::unique_ptr<STACK_OF(OPENSSL_STRING), Free<X509_email_free>>;

void free_certificates(STACK_OF(X509) * all) { sk_X509_pop_free(all, X509_free); }
using CertificatesPtr = std::unique_ptr<STACK_OF(X509), Free<free_certificates>>;

CertificatesPtr certificates_of(const std::string& pem) {
    CertificatesPtr all(sk_X509_new_null());
    const auto text = reading(pem);
    while (X509* const next = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr))
        sk_X509_push(all.get(), next);
    ERR_clear_error();   // the end of the text is an error to OpenSSL
    return all;
}

X509* issuer_among(STACK_OF(X509) * candidates, X509* certificate) {
    for (int i = 0; i < sk_X509_num(candidates); ++i) {
        X509* const candidate = sk_X509_value(candidates, i);
        if (X509_check_issued(candidate, certificate) == X509_V_OK) return candidate;
    }
    return nullptr;
}

std::string first_responder(X509* certificate) {
    const UrlsPtr urls(X509_get1_ocsp(certificate));
    return urls == nullptr || sk_OPENSSL_STRING_num(urls.get()) == 0
               ? ""
               : std::string(sk_OPENSSL_STRING_value(urls.get(), 0));
}

std::optional<std::int64_t> seconds_of(const ASN1_GENERALIZEDTIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    return ::timegm(&parts);
}

std::string request_about(const OCSP_CERTID* id) {
    const RequestPtr request(OCSP_REQUEST_new());
    CertIdPtr own(OCSP_CERTID_dup(id));
    if (OCSP_request_add0_id(request.get(), own.get()) == nullptr) return {};
    [[maybe_unused]] auto* const taken = own.release();
    std::string der(static_cast<std::size_t>(std::max(i2d_OCSP_REQUEST(request.get(), nullptr), 0)), '\0');
    auto* end = reinterpret_cast<unsigned char*>(der.data());
    i2d_OCSP_REQUEST(request.get(), &end);
    return der;
}

std::string digest_of(std::initializer_list<std::string_view> parts) {
    std::string all;
    for (const auto part : parts) {
        all += std::to_string(part.size()) + ' ';
        all += part;
    }
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(all.data()), all.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
    return digest;
}

}   // namespace

std::shared_ptr<Staple> Staple::named(const std::string& name) {
    static std::mutex mutex;
    static std::map<std::string, std::weak_ptr<Staple>> all;
    const std::scoped_lock lock(mutex);
    std::erase_if(all, [](const auto& item) { return item.second.expired(); });
    auto staple = all[name].lock();
    if (staple == nullptr) all[name] = staple = std::make_shared<Staple>();
    return staple;
}

void Staple::set(std::string response, std::int64_t good_until_unix_seconds) {
    auto next = std::make_shared<const std::string>(std::move(response));
    const std::scoped_lock lock(mutex_);
    response_ = std::move(next);
    good_until_ = good_until_unix_seconds;
}

void Staple::clear() {
    const std::scoped_lock lock(mutex_);
    response_.reset();
}

std::shared_ptr<const std::string> Staple::response(std::int64_t unix_seconds) const {
    const std::scoped_lock lock(mutex_);
    return unix_seconds < good_until_ ? response_ : nullptr;
}

std::optional<ResponderUrl> ResponderUrl::parse(std::string_view url) {
    constexpr std::string_view scheme = "http://";
    if (!starts_with_ignoring_case(url, scheme)) return std::nullopt;
    url.remove_prefix(scheme.size());
    const auto end = std::min(url.find_first_of("/?#"), url.size());
    std::string_view authority = url.substr(0, end);
    ResponderUrl parsed;
    parsed.path = url.substr(end);
    if (!parsed.path.starts_with('/')) parsed.path.insert(0, "/");
    const bool has_strange =
        std::ranges::any_of(url, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; });
    if (has_strange || authority.find('@') != std::string_view::npos) return std::nullopt;
    const auto colon = authority.rfind(':');
    if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
        const auto port = parse_decimal(authority.substr(colon + 1));
        if (!port || *port == 0 || *port > 0xffff) return std::nullopt;
        parsed.port = static_cast<std::uint16_t>(*port);
        authority = authority.substr(0, colon);
    }
    if (authority.starts_with('[') && authority.ends_with(']'))
        authority = authority.substr(1, authority.size() - 2);
    if (authority.empty()) return std::nullopt;
    parsed.host = authority;
    return parsed;
}

std::string ResponderUrl::authority() const {
    std::string text = host.find(':') == std::string::npos ? host : '[' + host + ']';
    if (port != 80) text += ':' + std::to_string(port);
    return text;
}

struct OcspQuestion::Parts {
    CertificatePtr certificate, issuer;
    CertificatesPtr issuers, chosen;   // who may sign: as the RFC has it, and as the configuration has it
    CertIdPtr id;
};

OcspQuestion::OcspQuestion() : parts_(std::make_unique<Parts>()) {}
OcspQuestion::~OcspQuestion() = default;

tl::expected<std::shared_ptr<const OcspQuestion>, std::string> OcspQuestion::make(
    const std::string& certificate_pem, Options options) {
    std::shared_ptr<OcspQuestion> made(new OcspQuestion());
    Parts& parts = *made->parts_;
    parts.issuers = certificates_of(certificate_pem);
    parts.chosen = certificates_of(options.trusted_pem);
    parts.certificate.reset(sk_X509_shift(parts.issuers.get()));
    X509* const certificate = parts.certificate.get();
    const std::string shown = " certificate \"" + options.certificate_path + '"';
    if (certificate == nullptr) return tl::unexpected("nothing in" + shown);
    X509* issuer = issuer_among(parts.issuers.get(), certificate);
    if (issuer == nullptr) issuer = issuer_among(parts.chosen.get(), certificate);
    if (issuer == nullptr) return tl::unexpected("issuer certificate not found for" + shown);
    X509_up_ref(issuer);
    parts.issuer.reset(issuer);
    X509_up_ref(issuer);
    sk_X509_push(parts.issuers.get(), issuer);   // where signers are looked for
    if (options.strict) parts.chosen.reset(sk_X509_new_null());
    made->url_ = options.responder.empty() ? first_responder(certificate) : options.responder;
    if (made->url_.empty()) return tl::unexpected("no OCSP responder URL in the" + shown);
    auto responder = ResponderUrl::parse(made->url_);
    if (!responder)
        return tl::unexpected("invalid URL prefix in OCSP responder \"" + made->url_ + "\" in the" + shown);
    made->certificate_path_ = std::move(options.certificate_path);
    made->responder_ = *std::move(responder);
    parts.id.reset(OCSP_cert_to_id(nullptr, certificate, issuer));   // SHA-1: what responders know
    if (parts.id == nullptr) return tl::unexpected(take_errors());
    made->request_ = request_about(parts.id.get());
    made->identity_ = digest_of(
        {certificate_pem, options.trusted_pem, made->url_, options.strict ? "strict" : "as configured"});
    made->staple_ = Staple::named(made->identity_);
    return made;
}

bool OcspQuestion::is_about(const x509_st* certificate) const {
    return certificate != nullptr && X509_cmp(parts_->certificate.get(), certificate) == 0;
}

namespace {

// Signed by the issuer, or by a certificate that it has given the right to (RFC 6960 section 4.2.2.2).
bool is_signed_for(OCSP_BASICRESP* response, X509* issuer, STACK_OF(X509) * issuers,
                   std::int64_t unix_seconds) {
    const StorePtr store(X509_STORE_new());
    X509_STORE_add_cert(store.get(), issuer);
    X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()), unix_seconds);
    return OCSP_basic_verify(response, issuers, store.get(), 0) == 1;
}

bool is_signed_by_one_of(OCSP_BASICRESP* response, STACK_OF(X509) * chosen) {
    if (sk_X509_num(chosen) == 0) return false;
    const StorePtr nobody(X509_STORE_new());
    return OCSP_basic_verify(response, chosen, nobody.get(), OCSP_TRUSTOTHER) == 1;
}

tl::expected<OcspAnswer, std::string> read_status(OCSP_BASICRESP* response, OCSP_CERTID* id,
                                                  std::int64_t unix_seconds) {
    constexpr std::int64_t clocks_differ_by = 300;
    constexpr std::int64_t day = 24 * 60 * 60;
    int status = 0;
    ASN1_GENERALIZEDTIME* made = nullptr;
    ASN1_GENERALIZEDTIME* until = nullptr;
    if (OCSP_resp_find_status(response, id, &status, nullptr, nullptr, &made, &until) != 1)
        return tl::unexpected(std::string("certificate status not found in the OCSP response"));
    const auto made_at = seconds_of(made);
    if (!made_at || *made_at > unix_seconds + clocks_differ_by)
        return tl::unexpected(std::string("the OCSP response is of the future"));
    OcspAnswer answer{.made = *made_at, .good_until = seconds_of(until).value_or(*made_at + day)};
    if (answer.good_until <= unix_seconds)
        return tl::unexpected(std::string("the OCSP response has expired"));
    switch (status) {
        case V_OCSP_CERTSTATUS_GOOD: answer.status = OcspAnswer::Status::good; return answer;
        case V_OCSP_CERTSTATUS_REVOKED: answer.status = OcspAnswer::Status::revoked; return answer;
        default: return tl::unexpected(std::string("certificate status \"unknown\" in the OCSP response"));
    }
}

}   // namespace

tl::expected<OcspAnswer, std::string> OcspQuestion::check(const std::string& response,
                                                          std::int64_t unix_seconds) const {
    ERR_clear_error();
    const auto* begin = reinterpret_cast<const unsigned char*>(response.data());
    const auto* const end = begin + response.size();
    const ResponsePtr whole(d2i_OCSP_RESPONSE(nullptr, &begin, static_cast<long>(response.size())));
    if (whole == nullptr || begin != end) {
        ERR_clear_error();
        return tl::unexpected(std::string("it is no OCSP response"));
    }
    if (const int status = OCSP_response_status(whole.get()); status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        return tl::unexpected("OCSP response not successful (" + std::to_string(status) + ": " +
                              OCSP_response_status_str(status) + ')');
    }
    const BasicPtr basic(OCSP_response_get1_basic(whole.get()));
    if (basic == nullptr) {
        ERR_clear_error();
        return tl::unexpected(std::string("it is no OCSP response of the basic type"));
    }
    if (!is_signed_for(basic.get(), parts_->issuer.get(), parts_->issuers.get(), unix_seconds)) {
        const std::string why = take_errors();
        if (!is_signed_by_one_of(basic.get(), parts_->chosen.get())) {
            ERR_clear_error();
            return tl::unexpected("nobody entitled has signed it (" + why + ')');
        }
    }
    ERR_clear_error();
    return read_status(basic.get(), parts_->id.get(), unix_seconds);
}

}   // namespace gatehouse::tls
