// The dynamic files of a check, and what stands in for those that are not here (traefik_check.h).
#include "base/suggestion.h"
#include "base/text.h"
#include "check/traefik_check.h"
#include "faces/traefik/dynamic_file.h"
#include "faces/traefik/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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
    sees_all_files_ = !out_.assumed.empty() ? !inputs_.dynamic_files.empty()
                                            : all_are_here || !inputs_.dynamic_files.empty();
    if (out_.assumed.empty() && !reads_files && !inputs_.dynamic_files.empty()) {
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
        add(remark, place_in_static(remark.origin, remark.message), "dynamic", nullptr);
}

// What labels refer to and nothing here defines, where another file or another project may: there is a
// stand-in for it, so that the rest can be checked.
void TraefikCheck::stand_in_for_the_unseen() {
    const traefik::DynamicConfiguration said = docker_.configuration;   // stand-ins may be added to it
    for (const auto& [name, router] : said.http.routers) {
        for (const std::string& middleware : router.middlewares)
            stand_in(middleware, Unseen::middleware, name);
        if (!router.service.empty()) stand_in(router.service, Unseen::service, name);
        if (router.tls && router.tls->options.find('@') != std::string::npos)
            stand_in(router.tls->options, Unseen::options, name);
    }
    for (const auto& [name, middleware] : said.http.middlewares) {
        if (!middleware.chain) continue;
        for (const std::string& part : middleware.chain->middlewares)
            stand_in(part, Unseen::middleware, name);
    }
    for (const auto& [name, service] : said.http.services) {
        if (service.load_balancer && !service.load_balancer->servers_transport.empty())
            stand_in(service.load_balancer->servers_transport, Unseen::transport, name);
    }
    for (const auto& [name, router] : said.tcp.routers) {
        for (const std::string& middleware : router.middlewares)
            stand_in(middleware, Unseen::tcp_middleware, name);
        if (!router.service.empty()) stand_in(router.service, Unseen::tcp_service, name);
        if (router.tls && router.tls->options.find('@') != std::string::npos)
            stand_in(router.tls->options, Unseen::options, name);
    }
    for (const auto& [name, service] : said.tcp.services) {
        if (service.load_balancer && !service.load_balancer->servers_transport.empty())
            stand_in(service.load_balancer->servers_transport, Unseen::tcp_transport, name);
    }
    for (const auto& [unused, entry_point] : static_.entry_points) {
        for (const std::string& middleware : entry_point.http.middlewares)
            stand_in(middleware, Unseen::middleware, "");
    }
}

namespace {

// Whether it had to be made.
bool make_stand_in(traefik::DynamicConfiguration& into, std::string_view kind, const std::string& name) {
    auto& [http, tcp, udp, tls] = into;
    if (kind == "middleware" && !http.middlewares.contains(name)) {
        http.middlewares[name].chain.emplace();
        return true;
    }
    if (kind == "service" && !http.services.contains(name)) {
        http.services[name].load_balancer.emplace().servers.emplace_back().url = "http://127.0.0.1:1";
        return true;
    }
    if (kind == "TCP middleware" && !tcp.middlewares.contains(name)) {
        tcp.middlewares[name].ip_allow_list.emplace().source_range = {"0.0.0.0/0", "::/0"};
        return true;
    }
    if (kind == "TCP service" && !tcp.services.contains(name)) {
        tcp.services[name].load_balancer.emplace().servers.emplace_back().address = "127.0.0.1:1";
        return true;
    }
    if (kind == "set of TLS options") return tls.options.try_emplace(name).second;
    if (kind == "serversTransport") return http.servers_transports.try_emplace(name).second;
    return kind == "TCP serversTransport" && tcp.servers_transports.try_emplace(name).second;
}

}   // namespace

void TraefikCheck::stand_in(const std::string& reference, Unseen unseen, const std::string& user) {
    struct Kind {
        std::string_view word, section, user_section, ending;
    };
    constexpr std::array<Kind, 7> kinds = {
        Kind{"middleware", "http.middlewares", "http.routers", "middlewares"},
        Kind{"service", "http.services", "http.routers", "service"},
        Kind{"set of TLS options", "tls.options", "http.routers", "tls.options"},
        Kind{"serversTransport", "http.serverstransports", "http.services", "loadbalancer.serverstransport"},
        Kind{"TCP middleware", "tcp.middlewares", "tcp.routers", "middlewares"},
        Kind{"TCP service", "tcp.services", "tcp.routers", "service"},
        Kind{"TCP serversTransport", "tcp.serverstransports", "tcp.services",
             "loadbalancer.serverstransport"}};
    const Kind& kind = kinds[static_cast<std::size_t>(unseen)];
    const auto qualified = traefik::qualify(reference, "docker");
    const std::string provider(traefik::provider_of(qualified));
    const std::string name = qualified.substr(0, qualified.size() - provider.size() - 1);
    if (provider == "internal" || (provider == "file" && sees_all_files_)) return;
    const bool is_other = provider != "docker" && provider != "file";
    if ((provider == "docker" && sees_all_containers_) || (is_other && out_.assumed.empty())) return;
    // defined, but with mistakes
    if (provider == "docker" && places_->of_item(kind.section, name, "")) return;
    auto& into = provider == "docker" ? docker_
                 : provider == "file"
                     ? file_
                     : others_.try_emplace(provider, traefik::Provided{provider, {}}).first->second;
    if (!make_stand_in(into.configuration, kind.word, name) || provider != "docker") return;
    const auto place = places_->of_item(kind.user_section, user, kind.ending);
    out_.findings.warning("unseen", place ? place->text->place : Place{},
                          fmt::format("{} \"{}\" is not defined in these files", kind.word, name),
                          "a container of another project must define it");
}

}   // namespace gatehouse::check
