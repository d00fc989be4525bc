#include "check/compose.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gatehouse::check {
namespace {

constexpr int deepest = 8;   // files that include or extend others

// Compose's own: lower case letters, digits, "-" and "_", beginning with a letter or digit.
std::string project_name_of(std::string_view text) {
    std::string name;
    for (const char c : lower(text)) {
        const bool is_mark = c == '-' || c == '_';
        if (is_alpha(c) || is_digit(c) || (is_mark && !name.empty())) name += c;
    }
    return name;
}

std::string last_folder_of(std::string_view path) {
    std::string folder = folder_of(path);
    if (!folder.empty()) folder.pop_back();
    return folder.substr(folder.rfind('/') + 1);
}

}   // namespace

std::string folder_of(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash + 1));
}

std::string beside(std::string_view directory, std::string_view path) {
    while (path.starts_with("./")) path.remove_prefix(2);
    if (path.starts_with('/')) return std::string(path);
    return std::string(directory) + std::string(path);
}

std::string ComposeProject::network_name(const std::string& key) const {
    const auto declared = networks.find(key);
    if (declared != networks.end() && !declared->second.name.empty()) return declared->second.name;
    if (declared != networks.end() && declared->second.external) return key;
    return name + "_" + key;
}

ComposeProject ComposeReader::read(const std::vector<std::string>& paths) {
    ComposeProject project;
    if (paths.empty()) return project;
    project.directory = folder_of(paths.front());
    for (const std::string& path : paths) take_file(path, project, 0);
    if (project.name.empty()) project.name = project_name_of(last_folder_of(paths.front()));
    if (project.name.empty()) project.name = "project";
    check_networks(project);
    return project;
}

void ComposeReader::take_file(const std::string& path, ComposeProject& project, int depth) {
    auto file = read_file(path, project, depth);
    if (!file) {
        project.is_whole = false;
        return;
    }
    if (!file->name.empty()) project.name = file->name;
    for (auto& [key, network] : file->networks) project.networks.insert_or_assign(key, network);
    for (const auto& [name, unused] : file->services) {
        ComposeService service = resolve(*file, name, project, 0);
        const auto known = project.services.find(name);
        if (known == project.services.end()) {
            project.services.emplace(name, std::move(service));
        } else {
            known->second = merged(std::move(known->second), service);
        }
    }
}

std::optional<ComposeReader::File> ComposeReader::read_file(const std::string& path, ComposeProject& project,
                                                            int depth) {
    const auto text = read_(path);
    if (!text) {
        findings_.error("unreadable", {path}, "cannot be read");
        return std::nullopt;
    }
    variables_.avoid(*text);
    const auto root = read_yaml(*text, path, findings_);
    if (!root) return std::nullopt;
    File file;
    file.path = path;
    take_included(*root, path, project, depth);
    if (const Value* name = root->find("name")) file.name = project_name_of(plain(name));
    file.networks = read_declared_networks(*root);
    const Value* services = root->find("services");
    if (services == nullptr || services->kind == Value::Kind::nothing) return file;
    if (!services->is_map()) {
        findings_.error("compose", services->place, "services is a mapping of names to services");
        return std::nullopt;
    }
    for (const Member& member : services->members)
        file.services.emplace(member.name, read_service(member.name, member.place, member.value));
    return file;
}

void ComposeReader::take_included(const Value& root, const std::string& path, ComposeProject& project,
                                  int depth) {
    const Value* included = root.find("include");
    if (included == nullptr || depth >= deepest) return;
    for (const Member& member : included->members) {
        const Value* where = member.value.is_map() ? member.value.find("path") : &member.value;
        if (where == nullptr) continue;
        std::vector<Text> paths = where->is_list() ? words_of(*where) : std::vector{text_of(*where)};
        for (const Text& one : paths) take_file(beside(folder_of(path), one.value), project, depth + 1);
    }
}

// With what it extends put in.
ComposeService ComposeReader::resolve(const File& file, const std::string& name, ComposeProject& project,
                                      int depth) {
    const Draft& draft = file.services.at(name);
    if (!draft.extends) return draft.service;
    const auto& [base, other, place] = *draft.extends;
    const auto refuse = [&](const std::string& why) {
        findings_.error("extends", place, fmt::format("service \"{}\" extends \"{}\", {}", name, base, why));
        return draft.service;
    };
    if (depth >= deepest) return refuse("which leads back to itself");
    if (other.empty()) {
        if (!file.services.contains(base)) return refuse("which is not in this file");
        return merged(resolve(file, base, project, depth + 1), draft.service);
    }
    const auto from = read_file(beside(folder_of(file.path), other), project, deepest);
    if (!from) return draft.service;
    if (!from->services.contains(base)) return refuse(fmt::format("which is not in {}", other));
    return merged(resolve(*from, base, project, depth + 1), draft.service);
}

Text ComposeReader::text_of(const Value& value) {
    Text text{.value = value.text, .place = value.place};
    const auto hash = value.text.find("$apr1$");
    if (hash != std::string::npos && (hash == 0 || value.text[hash - 1] != '$')) {
        findings_.error("interpolation", value.place, "Compose takes $apr1 for a variable",
                        "in a password's hash each $ is written $$");
        return text;
    }
    Filled filled = variables_.fill(value.text);
    if (!filled.wrong.empty()) {
        findings_.error("interpolation", value.place, filled.wrong, "a $ of a value is written $$");
        return text;
    }
    if (filled.has_lone_dollar)
        findings_.warning("interpolation", value.place, "a $ that begins no variable",
                          "not every version of Compose takes it: a $ of a value is written $$");
    text.value = std::move(filled.text);
    text.unset = std::move(filled.unset);
    for (const std::string& required : filled.required) {
        findings_.error("required-variable", value.place,
                        fmt::format("a variable that must have a value has none: {}", required),
                        "set it in the environment, in .env or by --env-file");
        text.unset.push_back(required.substr(0, required.find(':')));
    }
    return text;
}

std::string ComposeReader::plain(const Value* value) {
    return value == nullptr || !value->is_text() ? std::string() : text_of(*value).value;
}

std::vector<Text> ComposeReader::words_of(const Value& value) {
    std::vector<Text> words;
    if (value.is_list()) {
        for (const Member& member : value.members) {
            if (member.value.is_text()) words.push_back(text_of(member.value));
        }
    } else if (value.is_text()) {
        const Text line = text_of(value);
        for (std::string& word : words_of_shell(line.value))
            words.push_back({std::move(word), line.place, line.unset});
    }
    return words;
}

std::map<std::string, ComposeNetwork> ComposeReader::read_declared_networks(const Value& root) {
    std::map<std::string, ComposeNetwork> networks;
    const Value* declared = root.find("networks");
    if (declared == nullptr || !declared->is_map()) return networks;
    for (const Member& member : declared->members) {
        ComposeNetwork& network = networks[member.name];
        network.name = plain(member.value.find("name"));
        const Value* external = member.value.find("external");
        if (external == nullptr) continue;
        network.external = external->is_map() || lower(plain(external)) == "true";
        if (external->is_map()) network.name = plain(external->find("name"));
    }
    return networks;
}

// A network that nobody declares stops `docker compose up`.
void ComposeReader::check_networks(const ComposeProject& project) {
    for (const auto& [name, service] : project.services) {
        for (const auto& [key, use] : service.networks) {
            if (key == "default" || project.networks.contains(key)) continue;
            std::string hint = fmt::format("declare it: networks: {{{}: {{}}}}", key);
            findings_.error(
                "undefined-network", use.place,
                fmt::format("service \"{}\" is on a network \"{}\" that is not declared", name, key),
                std::move(hint));
        }
        const std::string& mode = service.network_mode.value;
        if (mode.starts_with("service:") && !project.services.contains(mode.substr(8))) {
            findings_.error(
                "undefined-service", service.network_mode.place,
                fmt::format("it uses the network of a service \"{}\", which there is not", mode.substr(8)));
        }
    }
}

}   // namespace gatehouse::check
