#include "check/traefik_check.h"

#include "admin/site.h"
#include "base/text.h"
#include "faces/traefik/compile_entry_points.h"
#include "faces/traefik/load_static.h"
#include "faces/traefik/names.h"
#include "faces/traefik/report.h"
#include "faces/traefik/rule_parser.h"
#include "tls/self_signed.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace gatehouse::check {
namespace {

Severity severity_of(traefik::Severity severity) {
    switch (severity) {
        case traefik::Severity::error: return Severity::error;
        case traefik::Severity::warning: return Severity::warning;
        case traefik::Severity::notice: return Severity::notice;
    }
    return Severity::error;
}

ReadText reading_from(nginx::FileSource& files) {
    return [&files](const std::string& path) -> std::optional<std::string> {
        auto text = files.read(path);
        if (!text) return std::nullopt;
        return std::move(*text);
    };
}

template <class Provider>
void take_rules(const Provider& provider, traefik::ContainerRules& rules) {
    rules.exposed_by_default = provider.exposed_by_default;
    rules.allow_empty_services = provider.allow_empty_services;
    rules.default_rule = provider.default_rule;
    rules.constraints = provider.constraints;
    rules.addresses.network = provider.network;
    rules.addresses.use_bind_port_ip = provider.use_bind_port_ip;
}

// The entry points that labels name: "web,websecure" of `traefik.http.routers.NAME.entrypoints`; true: for
// datagrams.
std::map<std::string, bool> entry_points_of(const ComposeProject& project) {
    std::map<std::string, bool> names;
    for (const auto& [unused, service] : project.services) {
        for (const auto& [key, text] : service.labels) {
            const auto small = lower(key);
            if (!small.starts_with("traefik.") || !small.ends_with(".entrypoints")) continue;
            for (const auto name : split(text.value, ',')) {
                if (!trim(name).empty()) names.emplace(trim(name), small.starts_with("traefik.udp."));
            }
        }
    }
    return names;
}

std::string usual_address(std::string_view name, unsigned number) {
    const auto small = lower(name);
    if (small == "web" || small == "http") return ":80";
    if (small == "websecure" || small == "https" || small == "web-secure") return ":443";
    return fmt::format(":{}", 8000 + number);
}

// A certificate and its key.
std::string self_signed(std::int64_t now) {
    const std::vector<std::string> names = {"localhost"};
    return tls::make_self_signed(names, now, 1);
}

std::shared_ptr<const tls::ServerContext> certificate(const std::string& pem) {
    tls::ServerSettings settings;
    settings.certificates.push_back({.certificate_pem = pem, .key_pem = pem});
    auto context = tls::ServerContext::make(std::move(settings));
    return context ? *context : nullptr;
}

}   // namespace

TraefikCheck::TraefikCheck(const ComposeProject& project, const TraefikInputs& inputs,
                           nginx::FileSource& files, const Variables& variables, Outcome& outcome)
    : project_(project),
      inputs_(inputs),
      files_(files),
      read_(reading_from(files)),
      variables_(variables),
      out_(outcome) {}

void TraefikCheck::run() {
    proxy_ = find_proxy(project_);
    const bool has_labels = std::ranges::any_of(project_.services, [](const auto& named) {
        return has_traefik_labels(named.second.labels) || has_traefik_labels(named.second.deploy_labels);
    });
    if (!proxy_ && !has_labels && inputs_.static_file.empty() && inputs_.dynamic_files.empty()) return;
    sees_all_containers_ = proxy_.has_value();
    read_static_configuration();
    read_labels();
    read_dynamic_files();
    stand_in_for_the_unseen();
    compile();
    judge_unreached();
    judge_tls();
    judge_networks();
    judge_ports();
    judge_publishing();
}

void TraefikCheck::add(const traefik::Remark& remark, Place place, std::string code,
                       const ComposeService* service) {
    Finding finding{.severity = severity_of(remark.severity),
                    .code = std::move(code),
                    .place = std::move(place),
                    .message = remark.message,
                    .hint = remark.hint};
    if (service != nullptr) finding.service = service->name;
    out_.findings.add(std::move(finding));
}

Place TraefikCheck::place_in_static(const model::Origin& origin, std::string_view message) const {
    if (origin.source && origin.line > 0) {
        const auto known = reading_.paths.find(*origin.source);
        return {known == reading_.paths.end() ? *origin.source : known->second,
                static_cast<std::uint32_t>(origin.line), static_cast<std::uint32_t>(origin.column)};
    }
    if (proxy_) return place_of_flag(origin, message, *proxy_);
    return {inputs_.static_file};
}

void TraefikCheck::read_static_configuration() {
    reading_ = read_static(project_, proxy_, inputs_.static_file, read_);
    for (const auto& [unused, path] : reading_.paths) {
        if (const auto text = read_(path)) out_.sources.add({.path = path, .text = *text});
    }
    for (const traefik::Remark& remark : reading_.remarks.items())
        add(remark, place_in_static(remark.origin, remark.message), "static",
            proxy_ ? proxy_->service : nullptr);
    if (!reading_.missing.empty()) {
        out_.findings.warning(
            "unseen", proxy_ ? proxy_->service->place : Place{},
            fmt::format("the proxy's static configuration is not here: {}", reading_.missing),
            "entry points and the like are taken from what labels name; name the file to the check");
    }
    if (reading_.configuration) {
        static_ = std::move(*reading_.configuration);
    } else {
        const bool is_wrong = reading_.remarks.has_errors();
        assume_static_configuration(is_wrong ? "the static configuration has mistakes"
                                             : "no static configuration was seen");
    }
    in_swarm_ = static_.providers.swarm.has_value() && !static_.providers.docker;
    if (static_.providers.docker) take_rules(*static_.providers.docker, rules_);
    if (in_swarm_) take_rules(*static_.providers.swarm, rules_);
    rules_.is_swarm = in_swarm_;
    places_.emplace(project_, in_swarm_);
    const bool follows = static_.providers.docker || static_.providers.swarm;
    if (follows || !proxy_) return;
    const bool any = std::ranges::any_of(
        project_.services, [](const auto& named) { return has_traefik_labels(named.second.labels); });
    if (any)
        out_.findings.warning("no-provider", proxy_->service->place,
                              "containers have labels, but the proxy follows none: no provider is configured",
                              "add --providers.docker=true");
}

// Nobody said what it is: entry points are there if a label names them, and so is whatever else labels use.
void TraefikCheck::assume_static_configuration(std::string_view why) {
    out_.assumed = fmt::format("{}: entry points are those that labels name", why);

    std::vector<std::string> arguments = {"--providers.docker=true", "--api=true", "--ping=true"};
    bool asks = false;   // a container asks to be routed
    for (const auto& [unused, service] : project_.services) {
        const auto enable = service.labels.find("traefik.enable");
        asks = asks || (enable != service.labels.end() && lower(enable->second.value) == "true");
    }
    if (asks) arguments.emplace_back("--providers.docker.exposedByDefault=false");
    unsigned number = 0;
    for (const auto& [name, is_udp] : entry_points_of(project_)) {
        arguments.push_back(fmt::format("--entryPoints.{}.address={}{}", name, usual_address(name, ++number),
                                        is_udp ? "/udp" : ""));
    }
    traefik::StaticSources sources;
    sources.arguments = arguments;
    traefik::Remarks ignored;
    if (auto configuration = traefik::load_static(sources, ignored)) static_ = std::move(*configuration);
}

void TraefikCheck::read_labels() {
    if (proxy_) {
        for (const std::string& name : networks_of(project_, *proxy_->service))
            rules_.addresses.own_networks.emplace("id-of-" + name, name);
    }
    traefik::Remarks remarks;
    const traefik::ContainerReader reader(rules_, remarks);
    for (const traefik::Remark& remark : remarks.items())
        add(remark, place_in_static(remark.origin, remark.message), "static", nullptr);
    containers_ = containers_of(project_, in_swarm_, read_);
    std::vector<model::ContainerFacts> facts;
    for (const ContainerOf& container : containers_) facts.push_back(container.facts);
    auto merged = traefik::read_containers(reader, facts);
    docker_.configuration = std::move(merged.configuration);
    verdicts_ = std::move(merged.verdicts);
    note_unset_variables();
    for (std::size_t i = 0; i < containers_.size(); ++i) judge(containers_[i], verdicts_[i]);
}

void TraefikCheck::judge(const ContainerOf& container, const traefik::ContainerVerdict& verdict) {
    const ComposeService& service = *container.service;
    const bool has_labels = has_traefik_labels(places_->labels_of(service));
    out_.containers.push_back({.service = service.name,
                               .outcome = std::string(word_for(verdict.outcome)),
                               .reason = std::string(verdict.reason),
                               .sentence = verdict.sentence,
                               .advice = verdict.advice,
                               .routers = verdict.routers,
                               .has_labels = has_labels,
                               .is_proxy = proxy_ && proxy_->service == &service});
    if (!in_swarm_ && has_traefik_labels(service.deploy_labels)) {
        out_.findings.warning(
            "deploy-labels", service.deploy_labels.begin()->second.place,
            "labels below \"deploy\" are a swarm service's: its containers do not have them",
            "write them below the service itself");
    }
    if (!has_labels) return;
    for (const traefik::Remark& remark : verdict.remarks.items()) {
        const bool is_conflict = remark.message.find("is defined differently by") != std::string::npos;
        const Place place =
            is_conflict ? places_->of_conflict(remark.message, service) : places_->of(remark.origin, service);
        add(remark, place, is_conflict ? "conflict" : "label", &service);
    }
    judge_left_out(container, verdict);
    const bool was_said = std::ranges::any_of(verdict.remarks.items(), [&](const traefik::Remark& remark) {
        return remark.severity == traefik::Severity::error &&
               verdict.sentence.find(remark.message) != std::string::npos;
    });
    if (verdict.outcome != traefik::ContainerOutcome::refused) return;
    judge_rules(service);
    if (was_said) return;
    Place place = service.place;
    for (const auto& [key, text] : places_->labels_of(service)) {
        if (verdict.reason == "bad-port" && lower(key).ends_with(".port")) place = text.place;
    }
    out_.findings.add({Severity::error, std::string(verdict.reason), std::move(place),
                       fmt::format("it is not routed: {}", verdict.sentence), verdict.advice, service.name});
}

// Of what is refused the rules are not compiled: mistakes in them would show up one by one.
void TraefikCheck::judge_rules(const ComposeService& service) {
    for (const auto& [key, text] : places_->labels_of(service)) {
        const auto small = lower(key);
        const bool is_tcp = small.starts_with("traefik.tcp.routers.");
        if (!small.ends_with(".rule") || !text.unset.empty()) continue;
        if (!is_tcp && !small.starts_with("traefik.http.routers.")) continue;
        const auto parsed = traefik::parse_rule(
            text.value, is_tcp ? traefik::RuleKind::tcp : traefik::RuleKind::http, traefik::RuleSyntax::v3);
        if (parsed) continue;
        Place place = text.place;
        place.byte = static_cast<std::uint32_t>(parsed.error().offset + 1);
        out_.findings.add({Severity::error, "rule", std::move(place),
                           fmt::format("rule \"{}\": {}", text.value, parsed.error().message),
                           parsed.error().hint, service.name});
    }
}

void TraefikCheck::judge_left_out(const ContainerOf& container, const traefik::ContainerVerdict& verdict) {
    if (verdict.outcome != traefik::ContainerOutcome::left_out) return;
    const ComposeService& service = *container.service;
    const bool is_wish = verdict.reason == "disabled" && verdict.advice.empty();   // traefik.enable=false
    if (is_wish) return;
    out_.findings.add(
        {verdict.reason == "disabled" ? Severity::warning : Severity::notice, "left-out", service.place,
         fmt::format("service \"{}\" has labels, but is left out: {}", service.name, verdict.sentence),
         verdict.advice, service.name});
}

// One finding, as one missing .env makes all of them.
void TraefikCheck::note_unset_variables() {
    std::map<std::string, unsigned> uses;
    Place first;
    const auto take = [&](const Text& text) {
        for (const std::string& name : text.unset) {
            const bool is_before = text.place.file == first.file && text.place.line < first.line;
            if (first.file.empty() || is_before) first = text.place;
            ++uses[name];
        }
    };
    for (const auto& [unused, service] : project_.services) {
        for (const auto& [key, text] : places_->labels_of(service)) {
            if (starts_with_ignoring_case(key, "traefik.") || variables_.has_stand_in(key)) take(text);
        }
        take(service.container_name);
        if (!proxy_ || proxy_->service != &service) continue;
        if (service.command) std::ranges::for_each(*service.command, take);
        for (const auto& [key, text] : service.environment) {
            if (starts_with_ignoring_case(key, "TRAEFIK_")) take(text);
        }
    }
    if (uses.empty()) return;
    std::string names;
    for (const auto& [name, count] : uses)
        names += fmt::format("{}{}{}", names.empty() ? "" : ", ", name,
                             count > 1 ? fmt::format(" (in {} places)", count) : "");
    first.length = 1;
    out_.findings.warning("unset-variable", first,
                          fmt::format("no value for {}: Compose would put nothing there", names),
                          "set in the environment, in .env, or by --env-file; the check goes on as if set");
}

// Certificates and the like. One that is only on another machine gets a stand-in.
std::shared_ptr<const traefik::FileTexts> TraefikCheck::texts_named_in(
    const traefik::DynamicConfiguration& configuration, const std::string& stand_in) {
    auto texts = std::make_shared<traefik::FileTexts>();
    for (const std::string& path : traefik::files_named_in(configuration)) {
        const auto here = proxy_ ? path_on_host(project_, *proxy_->service, path) : std::nullopt;
        auto text = read_(here.value_or(path));
        if (!text) {
            out_.findings.notice("unseen", proxy_ ? proxy_->service->place : Place{},
                                 fmt::format("\"{}\" is not here: it is not checked", path));
        }
        texts->emplace(path, text ? std::move(*text) : stand_in);
    }
    return texts;
}

void TraefikCheck::compile() {
    traefik::Remarks remarks;
    traefik::CompilerOptions options;
    const traefik::Surroundings surroundings{.hostname = "gateway", .has_ipv4 = true, .has_ipv6 = false};
    options.entry_points = entry_points_ = traefik::compile_entry_points(static_, surroundings, remarks);
    for (const traefik::Remark& remark : remarks.items())
        add(remark, place_in_static(remark.origin, remark.message), "static", nullptr);
    options.rule_syntax = static_.core && static_.core->default_rule_syntax == "v2" ? traefik::RuleSyntax::v2
                                                                                    : traefik::RuleSyntax::v3;
    const std::string pem = self_signed(inputs_.now);
    options.default_certificate = certificate(pem);
    docker_.files = texts_named_in(docker_.configuration, pem);
    file_.files = texts_named_in(file_.configuration, pem);
    const auto site = std::make_shared<admin::Site>(traefik::make_setting(static_, GATEHOUSE_VERSION));
    if (static_.api) options.internal["api@internal"] = {site, model::AdminPart::api};
    if (static_.api && static_.api->dashboard)
        options.internal["dashboard@internal"] = {site, model::AdminPart::page};
    if (static_.ping) options.internal["ping@internal"] = {site, model::AdminPart::ping};
    std::vector<traefik::Provided> provided = {traefik::internal_provider(static_), docker_, file_};
    for (const auto& [unused, other] : others_) provided.push_back(other);
    traefik::Compiler compiler(std::move(options));
    const auto compiled = compiler.compile(provided);
    list_routes(compiled.model, compiled.states);
    judge_states(compiled.states);
    take_unserved(compiled.states);
}

}   // namespace gatehouse::check
