#include "faces/traefik/unused_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gatehouse::traefik {
namespace {

class Listing {
public:
    void error(bool is_given, std::string sentence) {
        if (is_given) unused_.errors.push_back(std::move(sentence));
    }
    void notice(bool is_given, std::string sentence) {
        if (is_given) unused_.notices.push_back(std::move(sentence));
    }
    [[nodiscard]] UnusedOptions take() { return std::move(unused_); }

private:
    UnusedOptions unused_;
};

std::size_t types_of(const Middleware& m) {
    const std::array given = {m.add_prefix.has_value(),
                              m.strip_prefix.has_value(),
                              m.strip_prefix_regex.has_value(),
                              m.replace_path.has_value(),
                              m.replace_path_regex.has_value(),
                              m.chain.has_value(),
                              m.ip_white_list.has_value(),
                              m.ip_allow_list.has_value(),
                              m.headers.has_value(),
                              m.encoded_characters.has_value(),
                              m.errors.has_value(),
                              m.rate_limit.has_value(),
                              m.redirect_regex.has_value(),
                              m.redirect_scheme.has_value(),
                              m.basic_auth.has_value(),
                              m.digest_auth.has_value(),
                              m.forward_auth.has_value(),
                              m.in_flight_req.has_value(),
                              m.buffering.has_value(),
                              m.circuit_breaker.has_value(),
                              m.compress.has_value(),
                              m.pass_tls_client_cert.has_value(),
                              m.retry.has_value(),
                              m.content_type.has_value(),
                              m.grpc_web.has_value()};
    return static_cast<std::size_t>(std::ranges::count(given, true)) + m.plugin.size();
}

// Notices about one entry point.
class EntryPointListing {
public:
    EntryPointListing(const std::string& name, const EntryPoint& entry_point, Remarks& remarks)
        : name_(name), written_(entry_point), remarks_(remarks) {}

    void list() {
        const EntryPoint usual;
        notice(written_.transport.life_cycle.request_accept_grace_timeout.count() != 0,
               "transport.lifeCycle.requestAcceptGraceTimeout is not acted on");
        notice(written_.transport.life_cycle.grace_timeout != usual.transport.life_cycle.grace_timeout,
               "transport.lifeCycle.graceTimeOut is not acted on: it is 10 s");
        const auto& forwarded = written_.forwarded_headers;
        notice(!forwarded.connection.empty(), "forwardedHeaders.connection is not acted on");
        notice(forwarded.not_append_x_forwarded_for,
               "forwardedHeaders.notAppendXForwardedFor is not acted on: the address is appended");
        notice(forwarded.add_x_forwarded_scheme_headers,
               "forwardedHeaders.addXForwardedSchemeHeaders is not acted on");
        list_http(usual);
        const auto& http2 = written_.http2;
        notice(http2.max_decoder_header_table_size != usual.http2.max_decoder_header_table_size ||
                   http2.max_encoder_header_table_size != usual.http2.max_encoder_header_table_size,
               "the sizes of HTTP/2's header tables are not acted on");
        notice(written_.observability.has_value(), "observability is not acted on");
        notice(written_.reuse_port, "reusePort is not acted on");
    }

private:
    void list_http(const EntryPoint& usual) {
        const auto& http = written_.http;
        notice(http.max_header_bytes != usual.http.max_header_bytes,
               "http.maxHeaderBytes is not acted on: it is 1 MiB");
        notice(http.encode_query_semicolons, "http.encodeQuerySemicolons is not acted on");
        refuse(http.underscore_headers_strategy != "keep",
               "http.underscoreHeadersStrategy: only keep is there yet");
        refuse(http.encoded_characters && *http.encoded_characters != AllowedCharacters{},
               "http.encodedCharacters: refusing characters is not there yet");
        if (!http.tls) return;
        notice(!http.tls->cert_resolver.empty() || !http.tls->domains.empty(),
               "http.tls.certResolver and domains are not acted on: no certificates are obtained");
    }
    void notice(bool is_given, std::string_view sentence) {
        if (is_given) remarks_.notice(written_.source.origin, describe(sentence));
    }
    void refuse(bool is_given, std::string_view sentence) {
        if (is_given) remarks_.error(written_.source.origin, describe(sentence));
    }
    [[nodiscard]] std::string describe(std::string_view sentence) const {
        return fmt::format("entry point \"{}\": {}", name_, sentence);
    }

    const std::string& name_;
    const EntryPoint& written_;
    Remarks& remarks_;
};

void remark_providers(const Providers& providers, Remarks& remarks) {
    const auto warn = [&](bool is_given, std::string_view sentence) {
        if (is_given) remarks.warning({}, fmt::format("providers.{}", sentence));
    };
    if (providers.swarm) {
        remarks.error({}, "providers.swarm: services of a swarm are not followed yet",
                      "the containers of one engine are, with providers.docker");
    }
    warn(!providers.precedence.empty(), "precedence is not acted on: docker goes before file");
    if (const auto& docker = providers.docker) {
        warn(!docker->watch, "docker.watch is not acted on: containers are always followed");
        warn(!docker->username.empty() || !docker->password.empty(),
             "docker.username and password are not sent");
        warn(docker->http_client_timeout.count() != 0, "docker.httpClientTimeout is not acted on");
    }
    warn(providers.file && providers.file->watch,
         "file.watch is not there yet: files are read again when told to reload (SIGHUP)");
}

void remark_logs(const StaticConfiguration& configuration, Remarks& remarks) {
    if (configuration.log && configuration.log->format != "common")
        remarks.notice({}, "log.format is not acted on: lines are text");
    if (!configuration.access_log) return;
    const AccessLogSettings& written = *configuration.access_log;
    const AccessLogSettings usual;
    const auto warn = [&](bool is_given, std::string_view sentence) {
        if (is_given) remarks.warning({}, fmt::format("accessLog.{}", sentence));
    };
    warn(written.format != usual.format, "format: only common is there yet, and is used");
    warn(written.filters != usual.filters, "filters are not acted on: every request is logged");
    warn(written.fields != usual.fields, "fields are not acted on");
    warn(written.buffering_size != 0, "bufferingSize is not acted on");
    warn(written.dual_output, "dualOutput is not acted on");
}

}   // namespace

UnusedOptions unused_options(const Router& router) {
    Listing listing;
    const auto& syntax = router.rule_syntax;
    listing.error(!syntax.empty() && syntax != "v2" && syntax != "v3" && syntax != "default",
                  fmt::format("ruleSyntax \"{}\" is not known: use v2 or v3", syntax));
    listing.error(!router.parent_refs.empty(), "parentRefs are not there yet");
    listing.notice(router.observability.has_value(), "observability is not acted on");
    if (router.tls) {
        listing.notice(!router.tls->cert_resolver.empty() || !router.tls->domains.empty(),
                       "tls.certResolver and tls.domains are not acted on: no certificates are obtained");
    }
    return listing.take();
}

UnusedOptions unused_options(const Service& service) {
    Listing listing;
    const int types = int{service.load_balancer.has_value()} + int{service.weighted.has_value()} +
                      int{service.mirroring.has_value()} + int{service.failover.has_value()} +
                      int{service.highest_random_weight.has_value()};
    listing.error(types > 1, "is of several types: each needs a service of its own");
    listing.error(!service.middlewares.empty(),
                  "middlewares of a service are not there yet: name them at its routers");
    if (service.load_balancer) {
        listing.notice(service.load_balancer->response_forwarding != ResponseForwarding{},
                       "responseForwarding is not acted on: what comes is passed on at once");
    }
    return listing.take();
}

UnusedOptions unused_options(const ServersTransport& transport, bool secures) {
    Listing listing;
    listing.error(secures && (!transport.root_cas.empty() || !transport.certificates.empty()),
                  "rootCAs and certificates of a serversTransport are not read yet");
    listing.error(secures && (!transport.peer_cert_uri.empty() || !transport.peer_cert_sans.empty() ||
                              transport.spiffe),
                  "peerCertURI, peerCertSANs and spiffe of a serversTransport are not there yet");
    listing.notice(secures && (!transport.cipher_suites.empty() || !transport.min_version.empty() ||
                               !transport.max_version.empty()),
                   "cipherSuites and versions of TLS of a serversTransport are not acted on");
    listing.notice(transport.forwarding_timeouts && *transport.forwarding_timeouts != ForwardingTimeouts{},
                   "forwardingTimeouts of a serversTransport are not acted on: connecting may take 30 s");
    return listing.take();
}

UnusedOptions unused_options(const Middleware& middleware) {
    Listing listing;
    const auto types = types_of(middleware);
    listing.error(types == 0, "is of no type, or of one that is switched off");
    listing.error(types > 1, "is of several types: each needs a middleware of its own");
    if (const auto& asked = middleware.forward_auth) {
        listing.notice(!asked->auth_signin_url.empty(), "authSigninURL is not acted on");
        listing.notice(asked->tls && asked->tls->ca_optional.has_value(), "tls.caOptional is not acted on");
    }
    if (middleware.errors)
        listing.notice(!middleware.errors->error_request_headers.empty(),
                       "errorRequestHeaders is not acted on");
    if (middleware.headers)
        listing.notice(middleware.headers->ssl_force_host.value_or(false), "sslForceHost is not acted on");
    if (const auto& buffering = middleware.buffering) {
        listing.notice(buffering->mem_request_body_bytes > 0 || buffering->mem_response_body_bytes > 0,
                       "memRequestBodyBytes and memResponseBodyBytes are not acted on");
    }
    return listing.take();
}

void remark_unused(const StaticConfiguration& configuration, Remarks& remarks) {
    for (const auto& [name, entry_point] : configuration.entry_points)
        EntryPointListing(name, entry_point, remarks).list();
    remark_providers(configuration.providers, remarks);
    remark_logs(configuration, remarks);
    const auto warn = [&](bool is_given, const char* sentence) {
        if (is_given) remarks.warning({}, sentence);
    };
    warn(configuration.metrics && configuration.metrics->prometheus, "metrics.prometheus is not there yet");
    warn(configuration.global && configuration.global->not_append_x_forwarded_for,
         "global.notAppendXForwardedFor is not acted on: the address is appended");
    if (configuration.tcp_servers_transport.tls && configuration.tcp_servers_transport.tls->spiffe)
        remarks.error({}, "tcpServersTransport.tls.spiffe is not there yet");
}

}   // namespace gatehouse::traefik
