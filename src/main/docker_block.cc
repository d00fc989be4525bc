#include "main/docker_block.h"

#include "providers/docker/engine_endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace gatehouse::process {
namespace {

using nginx::DockerBlock;
using nginx::DockerEntryPoint;
using nginx::Word;

constexpr std::string_view api_entry_point = "traefik";   // where api.insecure listens

class Reading {
public:
    Reading(const DockerBlock& block, const std::string& hostname, nginx::FileSource& files,
            model::Model& model, nginx::Diagnostics& diagnostics)
        : block_(block), hostname_(hostname), files_(files), model_(model), diagnostics_(diagnostics) {}

    std::shared_ptr<const TraefikServing> read() {
        find_entry_points();
        serving_->docker = docker_settings();
        serving_->compiling.access_logs = block_.around->access_logs;
        serving_->compiling.error_logs = block_.around->error_logs;
        const auto configuration = as_static_configuration();
        compile_entry_points(configuration);
        add_site(configuration);
        if (has_errors_) return nullptr;
        show_entry_points();
        serving_->compiling.default_certificate = certificate();
        serving_->fixed.push_back(traefik::internal_provider(configuration));
        model_.process.engines.push_back(serving_->docker->endpoint);
        const auto conf = std::make_shared<const ConfSide>(model_);
        serving_->conf = conf;
        serving_->compiling.who_goes_first = [conf](const auto& entry_point, const auto& rule) {
            return conf->who_goes_first(entry_point, rule);
        };
        model_ = compile_without_containers(*serving_);
        return serving_;
    }

private:
    struct Place {   // an entry point, found among the listeners
        std::string name{};
        Word where{};
        std::vector<SocketAddress> addresses{};
        bool tls = false;
        bool has_own = false;     // listeners that the configuration does not have
        std::string plain_at{};   // a listener of the configuration without TLS
    };

    void error(const Word& where, std::string message, std::string hint = {}) {
        has_errors_ = true;
        diagnostics_.add({.severity = nginx::Severity::error,
                          .message = std::move(message),
                          .position = where.position,
                          .length = where.length,
                          .hint = std::move(hint)});
    }
    void pass_on(const traefik::Remarks& remarks, const Word& where) {
        for (const auto& remark : remarks.items()) {
            if (remark.severity == traefik::Severity::error) error(where, remark.message, remark.hint);
        }
    }

    void find_entry_points() {
        if (block_.entry_points.empty()) return find_usual_entry_points();
        std::map<std::string, std::string> taken;
        for (const DockerEntryPoint& entry : block_.entry_points) {
            Place place{.name = entry.name.text, .where = entry.name};
            for (const auto& address : entry.addresses) add_address(address, place);
            for (const SocketAddress& address : place.addresses) {
                const auto [other, is_free] = taken.emplace(address.describe(), place.name);
                if (!is_free)
                    error(place.where, fmt::format("{} belongs to the entry point \"{}\" already",
                                                   other->first, other->second));
            }
            places_.push_back(std::move(place));
        }
    }

    // Where the configuration listens anyway; nowhere: port 80.
    void find_usual_entry_points() {
        Place web{.name = "web", .where = block_.where}, secure{.name = "websecure", .where = block_.where};
        for (const model::Listener& listener : model_.listeners) {
            if (!listener.is_tcp()) add_listener(listener, listener.options.tls ? secure : web);
        }
        if (web.addresses.empty() && secure.addresses.empty()) {
            SocketAddress address;
            if (SocketAddress::parse("0.0.0.0", 80, address)) web.addresses.push_back(address);
            web.has_own = true;
        }
        if (!web.addresses.empty()) places_.push_back(std::move(web));
        if (!secure.addresses.empty()) places_.push_back(std::move(secure));
    }

    void add_listener(const model::Listener& listener, Place& place) {
        if (listener.is_tcp()) {
            return error(place.where, fmt::format("{} is listened to in \"stream\"", listener.text),
                         "an entry point serves requests");
        }
        if (!place.addresses.empty() && place.tls != listener.options.tls) {
            return error(place.where,
                         fmt::format("some listeners of entry point \"{}\" have \"ssl\" and some have not",
                                     place.name),
                         "make them two entry points");
        }
        place.tls = listener.options.tls;
        if (!place.tls) place.plain_at = listener.text;
        if (std::ranges::find(place.addresses, listener.address) == place.addresses.end())
            place.addresses.push_back(listener.address);
    }

    void add_address(const DockerEntryPoint::Address& written, Place& place) {
        bool is_found = false;
        for (const model::Listener& listener : model_.listeners) {
            const bool is_meant =
                listener.address == written.address ||
                (written.is_port_alone && listener.address.port() == written.address.port());
            if (!is_meant) continue;
            is_found = true;
            add_listener(listener, place);
        }
        if (is_found) return;
        place.has_own = true;
        place.addresses.push_back(written.address);
    }

    void show_entry_points() {
        for (const Place& place : places_) {
            std::string text = fmt::format("entry point \"{}\" of containers is", place.name);
            for (const SocketAddress& address : place.addresses) text += " " + address.describe();
            diagnostics_.add({.severity = nginx::Severity::notice,
                              .message = std::move(text),
                              .position = place.where.position,
                              .length = place.where.length,
                              .hint = "a server_name goes first, then routers, then the default server"});
        }
    }

    static std::string shown_address(const Place& place) {
        const auto has_port = [](const SocketAddress& address) { return address.port() != 0; };
        const auto shown = std::ranges::find_if(place.addresses, has_port);
        return shown == place.addresses.end() ? ":0" : shown->describe();
    }

    // As Traefik's flags would say it.
    traefik::StaticConfiguration as_static_configuration() {
        traefik::StaticConfiguration configuration;
        for (const Place& place : places_) {
            traefik::EntryPoint& entry = configuration.entry_points[place.name];
            entry.address = shown_address(place);
            for (const Word& trusted : block_.trusted_ips)
                entry.forwarded_headers.trusted_ips.push_back(trusted.text);
            if (place.tls) entry.http.tls.emplace();
        }
        if (block_.api != DockerBlock::Api::off) configuration.api.emplace();
        if (block_.api == DockerBlock::Api::insecure) {
            configuration.api->insecure = true;
            if (!configuration.entry_points.contains(std::string(api_entry_point)))
                error(block_.api_where, "there is no entry point for the API",
                      "expected one named traefik, as in: entry_point traefik 127.0.0.1:8080;");
        }
        configuration.providers.docker.emplace().endpoint = block_.endpoint.text;
        return configuration;
    }

    void compile_entry_points(const traefik::StaticConfiguration& configuration) {
        traefik::Remarks remarks;
        auto ready = traefik::compile_entry_points(configuration, {.hostname = hostname_}, remarks);
        const Word& where = block_.trusted_ips.empty() ? block_.where : block_.trusted_ips.front();
        pass_on(remarks, where);
        const model::Route& around = *block_.around;
        for (traefik::ReadyEntryPoint& entry : ready) {
            const auto place = std::ranges::find(places_, entry.name, &Place::name);
            entry.addresses = place->addresses;
            entry.real_ip = around.real_ip;
            entry.read_timeout = around.client_body_timeout;
            entry.write_timeout = around.send_timeout;
            entry.idle_timeout = std::max(around.keepalive_timeout, model::Milliseconds(1));
            entry.keepalive_time = around.keepalive_time;
            entry.keepalive_requests = around.keepalive_requests;
            entry.no_tcp =
                "TCP routers are not served beside the servers of an nginx.conf yet: a server of "
                "stream {} can do it";
            if (!place->tls && !place->plain_at.empty())
                entry.no_tls =
                    fmt::format("the configuration listens at {} without \"ssl\"", place->plain_at);
        }
        serving_->compiling.entry_points = std::move(ready);
    }

    void add_site(const traefik::StaticConfiguration& configuration) {
        if (!configuration.api) return;
        serving_->site =
            std::make_shared<admin::Site>(traefik::make_setting(configuration, GATEHOUSE_VERSION));
        auto& internal = serving_->compiling.internal;
        internal["api@internal"] = {serving_->site, model::AdminPart::api};
        internal["dashboard@internal"] = {serving_->site, model::AdminPart::page};
    }

    DockerSettings docker_settings() {
        DockerSettings settings;
        settings.endpoint = block_.endpoint.text;
        if (const auto endpoint = docker::parse_engine_endpoint(settings.endpoint); !endpoint)
            error(block_.endpoint, endpoint.error());
        traefik::ContainerRules& rules = settings.rules;
        rules.exposed_by_default = block_.exposed_by_default;
        rules.allow_empty_services = block_.allow_empty_services;
        rules.addresses.network = block_.network;
        rules.addresses.use_bind_port_ip = block_.use_bind_port_ip;
        rules.environment = [](std::string_view) { return std::nullopt; };
        if (!block_.default_rule.text.empty()) {
            rules.default_rule = block_.default_rule.text;
            check(rules, block_.default_rule);
        }
        rules.constraints = block_.constraints.text;
        if (!has_errors_) check(rules, block_.constraints);
        settings.names = block_.compose_names;
        return settings;
    }

    void check(const traefik::ContainerRules& rules, const Word& where) {
        traefik::Remarks remarks;
        const traefik::ContainerReader reader(rules, remarks);
        pass_on(remarks, where);
    }

    // Of listeners of its own: one that nobody vouches for, as where Traefik has none. On the configuration's
    // listeners clients see what that shows them.
    std::shared_ptr<const tls::ServerContext> certificate() {
        if (std::ranges::any_of(places_, &Place::has_own)) {
            auto made = self_signed(files_, hostname_);
            if (made) return *made;
            error(block_.where, fmt::format("the default certificate: {}", made.error()));
        }
        for (const model::Listener& listener : model_.listeners) {
            if (listener.default_site != nullptr && listener.default_site->tls != nullptr)
                return listener.default_site->tls;
        }
        return nullptr;
    }

    const DockerBlock& block_;
    const std::string& hostname_;
    nginx::FileSource& files_;
    model::Model& model_;
    nginx::Diagnostics& diagnostics_;
    bool has_errors_ = false;
    std::vector<Place> places_;
    std::shared_ptr<TraefikServing> serving_ = std::make_shared<TraefikServing>();
};

}   // namespace

std::shared_ptr<const TraefikServing> read_docker_block(const nginx::DockerBlock& block,
                                                        const std::string& hostname, nginx::FileSource& files,
                                                        model::Model& model,
                                                        nginx::Diagnostics& diagnostics) {
    return Reading(block, hostname, files, model, diagnostics).read();
}

}   // namespace gatehouse::process
