#include "faces/traefik/http_middlewares.h"

namespace gatehouse::traefik {

const Table& IpStrategy::table() {
    static constexpr Field fields[] = {
        field<&IpStrategy::depth>("depth"),
        field<&IpStrategy::excluded_ips>("excludedIPs"),
        field<&IpStrategy::ipv6_subnet>("ipv6Subnet"),
    };
    static constexpr Table table = {"ipStrategy", fields};
    return table;
}

const Table& SourceCriterion::table() {
    static constexpr Field fields[] = {
        field<&SourceCriterion::ip_strategy>("ipStrategy", {.bare = true}),
        field<&SourceCriterion::request_header_name>("requestHeaderName"),
        field<&SourceCriterion::request_host>("requestHost"),
    };
    static constexpr Table table = {"sourceCriterion", fields};
    return table;
}

const Table& AddPrefix::table() {
    static constexpr Field fields[] = {
        field<&AddPrefix::prefix>("prefix"),
    };
    static constexpr Table table = {"addPrefix", fields};
    return table;
}

const Table& StripPrefix::table() {
    static constexpr Field fields[] = {
        field<&StripPrefix::prefixes>("prefixes"),
        field<&StripPrefix::force_slash>("forceSlash"),
    };
    static constexpr Table table = {"stripPrefix", fields};
    return table;
}

const Table& StripPrefixRegex::table() {
    static constexpr Field fields[] = {
        field<&StripPrefixRegex::regex>("regex"),
    };
    static constexpr Table table = {"stripPrefixRegex", fields};
    return table;
}

const Table& ReplacePath::table() {
    static constexpr Field fields[] = {
        field<&ReplacePath::path>("path"),
    };
    static constexpr Table table = {"replacePath", fields};
    return table;
}

const Table& ReplacePathRegex::table() {
    static constexpr Field fields[] = {
        field<&ReplacePathRegex::regex>("regex"),
        field<&ReplacePathRegex::replacement>("replacement"),
    };
    static constexpr Table table = {"replacePathRegex", fields};
    return table;
}

const Table& Chain::table() {
    static constexpr Field fields[] = {
        field<&Chain::middlewares>("middlewares"),
    };
    static constexpr Table table = {"chain", fields};
    return table;
}

const Table& IpAllowList::table() {
    static constexpr Field fields[] = {
        field<&IpAllowList::source_range>("sourceRange"),
        field<&IpAllowList::ip_strategy>("ipStrategy", {.bare = true}),
        field<&IpAllowList::reject_status_code>("rejectStatusCode"),
    };
    static constexpr Table table = {"ipAllowList", fields};
    return table;
}

const Table& RedirectRegex::table() {
    static constexpr Field fields[] = {
        field<&RedirectRegex::regex>("regex"),
        field<&RedirectRegex::replacement>("replacement"),
        field<&RedirectRegex::permanent>("permanent"),
    };
    static constexpr Table table = {"redirectRegex", fields};
    return table;
}

const Table& RedirectScheme::table() {
    static constexpr Field fields[] = {
        field<&RedirectScheme::scheme>("scheme"),
        field<&RedirectScheme::port>("port"),
        field<&RedirectScheme::permanent>("permanent"),
    };
    static constexpr Table table = {"redirectScheme", fields};
    return table;
}

const Table& BasicAuth::table() {
    static constexpr Field fields[] = {
        field<&BasicAuth::users>("users"),
        field<&BasicAuth::users_file>("usersFile"),
        field<&BasicAuth::realm>("realm"),
        field<&BasicAuth::remove_header>("removeHeader"),
        field<&BasicAuth::header_field>("headerField"),
    };
    static constexpr Table table = {"basicAuth", fields};
    return table;
}

const Table& DigestAuth::table() {
    static constexpr Field fields[] = {
        field<&DigestAuth::users>("users"),
        field<&DigestAuth::users_file>("usersFile"),
        field<&DigestAuth::remove_header>("removeHeader"),
        field<&DigestAuth::realm>("realm"),
        field<&DigestAuth::header_field>("headerField"),
    };
    static constexpr Table table = {"digestAuth", fields};
    return table;
}

const Table& ForwardAuth::table() {
    static constexpr Field fields[] = {
        field<&ForwardAuth::address>("address"),
        field<&ForwardAuth::tls>("tls"),
        field<&ForwardAuth::trust_forward_header>("trustForwardHeader"),
        field<&ForwardAuth::auth_response_headers>("authResponseHeaders"),
        field<&ForwardAuth::auth_response_headers_regex>("authResponseHeadersRegex"),
        field<&ForwardAuth::auth_request_headers>("authRequestHeaders"),
        field<&ForwardAuth::max_response_body_size>("maxResponseBodySize"),
        field<&ForwardAuth::add_auth_cookies_to_response>("addAuthCookiesToResponse"),
        field<&ForwardAuth::header_field>("headerField"),
        field<&ForwardAuth::forward_body>("forwardBody"),
        field<&ForwardAuth::max_body_size>("maxBodySize"),
        field<&ForwardAuth::preserve_location_header>("preserveLocationHeader"),
        field<&ForwardAuth::preserve_request_method>("preserveRequestMethod"),
        field<&ForwardAuth::auth_signin_url>("authSigninURL"),
    };
    static constexpr Table table = {"forwardAuth", fields};
    return table;
}

const Table& Buffering::table() {
    static constexpr Field fields[] = {
        field<&Buffering::max_request_body_bytes>("maxRequestBodyBytes"),
        field<&Buffering::mem_request_body_bytes>("memRequestBodyBytes"),
        field<&Buffering::max_response_body_bytes>("maxResponseBodyBytes"),
        field<&Buffering::mem_response_body_bytes>("memResponseBodyBytes"),
        field<&Buffering::retry_expression>("retryExpression"),
    };
    static constexpr Table table = {"buffering", fields};
    return table;
}

const Table& CircuitBreaker::table() {
    static constexpr Field fields[] = {
        field<&CircuitBreaker::expression>("expression"),
        field<&CircuitBreaker::check_period>("checkPeriod"),
        field<&CircuitBreaker::fallback_duration>("fallbackDuration"),
        field<&CircuitBreaker::recovery_duration>("recoveryDuration"),
        field<&CircuitBreaker::response_code>("responseCode"),
    };
    static constexpr Table table = {"circuitBreaker", fields};
    return table;
}

const Table& Compress::table() {
    static constexpr Field fields[] = {
        field<&Compress::excluded_content_types>("excludedContentTypes"),
        field<&Compress::included_content_types>("includedContentTypes"),
        field<&Compress::min_response_body_bytes>("minResponseBodyBytes"),
        field<&Compress::encodings>("encodings"),
        field<&Compress::default_encoding>("defaultEncoding"),
    };
    static constexpr Table table = {"compress", fields};
    return table;
}

const Table& ContentType::table() {
    static constexpr Field fields[] = {
        field<&ContentType::auto_detect>("autoDetect"),
    };
    static constexpr Table table = {"contentType", fields};
    return table;
}

const Table& GrpcWeb::table() {
    static constexpr Field fields[] = {
        field<&GrpcWeb::allow_origins>("allowOrigins"),
    };
    static constexpr Table table = {"grpcWeb", fields};
    return table;
}

const Table& ErrorPage::table() {
    static constexpr Field fields[] = {
        field<&ErrorPage::status>("status"),
        field<&ErrorPage::status_rewrites>("statusRewrites"),
        field<&ErrorPage::service>("service"),
        field<&ErrorPage::query>("query"),
        field<&ErrorPage::error_request_headers>("errorRequestHeaders"),
    };
    static constexpr Table table = {"errors", fields};
    return table;
}

const Table& InFlightReq::table() {
    static constexpr Field fields[] = {
        field<&InFlightReq::amount>("amount"),
        field<&InFlightReq::source_criterion>("sourceCriterion"),
    };
    static constexpr Table table = {"inFlightReq", fields};
    return table;
}

const Table& Redis::table() {
    static constexpr Field fields[] = {
        field<&Redis::endpoints>("endpoints"),
        field<&Redis::tls>("tls"),
        field<&Redis::username>("username"),
        field<&Redis::password>("password"),
        field<&Redis::db>("db"),
        field<&Redis::pool_size>("poolSize"),
        field<&Redis::min_idle_conns>("minIdleConns"),
        field<&Redis::max_active_conns>("maxActiveConns"),
        field<&Redis::read_timeout>("readTimeout"),
        field<&Redis::write_timeout>("writeTimeout"),
        field<&Redis::dial_timeout>("dialTimeout"),
    };
    static constexpr Table table = {"redis", fields};
    return table;
}

const Table& RateLimit::table() {
    static constexpr Field fields[] = {
        field<&RateLimit::average>("average"), field<&RateLimit::period>("period"),
        field<&RateLimit::burst>("burst"),     field<&RateLimit::source_criterion>("sourceCriterion"),
        field<&RateLimit::redis>("redis"),
    };
    static constexpr Table table = {"rateLimit", fields};
    return table;
}

const Table& Retry::table() {
    static constexpr Field fields[] = {
        field<&Retry::attempts>("attempts"),
        field<&Retry::timeout>("timeout"),
        field<&Retry::initial_interval>("initialInterval"),
        field<&Retry::max_request_body_bytes>("maxRequestBodyBytes"),
        field<&Retry::status>("status"),
        field<&Retry::disable_retry_on_network_error>("disableRetryOnNetworkError"),
        field<&Retry::retry_non_idempotent_method>("retryNonIdempotentMethod"),
    };
    static constexpr Table table = {"retry", fields};
    return table;
}

const Table& EncodedCharacters::table() {
    static constexpr Field fields[] = {
        field<&EncodedCharacters::allow_encoded_slash>("allowEncodedSlash"),
        field<&EncodedCharacters::allow_encoded_back_slash>("allowEncodedBackSlash"),
        field<&EncodedCharacters::allow_encoded_null_character>("allowEncodedNullCharacter"),
        field<&EncodedCharacters::allow_encoded_semicolon>("allowEncodedSemicolon"),
        field<&EncodedCharacters::allow_encoded_percent>("allowEncodedPercent"),
        field<&EncodedCharacters::allow_encoded_question_mark>("allowEncodedQuestionMark"),
        field<&EncodedCharacters::allow_encoded_hash>("allowEncodedHash"),
    };
    static constexpr Table table = {"encodedCharacters", fields};
    return table;
}

const Table& SubjectInfo::table() {
    static constexpr Field fields[] = {
        field<&SubjectInfo::country>("country"),
        field<&SubjectInfo::province>("province"),
        field<&SubjectInfo::locality>("locality"),
        field<&SubjectInfo::organization>("organization"),
        field<&SubjectInfo::organizational_unit>("organizationalUnit"),
        field<&SubjectInfo::common_name>("commonName"),
        field<&SubjectInfo::serial_number>("serialNumber"),
        field<&SubjectInfo::domain_component>("domainComponent"),
    };
    static constexpr Table table = {"subject", fields};
    return table;
}

const Table& IssuerInfo::table() {
    static constexpr Field fields[] = {
        field<&IssuerInfo::country>("country"),
        field<&IssuerInfo::province>("province"),
        field<&IssuerInfo::locality>("locality"),
        field<&IssuerInfo::organization>("organization"),
        field<&IssuerInfo::common_name>("commonName"),
        field<&IssuerInfo::serial_number>("serialNumber"),
        field<&IssuerInfo::domain_component>("domainComponent"),
    };
    static constexpr Table table = {"issuer", fields};
    return table;
}

const Table& ClientCertificateInfo::table() {
    static constexpr Field fields[] = {
        field<&ClientCertificateInfo::not_after>("notAfter"),
        field<&ClientCertificateInfo::not_before>("notBefore"),
        field<&ClientCertificateInfo::sans>("sans"),
        field<&ClientCertificateInfo::serial_number>("serialNumber"),
        field<&ClientCertificateInfo::subject>("subject"),
        field<&ClientCertificateInfo::issuer>("issuer"),
    };
    static constexpr Table table = {"info", fields};
    return table;
}

const Table& PassTlsClientCert::table() {
    static constexpr Field fields[] = {
        field<&PassTlsClientCert::pem>("pem"),
        field<&PassTlsClientCert::info>("info"),
    };
    static constexpr Table table = {"passTLSClientCert", fields};
    return table;
}

}   // namespace gatehouse::traefik
