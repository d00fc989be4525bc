#include "check/proxy.h"

#include "base/text.h"
#include "faces/traefik/load_static.h"
#include "faces/traefik/unused_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gatehouse::check {
namespace {

constexpr std::string_view usual_folder = "/etc/traefik";

// "ghcr.io/team/traefik:v3@sha256:…" → "traefik"
std::string_view image_name(std::string_view image) {
    image = image.substr(0, image.find('@'));
    image = image.substr(image.rfind('/') + 1);
    return image.substr(0, image.find(':'));
}

bool is_static_flag(std::string_view word) {
    return starts_with_ignoring_case(word, "--providers.") ||
           starts_with_ignoring_case(word, "--entrypoints.") ||
           starts_with_ignoring_case(word, "--configfile");
}

bool covers_static_file(const Mount& mount) {
    return mount.target == usual_folder || mount.target.starts_with("/etc/traefik/traefik.");
}

bool is_proxy(const ComposeService& service) {
    const auto image = image_name(service.image.value);
    const auto has_flags = [](const std::optional<std::vector<Text>>& words) {
        return words && std::ranges::any_of(*words, [](const Text& w) { return is_static_flag(w.value); });
    };
    const bool has_environment = std::ranges::any_of(service.environment, [](const auto& pair) {
        return starts_with_ignoring_case(pair.first, "TRAEFIK_PROVIDERS_");
    });
    const bool has_file = std::ranges::any_of(service.mounts, covers_static_file);
    if (image == "traefik") return true;
    return has_flags(service.command) || has_flags(service.entrypoint) || has_file ||
           (image == "gatehouse" && has_environment);
}

Proxy proxy_of(const ComposeService& service) {
    Proxy proxy{.service = &service};
    for (const auto* words : {&service.entrypoint, &service.command}) {
        if (!*words) continue;
        for (const Text& word : **words) {
            const auto program = word.value.substr(word.value.rfind('/') + 1);
            const bool is_program = proxy.arguments.empty() && !word.value.starts_with('-') &&
                                    (program == "traefik" || program == "gatehouse");
            if (is_program) continue;
            proxy.arguments.push_back(word.value);
            proxy.argument_places.push_back(word.place);
        }
    }
    for (const auto& [name, text] : service.environment)
        proxy.environment.push_back(fmt::format("{}={}", name, text.value));
    return proxy;
}

bool has_static_words(const Proxy& proxy) {
    const auto is_option = [](const std::string& word) { return word.starts_with('-'); };
    const auto is_variable = [](const std::string& entry) {
        return starts_with_ignoring_case(entry, "TRAEFIK_");
    };
    return std::ranges::any_of(proxy.arguments, is_option) ||
           std::ranges::any_of(proxy.environment, is_variable);
}

}   // namespace

std::optional<Proxy> find_proxy(const ComposeProject& project) {
    for (const auto& [name, service] : project.services) {
        if (is_proxy(service)) return proxy_of(service);
    }
    return std::nullopt;
}

std::optional<std::string> path_on_host(const ComposeProject& project, const ComposeService& service,
                                        std::string_view path) {
    const Mount* best = nullptr;
    for (const Mount& mount : service.mounts) {
        std::string_view target = mount.target;
        while (target.size() > 1 && target.ends_with('/')) target.remove_suffix(1);
        const bool is_it = path == target;
        const bool is_below =
            path.size() > target.size() && path.starts_with(target) && path[target.size()] == '/';
        if ((is_it || is_below) && (best == nullptr || mount.target.size() > best->target.size()))
            best = &mount;
    }
    // a volume has a name, a folder of this machine a path
    if (best == nullptr || (!best->source.starts_with('.') && !best->source.starts_with('/')))
        return std::nullopt;
    std::string_view source = best->source;
    while (source.size() > 1 && source.ends_with('/')) source.remove_suffix(1);
    std::string_view target = best->target;
    while (target.size() > 1 && target.ends_with('/')) target.remove_suffix(1);
    return beside(project.directory, std::string(source) + std::string(path.substr(target.size())));
}

StaticReading read_static(const ComposeProject& project, const std::optional<Proxy>& proxy,
                          const std::string& given, const ReadText& read) {
    StaticReading reading;
    if (!proxy && given.empty()) return reading;
    std::vector<std::string> arguments, environment;
    if (proxy) {
        arguments = proxy->arguments;
        environment = proxy->environment;
    }
    if (!given.empty()) arguments.insert(arguments.begin(), "--configFile=" + given);
    bool found = false;
    traefik::StaticSources sources;
    sources.arguments = arguments;
    sources.environment = environment;
    sources.read_file = [&](const std::string& path) -> std::optional<std::string> {
        if (path == given) return read(path);
        if (!proxy) return std::nullopt;
        const std::string absolute = path.starts_with("./") ? path.substr(1) : path;
        const auto here = path_on_host(project, *proxy->service, absolute);
        if (!here) return std::nullopt;
        auto text = read(*here);
        if (!text && reading.missing.empty()) reading.missing = *here;
        if (text) reading.paths[path] = *here;
        found = found || text.has_value();
        return text;
    };
    if (proxy && given.empty() && !has_static_words(*proxy)) {
        // all that it has is a file, or nothing: then that is not Traefik's own default, but not here
        traefik::Remarks ignored;
        (void)traefik::load_static(sources, ignored);
        const bool mounts = std::ranges::any_of(proxy->service->mounts, covers_static_file);
        if (!found && mounts) {
            if (reading.missing.empty()) reading.missing = usual_folder;
            return reading;
        }
    }
    const std::string config_flag = "--configfile";
    reading.configuration = traefik::load_static(sources, reading.remarks);
    const bool names_file = std::ranges::any_of(
        arguments, [&](const auto& word) { return starts_with_ignoring_case(word, config_flag); });
    if (!reading.configuration && names_file && given.empty() && !found) {
        if (reading.missing.empty()) reading.missing = "of --configFile";
        reading.remarks = {};
    }
    if (found || !names_file) reading.missing.clear();
    if (reading.configuration) traefik::remark_unused(*reading.configuration, reading.remarks);
    return reading;
}

}   // namespace gatehouse::check
