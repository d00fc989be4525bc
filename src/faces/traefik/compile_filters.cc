#include "faces/traefik/compile_filters.h"

#include "base/text.h"
#include "faces/traefik/browser_safety_of.h"
#include "faces/traefik/client_certificate_of.h"
#include "faces/traefik/unused_options.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>

namespace gatehouse::traefik {
namespace {

using Compiled = FilterCompiler::Compiled;

// Labels are written by anybody who may start a container.
constexpr std::size_t max_chain_depth = 32;
constexpr std::size_t max_chain_filters = 256;
constexpr std::size_t max_chain_notices = 20;

std::string random_secret() {
    std::string secret(32, '\0');
    RAND_bytes(reinterpret_cast<unsigned char*>(secret.data()), static_cast<int>(secret.size()));
    return secret;
}

// What one middleware becomes, and what is wrong with it.
class Making {
public:
    Making(std::string name, const Middleware& middleware, const FilterCompiler::Routes& routes,
           Compiled& into)
        : name_(std::move(name)), middleware_(middleware), routes_(routes), into_(into) {}

    void make() {
        const Middleware& m = middleware_;
        if (m.redirect_scheme) make(*m.redirect_scheme);
        if (m.strip_prefix) make(*m.strip_prefix);
        if (m.strip_prefix_regex) make(*m.strip_prefix_regex);
        if (m.headers) make(*m.headers);
        if (m.basic_auth) make(*m.basic_auth);
        if (m.digest_auth) make(*m.digest_auth);
        if (m.redirect_regex) make(*m.redirect_regex);
        if (m.add_prefix) put(model::AddPrefix{.prefix = m.add_prefix->prefix});
        if (m.replace_path) put(model::ReplacePath{.path = m.replace_path->path});
        if (m.replace_path_regex) make(*m.replace_path_regex);
        if (m.ip_allow_list) make(*m.ip_allow_list);
        if (m.ip_white_list) make(*m.ip_white_list);
        if (m.rate_limit) make(*m.rate_limit);
        if (m.in_flight_req) make(*m.in_flight_req);
        if (m.compress) make(*m.compress);
        if (m.retry) make(*m.retry);
        if (m.buffering) make(*m.buffering);
        if (m.circuit_breaker) make(*m.circuit_breaker);
        if (m.errors) make(*m.errors);
        if (m.forward_auth) make(*m.forward_auth);
        if (m.content_type)
            into_.notices.emplace_back("contentType changes nothing: types are never guessed");
        if (m.grpc_web) fail("grpcWeb is not there yet");
        if (m.pass_tls_client_cert) put(pass_client_certificate(*m.pass_tls_client_cert));
        if (m.encoded_characters) fail("encodedCharacters is not there yet");
        for (const auto& [plugin, unused] : m.plugin) {
            into_.notices.push_back(
                fmt::format("plugin \"{}\" is not run: Gatehouse has no plugins", plugin));
        }
    }

private:
    template <class Settings>
    void put(Settings settings) {
        auto filter = std::make_shared<model::Filter>();
        filter->name = name_;
        filter->origin = middleware_.source.origin;
        filter->settings = std::move(settings);
        into_.filters.push_back(std::move(filter));
    }
    void fail(std::string text) { into_.errors.push_back(std::move(text)); }

    // Null after an error.
    std::shared_ptr<const model::LinearRegex> regex(const std::string& pattern) {
        auto compiled = model::LinearRegex::compile(pattern);
        if (compiled) return *compiled;
        fail(fmt::format("regular expression \"{}\": {}", pattern, compiled.error().message));
        return nullptr;
    }
    std::vector<model::Network> networks(const std::vector<std::string>& texts) {
        std::vector<model::Network> found;
        for (const std::string& text : texts) {
            bool ignored = false;
            if (const auto network = model::Network::parse(text, ignored)) {
                found.push_back(*network);
            } else {
                fail(fmt::format("\"{}\" is neither an address nor a network (CIDR)", text));
            }
        }
        return found;
    }
    model::AddressChoice address(const std::optional<IpStrategy>& strategy) {
        if (!strategy) return {};
        model::AddressChoice choice;
        if (strategy->depth < 0) fail("ipStrategy.depth must not be negative");
        choice.depth = static_cast<unsigned>(std::max<std::int64_t>(strategy->depth, 0));
        choice.excluded = networks(strategy->excluded_ips);
        if (const auto& bits = strategy->ipv6_subnet; bits && (*bits < 1 || *bits > 128)) {
            fail("ipStrategy.ipv6Subnet must be from 1 to 128");
        } else if (bits) {
            choice.ipv6_prefix_bits = static_cast<unsigned>(*bits);
        }
        return choice;
    }
    model::SourceCriterion source(const std::optional<SourceCriterion>& written,
                                  model::SourceCriterion::Kind otherwise) {
        using Kind = model::SourceCriterion::Kind;
        if (!written) return {.kind = otherwise, .address = {}, .field = {}};
        if (written->request_host) return {.kind = Kind::host, .address = {}, .field = {}};
        if (!written->request_header_name.empty())
            return {.kind = Kind::field, .address = {}, .field = written->request_header_name};
        return {.kind = Kind::address, .address = address(written->ip_strategy), .field = {}};
    }

    void make(const RedirectScheme& written) {
        if (written.scheme.empty()) return fail("redirectScheme needs a scheme, as in scheme=https");
        put(model::RedirectScheme{
            .scheme = lower(written.scheme), .port = written.port, .permanent = written.permanent});
    }

    void make(const StripPrefix& written) {
        put(model::StripPrefix{.prefixes = written.prefixes,
                               .force_slash = written.force_slash.value_or(false)});
    }

    void make(const StripPrefixRegex& written) {
        model::StripPrefixRegex settings;
        for (const std::string& pattern : written.regex) {
            if (auto expression = regex(pattern)) settings.expressions.push_back(std::move(expression));
        }
        put(std::move(settings));
    }

    void make(const RedirectRegex& written) {
        auto expression = regex(written.regex);
        if (expression == nullptr) return;
        put(model::RedirectRegex{.regex = expression,
                                 .replacement = model::GoReplacement(written.replacement, *expression),
                                 .permanent = written.permanent});
    }

    void make(const ReplacePathRegex& written) {
        auto expression = regex(written.regex);
        if (expression == nullptr) return;
        put(model::ReplacePathRegex{.regex = expression,
                                    .replacement = model::GoReplacement(written.replacement, *expression)});
    }

    void make(const IpAllowList& written) {
        if (written.source_range.empty()) return fail("sourceRange is empty: nobody could pass");
        const auto status = written.reject_status_code;
        if (status != 0 && (status < 300 || status > 599))
            return fail(fmt::format("rejectStatusCode {} is no status of an error", status));
        put(model::AllowAddresses{.networks = networks(written.source_range),
                                  .address = address(written.ip_strategy),
                                  .reject_status = status == 0 ? 403 : static_cast<int>(status)});
    }

    void make(const RateLimit& written) {
        if (written.average < 0 || written.burst < 0) return fail("average and burst must not be negative");
        if (written.period.count() < 0) return fail("period must not be negative");
        if (written.redis) {
            into_.notices.emplace_back("redis is not used: the limit is that of this gateway alone");
        }
        model::RequestRate settings;
        settings.average = static_cast<std::uint64_t>(written.average);
        settings.period = written.period.count() == 0 ? std::chrono::seconds(1) : written.period;
        settings.burst = static_cast<std::uint64_t>(std::max<std::int64_t>(written.burst, 1));
        settings.source = source(written.source_criterion, model::SourceCriterion::Kind::address);
        put(std::move(settings));
    }

    void make(const InFlightReq& written) {
        if (written.amount < 0) return fail("amount must not be negative");
        model::RequestsInFlight settings;
        settings.most = static_cast<std::uint64_t>(written.amount);
        settings.source = source(written.source_criterion, model::SourceCriterion::Kind::host);
        put(std::move(settings));
    }

    // "name:rest" of each line; `realm`: htdigest's lines have it in the middle, and only its users count.
    template <class Users>
    void take_users(const std::vector<std::string>& lines, const std::string& file, Users& users,
                    const std::string* realm) {
        if (!file.empty()) {
            fail(fmt::format("usersFile \"{}\" is not read yet: give the users in place, as users=…", file));
        }
        for (const std::string& line : lines) {
            const auto colon = line.find(':');
            if (colon == std::string::npos) {
                fail("a user is written as name:hash (htpasswd makes such lines)");
                continue;
            }
            std::string rest = line.substr(colon + 1);
            if (realm != nullptr) {
                const auto second = rest.find(':');
                if (second == std::string::npos) {
                    fail("a user is written as name:realm:hash (htdigest makes such lines)");
                    continue;
                }
                if (rest.substr(0, second) != *realm) continue;
                rest = rest.substr(second + 1);
            }
            users.insert_or_assign(line.substr(0, colon), std::move(rest));
        }
        if (users.empty()) fail("there are no users: nobody could come in");
    }

    void make(const BasicAuth& written) {
        model::BasicAuth settings;
        if (!written.realm.empty()) settings.realm = written.realm;
        take_users(written.users, written.users_file, settings.users, nullptr);
        settings.header_field = written.header_field;
        settings.remove_header = written.remove_header;
        put(std::move(settings));
    }

    void make(const DigestAuth& written) {
        model::DigestAuth settings;
        if (!written.realm.empty()) settings.realm = written.realm;
        take_users(written.users, written.users_file, settings.users, &settings.realm);
        settings.header_field = written.header_field;
        settings.remove_header = written.remove_header;
        settings.secret = random_secret();
        put(std::move(settings));
    }

    static model::NamedValues pairs(const std::map<std::string, std::string>& from) {
        return {from.begin(), from.end()};
    }

    model::Cors cors(const HeadersMiddleware& written) {
        model::Cors cors;
        cors.origins = written.access_control_allow_origin_list;
        for (const std::string& pattern : written.access_control_allow_origin_list_regex) {
            if (auto expression = regex(pattern)) cors.origin_patterns.push_back(std::move(expression));
        }
        cors.methods = written.access_control_allow_methods;
        cors.headers = written.access_control_allow_headers;
        cors.expose_headers = written.access_control_expose_headers;
        cors.max_age = written.access_control_max_age;
        cors.credentials = written.access_control_allow_credentials;
        cors.add_vary = written.add_vary_header;
        return cors;
    }

    void make(const HeadersMiddleware& written) {
        put(model::EditHeaders{.request = pairs(written.custom_request_headers),
                               .response = pairs(written.custom_response_headers),
                               .cors = cors(written),
                               .safety = browser_safety_of(written)});
    }

    void make(const Compress& written) {
        using Coding = model::Compress::Coding;
        model::Compress settings;
        const auto coding = [&](const std::string& name) -> std::optional<Coding> {
            if (name == "gzip") return Coding::gzip;
            if (name == "br") return Coding::brotli;
            if (name == "zstd") return Coding::zstd;
            fail(fmt::format("encoding \"{}\" is not known: use gzip, br or zstd", name));
            return std::nullopt;
        };
        settings.codings.clear();
        for (const std::string& name : written.encodings) {
            if (const auto known = coding(name)) settings.codings.push_back(*known);
        }
        if (!written.default_encoding.empty()) settings.without_wish = coding(written.default_encoding);
        if (written.min_response_body_bytes < 0) return fail("minResponseBodyBytes must not be negative");
        if (written.min_response_body_bytes > 0)
            settings.min_bytes = static_cast<std::uint64_t>(written.min_response_body_bytes);
        if (!written.included_content_types.empty() && !written.excluded_content_types.empty())
            return fail("includedContentTypes and excludedContentTypes exclude each other");
        for (const auto& type : written.included_content_types) settings.included.insert(lower(type));
        for (const auto& type : written.excluded_content_types) settings.excluded.insert(lower(type));
        put(std::move(settings));
    }

    // Of a list of texts, each "404" or "500-599".
    model::StatusRanges statuses(const std::vector<std::string>& texts) {
        std::string all;
        for (const std::string& text : texts) all += (all.empty() ? "" : ",") + text;
        if (all.empty()) return {};
        if (auto ranges = model::StatusRanges::parse(all)) return *ranges;
        fail(fmt::format("status \"{}\" is none: expected one as in 404 or 500-599", all));
        return {};
    }

    void make(const Retry& written) {
        if (written.attempts < 1) return fail("attempts must be 1 or more");
        model::Retry settings;
        settings.attempts = static_cast<unsigned>(std::min<std::int64_t>(written.attempts, 1000));
        settings.initial_interval =
            std::chrono::duration_cast<std::chrono::milliseconds>(written.initial_interval);
        settings.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(written.timeout);
        settings.statuses = statuses(written.status);
        settings.on_network_error = !written.disable_retry_on_network_error;
        settings.non_idempotent = written.retry_non_idempotent_method;
        settings.max_body_bytes =
            static_cast<std::uint64_t>(std::max<std::int64_t>(written.max_request_body_bytes, 0));
        put(std::move(settings));
    }

    void make(const Buffering& written) {
        model::BodyLimits settings;
        if (written.max_request_body_bytes > 0)
            settings.request_bytes = static_cast<std::uint64_t>(written.max_request_body_bytes);
        if (written.max_response_body_bytes > 0)
            settings.response_bytes = static_cast<std::uint64_t>(written.max_response_body_bytes);
        if (!written.retry_expression.empty())
            into_.notices.emplace_back("retryExpression is not acted on: the retry middleware does that");
        put(std::move(settings));
    }

    void make(const CircuitBreaker& written) {
        auto expression = model::BreakerExpression::parse(written.expression);
        if (written.response_code < 100 || written.response_code > 599)
            return fail(fmt::format("responseCode {} is no status", written.response_code));
        if (!expression) {
            return fail(fmt::format("expression \"{}\", at byte {}: {}", written.expression,
                                    expression.error().offset + 1, expression.error().message));
        }
        model::CircuitBreaker settings;
        settings.expression = std::move(*expression);
        settings.check_period = written.check_period;
        settings.fallback_duration = written.fallback_duration;
        settings.recovery_duration = written.recovery_duration;
        settings.status = static_cast<int>(written.response_code);
        put(std::move(settings));
    }

    void make(const ErrorPage& written) {
        model::ErrorService settings;
        settings.statuses = statuses(written.status);
        for (const auto& [from, to] : written.status_rewrites) {
            if (to < 200 || to > 599) {
                fail(fmt::format("statusRewrites: {} is no status of an answer", to));
            } else if (auto ranges = model::StatusRanges::parse(from)) {
                settings.rewrites.emplace_back(*ranges, static_cast<int>(to));
            } else {
                fail(fmt::format("statusRewrites: \"{}\" is no status", from));
            }
        }
        settings.query = written.query.empty() ? "/" : written.query;
        auto page = routes_.to(qualify(written.service, provider_of(name_)));
        if (!page) return fail(page.error());
        settings.page = std::move(*page);
        put(std::move(settings));
    }

    void make(const ForwardAuth& written) {
        const auto url = read_server_url(written.address);
        if (!url) return fail("address: " + url.error());
        if (written.tls && (!written.tls->ca.empty() || !written.tls->cert.empty()))
            return fail("tls.ca and tls.cert are not read yet");
        Service service;
        service.load_balancer.emplace();
        service.load_balancer->pass_host_header = false;
        service.load_balancer->servers.emplace_back().url = written.address;
        auto asked = compile_service(name_ + " asks", service, nullptr);
        if (asked.service == nullptr) return fail(asked.errors.front());
        asked.verify = !written.tls || !written.tls->insecure_skip_verify;
        model::ForwardAuth settings;
        settings.route = routes_.at(asked);
        into_.services.push_back(asked.service);
        settings.base = fmt::format("{}://{}:{}", url->scheme, url->host, url->port);
        settings.uri = url->path.empty() ? "/" : url->path;
        settings.trust_forwarded = written.trust_forward_header.value_or(false);
        settings.request_headers = written.auth_request_headers;
        settings.response_headers = written.auth_response_headers;
        if (!written.auth_response_headers_regex.empty())
            settings.response_headers_pattern = regex(written.auth_response_headers_regex);
        settings.cookies = written.add_auth_cookies_to_response;
        settings.user_field = written.header_field;
        settings.forward_body = written.forward_body;
        if (written.max_body_size >= 0)
            settings.max_body_bytes = static_cast<std::uint64_t>(written.max_body_size);
        if (written.max_response_body_size && *written.max_response_body_size >= 0)
            settings.max_response_bytes = static_cast<std::uint64_t>(*written.max_response_body_size);
        settings.preserve_location = written.preserve_location_header;
        settings.preserve_method = written.preserve_request_method;
        put(std::move(settings));
    }

    const std::string name_;
    const Middleware& middleware_;
    const FilterCompiler::Routes& routes_;
    Compiled& into_;
};

void append(Compiled& to, const Compiled& from, std::string_view by) {
    to.filters.insert(to.filters.end(), from.filters.begin(), from.filters.end());
    // The first error will do: its own state has all.
    if (!from.errors.empty() && to.errors.empty())
        to.errors.push_back(fmt::format("middleware \"{}\": {}", by, from.errors.front()));
    for (const std::string& notice : from.notices) {
        if (to.notices.size() < max_chain_notices)
            to.notices.push_back(fmt::format("middleware \"{}\": {}", by, notice));
    }
}

}   // namespace

Compiled FilterCompiler::compile(const std::vector<std::string>& names, std::string_view provider) {
    Compiled all;
    for (const std::string& name : names) {
        const std::string qualified = qualify(name, provider);
        append(all, compile_one(qualified), qualified);
        if (all.filters.size() > max_chain_filters) {
            all.filters.clear();
            all.errors = {fmt::format("more than {} middlewares in a row", max_chain_filters)};
            break;
        }
    }
    return all;
}

void FilterCompiler::forget_all() {
    compiled_.clear();
    std::erase_if(kept_, [this](const auto& kept) { return !middlewares_.contains(kept.first); });
}

void FilterCompiler::forget(const std::string& qualified_name) {
    compiled_.erase(qualified_name);
    if (!middlewares_.contains(qualified_name)) kept_.erase(qualified_name);
}

void FilterCompiler::begin(Routes routes, Dependencies& dependencies) {
    routes_ = std::move(routes);
    dependencies_ = &dependencies;
}

void FilterCompiler::list_services(std::vector<std::shared_ptr<const model::Service>>& services) const {
    for (const auto& [unused, compiled] : compiled_)
        services.insert(services.end(), compiled.services.begin(), compiled.services.end());
}

Compiled FilterCompiler::make(const std::string& qualified_name, const Middleware& middleware) {
    const auto kept = kept_.find(qualified_name);
    // One that asks a service is made anew: the service may have changed.
    const bool is_same = kept != kept_.end() && kept->second.written == middleware && !middleware.errors;
    if (is_same) return kept->second.compiled;
    auto unused = unused_options(middleware);
    Compiled compiled{.filters = {},
                      .services = {},
                      .errors = std::move(unused.errors),
                      .notices = std::move(unused.notices)};
    if (compiled.errors.empty()) Making(qualified_name, middleware, routes_, compiled).make();
    kept_.insert_or_assign(qualified_name, Kept{.written = middleware, .compiled = compiled});
    return compiled;
}

const Compiled& FilterCompiler::compile_one(const std::string& qualified_name) {
    dependencies_->look_at({Item::Kind::middleware, qualified_name});
    if (const auto known = compiled_.find(qualified_name); known != compiled_.end()) return known->second;
    auto compiled = compile_anew(qualified_name);
    const auto& result = compiled_.insert_or_assign(qualified_name, std::move(compiled)).first->second;
    if (!under_way_.empty()) return result;
    // What was cut short because of where it began may be right where it begins itself.
    for (const std::string& name : std::exchange(unsure_, {})) {
        if (name != qualified_name) compiled_.erase(name);
    }
    return result;
}

Compiled FilterCompiler::compile_anew(const std::string& qualified_name) {
    Compiled compiled;
    const auto found = middlewares_.find(qualified_name);
    if (found == middlewares_.end()) {
        compiled.errors.emplace_back("does not exist");
    } else if (found->second->source.broken) {
        compiled.errors.emplace_back("has a mistake in it");
    } else if (std::ranges::find(under_way_, qualified_name) != under_way_.end()) {
        compiled.errors.emplace_back("is a chain that leads back to itself");
        unsure_.insert(unsure_.end(), under_way_.begin(), under_way_.end());
    } else if (under_way_.size() >= max_chain_depth) {
        compiled.errors.push_back(fmt::format("is in more than {} chains, one in another", max_chain_depth));
        unsure_.insert(unsure_.end(), under_way_.begin(), under_way_.end());
        unsure_.push_back(qualified_name);
    } else {
        const Dependencies::Making making(*dependencies_, {Item::Kind::middleware, qualified_name});
        if (!found->second->chain || !unused_options(*found->second).errors.empty())
            return make(qualified_name, *found->second);
        under_way_.push_back(qualified_name);
        compiled = compile(found->second->chain->middlewares, provider_of(qualified_name));
        under_way_.pop_back();
    }
    return compiled;
}

}   // namespace gatehouse::traefik
