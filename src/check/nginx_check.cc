#include "check/nginx_check.h"

#include "base/socket_address.h"
#include "base/suggestion.h"
#include "base/text.h"
#include "check/proxy.h"
#include "faces/nginx/fragment.h"
#include "tls/self_signed.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace gatehouse::check {
namespace {

using nginx::Diagnostic;
using nginx::Directive;

// The files as they are here. What is only on the machine, or in the image, that this is meant for gets a
// stand-in: an empty text for what is included, a certificate for what TLS wants.
class FilesHere final : public nginx::FileSource {
public:
    FilesHere(nginx::FileSource& from, const ComposeProject* project, const ComposeService* service,
              std::int64_t now)
        : from_(from), project_(project), service_(service), now_(now) {}

    void expect_certificates() { expects_certificates_ = true; }
    [[nodiscard]] const std::set<std::string>& missing() const { return missing_; }

    Result<std::string> read(const std::string& path) override {
        auto text = from_.read(path);
        if (text) return text;
        if (service_ != nullptr) {
            if (const auto here = path_on_host(*project_, *service_, path)) {
                if (auto mapped = from_.read(*here)) return mapped;
            }
        }
        const bool is_elsewhere = path.starts_with('/') || expects_certificates_;
        if (!is_elsewhere || text.error().code != ErrorCode::not_found) return text;
        if (!expects_certificates_ && is_built_in(path)) return text;
        missing_.insert(path);
        return expects_certificates_ ? certificate() : std::string();
    }
    std::vector<std::string> glob(const std::string& pattern) override { return from_.glob(pattern); }

private:
    // The face has these itself, for when they are not there.
    static bool is_built_in(std::string_view path) {
        const auto name = path.substr(path.rfind('/') + 1);
        return name == "mime.types" || name.ends_with("_params") || name == "fastcgi.conf";
    }
    const std::string& certificate() {
        const std::vector<std::string> names = {"localhost"};
        if (certificate_.empty()) certificate_ = tls::make_self_signed(names, now_, 1);
        return certificate_;
    }

    nginx::FileSource& from_;
    const ComposeProject* project_;
    const ComposeService* service_;
    const std::int64_t now_;
    bool expects_certificates_ = false;
    std::set<std::string> missing_;
    std::string certificate_;
};

Severity severity_of(nginx::Severity severity) {
    switch (severity) {
        case nginx::Severity::error: return Severity::error;
        case nginx::Severity::warning: return Severity::warning;
        case nginx::Severity::notice: return Severity::notice;
    }
    return Severity::error;
}

// Of a proxy_pass, a grpc_pass, or a server of an upstream: a name that somebody must resolve; "": none.
std::string host_of(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://", "grpc://", "grpcs://"}) {
        if (starts_with_ignoring_case(target, scheme)) target = target.substr(scheme.size());
    }
    if (starts_with_ignoring_case(target, "unix:") || target.starts_with('[')) return {};
    target = target.substr(0, target.find('/'));
    if (target.find('$') != std::string_view::npos) return {};
    return std::string(target.substr(0, target.find(':')));
}

bool is_address(const std::string& host) {
    SocketAddress ignored;
    return SocketAddress::parse(host, 0, ignored);
}

class EndpointCheck {
public:
    EndpointCheck(const ComposeProject& project, const ComposeService* own, nginx::Diagnostics& diagnostics)
        : project_(project), own_(own), diagnostics_(diagnostics) {
        for (const auto& [name, service] : project.services) {
            for (const std::string& host : hosts_of(service)) services_.emplace(host, &service);
        }
    }

    void run(const std::vector<Directive>& directives) {
        collect_upstreams(directives);
        walk(directives, false);
    }

private:
    void collect_upstreams(const std::vector<Directive>& directives) {
        for (const Directive& directive : directives) {
            if (directive.name.text == "upstream" && !directive.arguments.empty())
                upstreams_.insert(lower(directive.argument(0)));
            collect_upstreams(directive.children);
        }
    }

    void walk(const std::vector<Directive>& directives, bool in_upstream) {
        for (const Directive& directive : directives) {
            const std::string& name = directive.name.text;
            const bool leads =
                name == "proxy_pass" || name == "grpc_pass" || (in_upstream && name == "server");
            if (leads && !directive.arguments.empty() && !directive.has_block)
                judge(directive.arguments.front(), in_upstream);
            walk(directive.children, name == "upstream");
        }
    }

    void warn(const nginx::Word& where, std::string message, std::string hint) {
        diagnostics_.add({.severity = nginx::Severity::warning,
                          .message = std::move(message),
                          .position = where.position,
                          .length = where.length,
                          .hint = std::move(hint)});
    }

    void judge(const nginx::Word& word, bool in_upstream) {
        const auto host = host_of(word.text);
        if (host.empty() || is_address(host) || (!in_upstream && upstreams_.contains(lower(host)))) {
            if (own_ != nullptr && host.starts_with("127.")) loopback(word, host);
            return;
        }
        if (host == "localhost") {
            if (own_ != nullptr) loopback(word, host);
            return;
        }
        const auto found = services_.find(host);
        if (found != services_.end()) return reach(word, *found->second);
        const bool is_known =
            host.find('.') != std::string::npos || (own_ != nullptr && own_->known_hosts.contains(host));
        if (is_known || !project_.is_whole) return;
        std::vector<std::string_view> names;
        for (const auto& [name, unused] : services_) names.push_back(name);
        auto hint = did_you_mean(host, names);
        if (hint.empty()) hint = fmt::format("its services are {}", fmt::join(names, ", "));
        warn(word, fmt::format("no service of the compose file is called \"{}\"", host), std::move(hint));
    }

    void loopback(const nginx::Word& word, const std::string& host) {
        if (own_->network_mode.value == "host") return;
        warn(word, fmt::format("\"{}\" is the container of the service \"{}\" itself", host, own_->name),
             "another container is called by its service's name");
    }

    void reach(const nginx::Word& word, const ComposeService& service) {
        if (own_ == nullptr || own_ == &service || own_->network_mode.value == "host") return;
        const auto here = networks_of(project_, *own_);
        const auto there = networks_of(project_, service);
        const bool is_shared =
            std::ranges::any_of(here, [&](const auto& name) { return there.contains(name); });
        if (is_shared || here.empty() || there.empty()) return;
        warn(word, fmt::format("services \"{}\" and \"{}\" share no network", own_->name, service.name),
             fmt::format("they are on {} and {}", fmt::join(here, ", "), fmt::join(there, ", ")));
    }

    const ComposeProject& project_;
    const ComposeService* own_;
    nginx::Diagnostics& diagnostics_;
    std::map<std::string, const ComposeService*> services_;   // by the names they are reached under
    std::set<std::string> upstreams_;
};

void count(const std::vector<Directive>& directives, CheckedFile& file) {
    for (const Directive& directive : directives) {
        if (directive.name.text == "server" && directive.has_block) ++file.sites;
        if (directive.name.text == "location" && directive.has_block) ++file.locations;
        count(directive.children, file);
    }
}

// Where `path` is included; nothing: it is needed otherwise.
Place place_of_include(const nginx::Sources& sources, const std::string& path) {
    for (std::uint32_t index = 0; index < sources.size(); ++index) {
        const nginx::Source& source = sources.at(index);
        const auto at = source.text.find(path);
        if (at == std::string::npos) continue;
        const auto before = std::string_view(source.text).substr(0, at);
        const auto line_start = before.rfind('\n') + 1;   // npos + 1 is 0
        return {source.path, static_cast<std::uint32_t>(std::ranges::count(before, '\n') + 1),
                static_cast<std::uint32_t>(at - line_start + 1), static_cast<std::uint32_t>(path.size())};
    }
    return {};
}

std::string code_of(const Diagnostic& diagnostic, bool is_ours) {
    if (is_ours) return "nginx-meaning";
    return diagnostic.severity == nginx::Severity::error ? "nginx" : "nginx-remark";
}

}   // namespace

const ComposeService* service_with(const ComposeProject& project, const std::string& path) {
    const auto wanted = beside("", path);
    const ComposeService* builder = nullptr;
    std::size_t longest = 0;
    for (const auto& [name, service] : project.services) {
        for (const Mount& mount : service.mounts) {
            std::string source = beside(project.directory, mount.source);
            if (wanted == source) return &service;
            if (!source.empty() && !source.ends_with('/')) source += '/';
            const bool is_path = mount.source.starts_with('.') || mount.source.starts_with('/');
            if (is_path && wanted.starts_with(source) && mount.target.find("nginx") != std::string::npos)
                return &service;
        }
        if (!service.build_context) continue;
        std::string context = beside(project.directory, *service.build_context);
        if (!context.empty() && !context.ends_with('/')) context += '/';
        if (context == "./" || context == ".") context.clear();
        if (!wanted.starts_with(context) || context.size() < longest || context.empty()) continue;
        longest = context.size();
        builder = &service;
    }
    return builder;
}

void check_nginx(const std::string& path, const NginxInputs& inputs, nginx::FileSource& files,
                 Outcome& outcome) {
    const ComposeService* own = inputs.project == nullptr ? nullptr : service_with(*inputs.project, path);
    FilesHere here(files, inputs.project, own, inputs.now);
    nginx::Diagnostics said, added;
    const nginx::ParseOptions parsing;
    nginx::Document document = nginx::parse(here, path, parsing, said);
    if (!said.has_errors()) {
        nginx::complete_fragment(document, said);
        here.expect_certificates();
        (void)nginx::compile(document, here, nginx::directory_of(path, parsing), {}, said);
        judge_directives(document, added);
        if (inputs.project != nullptr) EndpointCheck(*inputs.project, own, added).run(document.directives);
    }
    for (std::uint32_t index = 0; index < document.sources.size(); ++index)
        outcome.sources.add(document.sources.at(index));
    CheckedFile& file = outcome.files.back();
    count(document.directives, file);
    for (const std::string& missing : here.missing()) {
        outcome.findings.notice("unseen", place_of_include(document.sources, missing),
                                fmt::format("\"{}\" is not here: what it says is not checked", missing));
    }
    for (const auto* diagnostics : {&said, &added}) {
        for (const Diagnostic& diagnostic : diagnostics->items()) {
            const bool is_unseen = std::ranges::any_of(here.missing(), [&](const std::string& missing) {
                return diagnostic.message.find("\"" + missing + "\"") != std::string::npos;
            });
            if (is_unseen) continue;   // a stand-in is not all that it should be
            Place place{path};
            if (diagnostic.position.line > 0 && diagnostic.position.file < document.sources.size())
                place = {document.sources.at(diagnostic.position.file).path, diagnostic.position.line,
                         diagnostic.position.column, diagnostic.length};
            outcome.findings.add({severity_of(diagnostic.severity),
                                  code_of(diagnostic, diagnostics == &added), std::move(place),
                                  diagnostic.message, diagnostic.hint, own == nullptr ? "" : own->name});
        }
    }
}

}   // namespace gatehouse::check
