// The dynamic files of a check, and what stands in for those that are not here (traefik_check.h).
#include "base/suggestion.h"
#include "base/text.h"
#include "check/traefik_check.h"
#include "faces/traefik/dynamic_file.h"
#include "faces/traefik/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::check {

// As they are called here. `all_are_here`: false if one is in the proxy's image, or nowhere.
std::vector<std::string> TraefikCheck::paths_of_file_provider(bool& all_are_here) const {
    std::vector<std::string> paths;
    if (!static_.providers.file) return paths;
    const auto here = [&](const std::string& path) -> std::string {
        if (!proxy_) return path;
        return path_on_host(project_, *proxy_->service, path).value_or("");
    };
    const auto& provider = *static_.providers.file;
    if (!provider.filename.empty()) {
        const auto path = here(provider.filename);
        if (!path.empty() && read_(path)) {
            paths.push_back(path);
        } else {
            all_are_here = false;
        }
    }
    if (!provider.directory.empty()) {
        const auto folder = here(provider.directory);
        for (const char* ending : {"*.yml", "*.yaml", "*.toml"}) {
            if (folder.empty()) break;
            const auto found =
                files_.glob(fmt::format("{}{}{}", folder, folder.ends_with('/') ? "" : "/", ending));
            paths.insert(paths.end(), found.begin(), found.end());
        }
        if (paths.empty()) all_are_here = false;
    }
    return paths;
}

void TraefikCheck::read_dynamic_files() {
    std::vector<std::string> paths = inputs_.dynamic_files;
    bool all_are_here = true;
    for (const std::string& path : paths_of_file_provider(all_are_here)) {
        const bool is_named = std::ranges::any_of(
            paths, [&](const auto& known) { return beside("", known) == beside("", path); });
        if (!is_named) paths.push_back(path);
    }
    const bool reads_files = static_.providers.file.has_value();
    sees_all_files_ =
        out_.is_assumed ? !inputs_.dynamic_files.empty() : all_are_here || !inputs_.dynamic_files.empty();
    if (!out_.is_assumed && !reads_files && !inputs_.dynamic_files.empty()) {
        out_.findings.warning("no-provider", {inputs_.dynamic_files.front()},
                              "nothing reads this file: the static configuration has no file provider",
                              "add providers.file.filename");
    }
    traefik::Remarks remarks;
    const auto no_environment = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
    for (const std::string& path : paths) {
        const auto text = read_(path);
        if (!text) continue;
        out_.sources.add({.path = path, .text = *text});
        auto read = traefik::read_dynamic_file(*text, path, no_environment, remarks);
        if (read) {
            traefik::add_file(file_.configuration, std::move(*read), remarks);
        } else {
            sees_all_files_ = false;
        }
    }
    for (const traefik::Remark& remark : remarks.items())
        add(remark, place_in_static(remark.origin), "dynamic", nullptr);
}

// What labels refer to and nothing here defines, where another file or another project may: there is a
// stand-in for it, so that the rest can be checked.
void TraefikCheck::stand_in_for_the_unseen() {
    const auto routers = docker_.configuration.http.routers;   // a copy: stand-ins may be added to docker_
    for (const auto& [name, router] : routers) {
        for (const std::string& middleware : router.middlewares) stand_in(middleware, "middleware", name);
        if (!router.service.empty()) stand_in(router.service, "service", name);
        if (router.tls && router.tls->options.find('@') != std::string::npos)
            stand_in(router.tls->options, "options", name);
    }
    const auto middlewares = docker_.configuration.http.middlewares;
    for (const auto& [name, middleware] : middlewares) {
        if (!middleware.chain) continue;
        for (const std::string& part : middleware.chain->middlewares) stand_in(part, "middleware", name);
    }
    const auto services = docker_.configuration.http.services;
    for (const auto& [name, service] : services) {
        if (service.load_balancer && !service.load_balancer->servers_transport.empty())
            stand_in(service.load_balancer->servers_transport, "transport", name);
    }
    for (const auto& [unused, entry_point] : static_.entry_points) {
        for (const std::string& middleware : entry_point.http.middlewares)
            stand_in(middleware, "middleware", "");
    }
}

void TraefikCheck::stand_in(const std::string& reference, std::string_view kind, const std::string& router) {
    const auto qualified = traefik::qualify(reference, "docker");
    const std::string provider(traefik::provider_of(qualified));
    const std::string name = qualified.substr(0, qualified.size() - provider.size() - 1);
    if (provider == "internal" || (provider == "file" && sees_all_files_)) return;
    const bool is_other = provider != "docker" && provider != "file";
    if ((provider == "docker" && sees_all_containers_) || (is_other && !out_.is_assumed)) return;
    auto& into = provider == "docker" ? docker_
                 : provider == "file"
                     ? file_
                     : others_.try_emplace(provider, traefik::Provided{provider, {}}).first->second;
    auto& [http, tcp, udp, tls] = into.configuration;
    const bool is_there = kind == "middleware" ? http.middlewares.contains(name)
                          : kind == "service"  ? http.services.contains(name)
                          : kind == "options"  ? tls.options.contains(name)
                                               : http.servers_transports.contains(name);
    if (is_there) return;
    if (provider == "docker") {
        const auto section = fmt::format("http.{}s", kind);
        if (places_->of_item(section, name, "")) return;   // defined, but with mistakes
        const auto place =
            places_->of_item("http.routers", router, kind == "service" ? "service" : "middlewares");
        out_.findings.warning("unseen", place ? place->text->place : Place{},
                              fmt::format("{} \"{}\" is not defined in these files", kind, name),
                              "a container of another project must define it");
    }
    if (kind == "middleware") http.middlewares[name].chain.emplace();
    if (kind == "options") tls.options[name];
    if (kind == "transport") http.servers_transports[name];
    if (kind == "service")
        http.services[name].load_balancer.emplace().servers.emplace_back().url = "http://127.0.0.1:1";
}

}   // namespace gatehouse::check
