#include "main/traefik_configuration.h"

#include "faces/traefik/dynamic_file.h"
#include "faces/traefik/load_static.h"
#include "faces/traefik/unused_options.h"
#include "providers/docker/engine_endpoint.h"

#include <fmt/format.h>

#include <map>

namespace gatehouse::process {
namespace {

using namespace traefik;

constexpr const char* log_path = "/dev/stdout";   // Traefik's, unless it is told otherwise

model::LogLevel level_of(const std::string& name) {
    if (name == "TRACE" || name == "DEBUG") return model::LogLevel::debug;
    if (name == "WARN" || name == "WARNING") return model::LogLevel::warn;
    if (name == "ERROR" || name.empty()) return model::LogLevel::error;
    if (name == "FATAL" || name == "PANIC") return model::LogLevel::crit;
    return model::LogLevel::notice;   // INFO
}

class Reading {
public:
    Reading(nginx::FileSource& files, const TraefikOptions& options) : files_(files), options_(options) {}

    TraefikReading read() {
        StaticSources sources;
        sources.arguments = options_.arguments;
        sources.environment = options_.environment;
        sources.read_file = [this](const std::string& path) -> std::optional<std::string> {
            auto text = files_.read(path);
            if (!text) return std::nullopt;
            return std::move(*text);
        };
        auto configuration = load_static(sources, remarks());
        if (!configuration) return std::move(reading_);
        remark_unused(*configuration, remarks());
        auto serving = std::make_shared<TraefikServing>();
        serving->compiling.entry_points = compile_entry_points(*configuration, surroundings(), remarks());
        serving->compiling.rule_syntax =
            configuration->core && configuration->core->default_rule_syntax == "v2" ? RuleSyntax::v2
                                                                                    : RuleSyntax::v3;
        serving->compiling.transport = usual_transport(configuration->servers_transport);
        take_tcp_transport(configuration->tcp_servers_transport, serving->compiling);
        serving->compiling.default_certificate = make_certificate();
        add_logs(*configuration, serving->compiling);
        serving->fixed.push_back(internal_provider(*configuration));
        add_site(*configuration, *serving);
        if (configuration->providers.file) add_files(*configuration->providers.file, serving->fixed);
        if (configuration->providers.docker)
            serving->docker = docker_settings(*configuration->providers.docker);
        if (remarks().has_errors()) return std::move(reading_);
        reading_.model = compile_without_containers(*serving, serving->docker ? nullptr : &remarks());
        reading_.serving = std::move(serving);
        return std::move(reading_);
    }

private:
    Remarks& remarks() { return reading_.remarks; }
    [[nodiscard]] Surroundings surroundings() const {
        return {.hostname = options_.hostname, .has_ipv4 = options_.has_ipv4, .has_ipv6 = options_.has_ipv6};
    }

    static void add_site(const StaticConfiguration& configuration, TraefikServing& serving) {
        if (!configuration.api && !configuration.ping) return;
        serving.site = std::make_shared<admin::Site>(make_setting(configuration, GATEHOUSE_VERSION));
        auto& internal = serving.compiling.internal;
        if (configuration.api) internal["api@internal"] = {serving.site, model::AdminPart::api};
        if (configuration.api && configuration.api->dashboard)
            internal["dashboard@internal"] = {serving.site, model::AdminPart::page};
        if (configuration.ping) internal["ping@internal"] = {serving.site, model::AdminPart::ping};
    }

    static std::optional<ServersTransport> usual_transport(const StaticServersTransport& written) {
        if (written == StaticServersTransport{}) return std::nullopt;
        ServersTransport transport;
        transport.insecure_skip_verify = written.insecure_skip_verify;
        transport.root_cas = written.root_cas;
        transport.max_idle_conns_per_host = written.max_idle_conns_per_host;
        auto& timeouts = transport.forwarding_timeouts.emplace();
        timeouts.dial_timeout = written.forwarding_timeouts.dial_timeout;
        timeouts.response_header_timeout = written.forwarding_timeouts.response_header_timeout;
        timeouts.idle_conn_timeout = written.forwarding_timeouts.idle_conn_timeout;
        return transport;
    }

    // Where nothing else is configured clients get one that nobody vouches for, as Traefik's.
    std::shared_ptr<const tls::ServerContext> make_certificate() {
        auto context = self_signed(files_, options_.hostname);
        if (context) return *context;
        remarks().error({}, fmt::format("the default certificate: {}", context.error()));
        return nullptr;
    }

    void add_logs(const StaticConfiguration& configuration, CompilerOptions& compiling) {
        auto errors = std::make_shared<model::ErrorLog>();
        errors->path = log_path;
        errors->level = model::LogLevel::notice;
        if (configuration.log) {
            if (!configuration.log->file_path.empty()) errors->path = configuration.log->file_path;
            if (!configuration.log->level.empty()) errors->level = level_of(configuration.log->level);
        }
        compiling.error_logs.push_back(errors);
        if (!configuration.access_log) return;
        auto access = std::make_shared<model::AccessLog>();
        access->path =
            configuration.access_log->file_path.empty() ? log_path : configuration.access_log->file_path;
        access->format = common_log_format();
        compiling.access_logs.push_back(std::move(access));
    }

    // The Common Log Format with what Traefik adds, but for the router's name.
    static std::shared_ptr<const model::LogFormat> common_log_format() {
        auto format = std::make_shared<model::LogFormat>();
        format->name = "common";
        std::vector<model::Template::Part> parts;
        const auto text = [&](const char* literal) { parts.emplace_back(std::string(literal)); };
        const auto value = [&](std::string_view name) {
            if (const auto ref = model::find_builtin_variable(name)) parts.emplace_back(*ref);
        };
        value("remote_addr");
        text(" - ");
        value("remote_user");
        text(" [");
        value("time_local");
        text("] \"");
        value("request");
        text("\" ");
        value("status");
        text(" ");
        value("body_bytes_sent");
        text(" \"");
        value("http_referer");
        text("\" \"");
        value("http_user_agent");
        text("\" ");
        value("connection_requests");
        text(" \"");
        value("upstream_addr");
        text("\" ");
        value("request_time");
        text("s");
        format->line = model::Template(std::move(parts));
        return format;
    }

    void add_files(const FileProvider& provider, std::vector<Provided>& fixed) {
        std::vector<std::string> paths;
        if (!provider.filename.empty()) paths.push_back(provider.filename);
        if (!provider.directory.empty()) {
            for (const char* ending : {"*.yml", "*.yaml", "*.toml"}) {
                const auto found = files_.glob(provider.directory + "/" + ending);
                paths.insert(paths.end(), found.begin(), found.end());
            }
        }
        const traefik::Environment environment = environment_of(options_.environment);
        Provided provided;
        provided.name = "file";
        for (const std::string& path : paths) {
            const auto text = files_.read(path);
            if (!text) {
                remarks().error({}, fmt::format("file provider: \"{}\" cannot be read: {}", path,
                                                text.error().describe()));
                continue;
            }
            if (auto read = read_dynamic_file(*text, path, environment, remarks()))
                add_file(provided.configuration, std::move(*read), remarks());
        }
        provided.files = texts_of(files_named_in(provided.configuration));
        fixed.push_back(std::move(provided));
    }

    std::shared_ptr<const FileTexts> texts_of(const std::vector<std::string>& paths) {
        auto texts = std::make_shared<FileTexts>();
        for (const std::string& path : paths) {
            auto text = files_.read(path);
            if (text) {
                texts->emplace(path, std::move(*text));
            } else {
                remarks().warning({},
                                  fmt::format("\"{}\" cannot be read: {}", path, text.error().describe()));
            }
        }
        return texts;
    }

    void take_tcp_transport(const StaticTcpServersTransport& written, CompilerOptions& compiling) {
        if (written == StaticTcpServersTransport{}) return;
        auto& transport = compiling.tcp_transport.emplace();
        transport.dial_timeout = written.dial_timeout;
        transport.termination_delay = written.termination_delay;
        if (!written.tls) return;
        transport.tls.emplace();
        transport.tls->insecure_skip_verify = written.tls->insecure_skip_verify;
        transport.tls->root_cas = written.tls->root_cas;
        DynamicConfiguration as_if;   // a file had said so
        as_if.tcp.servers_transports["usual"] = transport;
        compiling.files = texts_of(files_named_in(as_if));
    }

    static traefik::Environment environment_of(const std::vector<std::string>& entries) {
        std::map<std::string, std::string, std::less<>> values;
        for (const std::string& entry : entries) {
            const auto equals = entry.find('=');
            if (equals != std::string::npos)
                values.insert_or_assign(entry.substr(0, equals), entry.substr(equals + 1));
        }
        return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
            const auto found = values.find(name);
            return found == values.end() ? std::nullopt : std::optional(found->second);
        };
    }

    DockerSettings docker_settings(const DockerProvider& provider) {
        DockerSettings settings;
        settings.endpoint = provider.endpoint;
        settings.rules.exposed_by_default = provider.exposed_by_default;
        settings.rules.allow_empty_services = provider.allow_empty_services;
        settings.rules.default_rule = provider.default_rule;
        settings.rules.constraints = provider.constraints;
        settings.rules.addresses.network = provider.network;
        settings.rules.addresses.use_bind_port_ip = provider.use_bind_port_ip;
        settings.rules.environment = environment_of(options_.environment);
        const auto endpoint = docker::parse_engine_endpoint(provider.endpoint);
        if (!endpoint) remarks().error({}, "providers.docker.endpoint: " + endpoint.error());
        if (provider.tls) {
            remarks().error({}, "providers.docker.tls: an engine is not asked over TLS yet",
                            "expected its unix socket, or plain TCP within the machine");
        }
        return settings;
    }

    nginx::FileSource& files_;
    const TraefikOptions& options_;
    TraefikReading reading_;
};

}   // namespace

TraefikReading read_traefik(nginx::FileSource& files, const TraefikOptions& options) {
    return Reading(files, options).read();
}

tl::expected<std::shared_ptr<const tls::ServerContext>, std::string> self_signed(
    nginx::FileSource& files, const std::string& hostname) {
    std::string names = "localhost";
    if (!hostname.empty() && hostname != names) names += "," + hostname;
    const auto pem = files.read(std::string(nginx::self_signed_prefix) + names);
    if (!pem) return nullptr;
    tls::ServerSettings settings;
    settings.certificates.push_back({.certificate_pem = *pem, .key_pem = *pem});
    auto context = tls::ServerContext::make(std::move(settings));
    if (!context) return tl::unexpected(context.error().message);
    return *context;
}

model::Model compile_without_containers(const TraefikServing& serving, Remarks* remarks) {
    Compiler compiler(serving.compiling);
    auto compiled = compiler.compile(serving.fixed);
    if (remarks != nullptr) {
        for (auto& news : news_of(compiled.states, {})) remarks->warning({}, std::move(news.sentence));
    }
    if (serving.site != nullptr) {
        serving.site->publish(
            [fixed = serving.fixed, states = compiled.states, services = compiled.model.services] {
                return make_report({.provided = fixed, .states = states, .services = services});
            });
    }
    complete_traefik_model(compiled.model, serving);
    return std::move(compiled.model);
}

void complete_traefik_model(model::Model& model, const TraefikServing& serving) {
    if (serving.conf != nullptr) {
        model = serving.conf->with(std::move(model));
        return;
    }
    model.process.worker_processes = 0;
    model.process.worker_connections = 16384;
    model.process.daemon = false;
    model.process.error_logs = serving.compiling.error_logs;
    model.process.shutdown_timeout = std::chrono::seconds(10);
    if (serving.docker) model.process.engines.push_back(serving.docker->endpoint);
    model.access_logs = serving.compiling.access_logs;
    model.error_logs = serving.compiling.error_logs;
}

}   // namespace gatehouse::process
