#include "faces/traefik/entry_point.h"

namespace gatehouse::traefik {

const Table& LifeCycle::table() {
    static constexpr Field fields[] = {
        field<&LifeCycle::request_accept_grace_timeout>("requestAcceptGraceTimeout"),
        field<&LifeCycle::grace_timeout>("graceTimeOut"),
    };
    static constexpr Table table = {"lifeCycle", fields};
    return table;
}

const Table& RespondingTimeouts::table() {
    static constexpr Field fields[] = {
        field<&RespondingTimeouts::read_timeout>("readTimeout"),
        field<&RespondingTimeouts::write_timeout>("writeTimeout"),
        field<&RespondingTimeouts::idle_timeout>("idleTimeout"),
    };
    static constexpr Table table = {"respondingTimeouts", fields};
    return table;
}

const Table& EntryPointTransport::table() {
    static constexpr Field fields[] = {
        field<&EntryPointTransport::life_cycle>("lifeCycle"),
        field<&EntryPointTransport::responding_timeouts>("respondingTimeouts"),
        field<&EntryPointTransport::keep_alive_max_time>("keepAliveMaxTime"),
        field<&EntryPointTransport::keep_alive_max_requests>("keepAliveMaxRequests"),
    };
    static constexpr Table table = {"transport", fields};
    return table;
}

const Table& EntryPointProxyProtocol::table() {
    static constexpr Field fields[] = {
        field<&EntryPointProxyProtocol::insecure>("insecure"),
        field<&EntryPointProxyProtocol::trusted_ips>("trustedIPs"),
    };
    static constexpr Table table = {"proxyProtocol", fields};
    return table;
}

const Table& ForwardedHeaders::table() {
    static constexpr Field fields[] = {
        field<&ForwardedHeaders::insecure>("insecure"),
        field<&ForwardedHeaders::trusted_ips>("trustedIPs"),
        field<&ForwardedHeaders::connection>("connection"),
        field<&ForwardedHeaders::not_append_x_forwarded_for>("notAppendXForwardedFor"),
        field<&ForwardedHeaders::add_x_forwarded_scheme_headers>("addXForwardedSchemeHeaders"),
    };
    static constexpr Table table = {"forwardedHeaders", fields};
    return table;
}

const Table& EntryPointRedirect::table() {
    static constexpr Field fields[] = {
        field<&EntryPointRedirect::to>("to"),
        field<&EntryPointRedirect::scheme>("scheme"),
        field<&EntryPointRedirect::permanent>("permanent"),
        field<&EntryPointRedirect::priority>("priority"),
    };
    static constexpr Table table = {"redirections.entryPoint", fields};
    return table;
}

const Table& Redirections::table() {
    static constexpr Field fields[] = {
        field<&Redirections::entry_point>("entryPoint"),
    };
    static constexpr Table table = {"redirections", fields};
    return table;
}

const Table& EntryPointTls::table() {
    static constexpr Field fields[] = {
        field<&EntryPointTls::options>("options"),
        field<&EntryPointTls::cert_resolver>("certResolver"),
        field<&EntryPointTls::domains>("domains"),
    };
    static constexpr Table table = {"http.tls", fields};
    return table;
}

const Table& AllowedCharacters::table() {
    static constexpr Field fields[] = {
        field<&AllowedCharacters::allow_encoded_slash>("allowEncodedSlash"),
        field<&AllowedCharacters::allow_encoded_back_slash>("allowEncodedBackSlash"),
        field<&AllowedCharacters::allow_encoded_null_character>("allowEncodedNullCharacter"),
        field<&AllowedCharacters::allow_encoded_semicolon>("allowEncodedSemicolon"),
        field<&AllowedCharacters::allow_encoded_percent>("allowEncodedPercent"),
        field<&AllowedCharacters::allow_encoded_question_mark>("allowEncodedQuestionMark"),
        field<&AllowedCharacters::allow_encoded_hash>("allowEncodedHash"),
    };
    static constexpr Table table = {"encodedCharacters", fields};
    return table;
}

const Table& EntryPointHttp::table() {
    static constexpr Field fields[] = {
        field<&EntryPointHttp::redirections>("redirections"),
        field<&EntryPointHttp::middlewares>("middlewares"),
        field<&EntryPointHttp::tls>("tls", {.bare = true}),
        field<&EntryPointHttp::encoded_characters>("encodedCharacters"),
        field<&EntryPointHttp::encode_query_semicolons>("encodeQuerySemicolons"),
        field<&EntryPointHttp::sanitize_path>("sanitizePath"),
        field<&EntryPointHttp::max_header_bytes>("maxHeaderBytes"),
        field<&EntryPointHttp::underscore_headers_strategy>("underscoreHeadersStrategy"),
    };
    static constexpr Table table = {"http", fields};
    return table;
}

const Table& EntryPointHttp2::table() {
    static constexpr Field fields[] = {
        field<&EntryPointHttp2::max_concurrent_streams>("maxConcurrentStreams"),
        field<&EntryPointHttp2::max_decoder_header_table_size>("maxDecoderHeaderTableSize"),
        field<&EntryPointHttp2::max_encoder_header_table_size>("maxEncoderHeaderTableSize"),
    };
    static constexpr Table table = {"http2", fields};
    return table;
}

const Table& EntryPointUdp::table() {
    static constexpr Field fields[] = {
        field<&EntryPointUdp::timeout>("timeout"),
    };
    static constexpr Table table = {"udp", fields};
    return table;
}

const Table& EntryPointObservability::table() {
    static constexpr Field fields[] = {
        field<&EntryPointObservability::access_logs>("accessLogs"),
        field<&EntryPointObservability::metrics>("metrics"),
        field<&EntryPointObservability::tracing>("tracing"),
        field<&EntryPointObservability::trace_verbosity>("traceVerbosity"),
    };
    static constexpr Table table = {"observability", fields};
    return table;
}

const Table& EntryPoint::table() {
    static constexpr Field fields[] = {
        field<&EntryPoint::address>("address"),
        field<&EntryPoint::allow_acme_bypass>("allowACMEByPass",
                                              {.notice = "no certificates are obtained by ACME here"}),
        field<&EntryPoint::reuse_port>("reusePort"),
        field<&EntryPoint::as_default>("asDefault"),
        field<&EntryPoint::transport>("transport"),
        field<&EntryPoint::proxy_protocol>("proxyProtocol", {.bare = true}),
        field<&EntryPoint::forwarded_headers>("forwardedHeaders"),
        field<&EntryPoint::http>("http"),
        field<&EntryPoint::http2>("http2"),
        field<&EntryPoint::http3>("http3", {.bare = true, .notice = "HTTP/3 is not served"}),
        field<&EntryPoint::udp>("udp"),
        field<&EntryPoint::observability>("observability"),
    };
    static constexpr Table table = {"an entry point", fields};
    return table;
}

}   // namespace gatehouse::traefik
