// How one service of a compose file is read, and put over another (compose.h).
#include "base/text.h"
#include "check/compose.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gatehouse::check {
namespace {

std::uint16_t port_number(std::string_view text) {
    const auto number = parse_decimal(text);
    return number && *number <= 65'535 ? static_cast<std::uint16_t>(*number) : std::uint16_t{0};
}

template <class T>
void append(std::vector<T>& into, const std::vector<T>& from) {
    into.insert(into.end(), from.begin(), from.end());
}

void put_over(Text& base, const Text& over) {
    if (!over.value.empty()) base = over;
}

void put_over(Texts& base, const Texts& over) {
    for (const auto& [name, text] : over) base.insert_or_assign(name, text);
}

}   // namespace

ComposeService merged(ComposeService base, const ComposeService& over) {
    base.name = over.name;
    base.place = base.place.file == over.place.file ? over.place : base.place;
    put_over(base.image, over.image);
    put_over(base.container_name, over.container_name);
    put_over(base.network_mode, over.network_mode);
    if (over.build_context) base.build_context = over.build_context;
    if (!over.dockerfile.empty()) base.dockerfile = over.dockerfile;
    if (over.command) base.command = over.command;
    if (over.entrypoint) base.entrypoint = over.entrypoint;
    put_over(base.labels, over.labels);
    put_over(base.deploy_labels, over.deploy_labels);
    put_over(base.environment, over.environment);
    append(base.expose, over.expose);
    append(base.ports, over.ports);
    for (const auto& [key, use] : over.networks) base.networks.insert_or_assign(key, use);
    append(base.profiles, over.profiles);
    append(base.mounts, over.mounts);
    base.known_hosts.insert(over.known_hosts.begin(), over.known_hosts.end());
    return base;
}

std::vector<std::string> words_of_shell(std::string_view line) {
    std::vector<std::string> words;
    std::string word;
    bool has_word = false;
    char quote = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char c = line[at];
        if (quote == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
            if (has_word) words.push_back(std::exchange(word, {}));
            has_word = false;
            continue;
        }
        has_word = true;
        if (c == quote) {
            quote = 0;
        } else if (quote == 0 && (c == '"' || c == '\'')) {
            quote = c;
        } else if (c == '\\' && quote != '\'' && at + 1 < line.size()) {
            word += line[++at];
        } else {
            word += c;
        }
    }
    if (has_word) words.push_back(std::move(word));
    return words;
}

ComposeReader::Draft ComposeReader::read_service(const std::string& name, const Place& place,
                                                 const Value& value) {
    Draft draft;
    ComposeService& service = draft.service;
    service.name = name;
    service.place = place;
    service.place.length = static_cast<std::uint32_t>(name.size());
    const auto text = [&](std::string_view key, Text& into) {
        if (const Value* given = value.find(key); given != nullptr && given->is_text())
            into = text_of(*given);
    };
    const auto with = [&](std::string_view key, const auto& take) {
        if (const Value* given = value.find(key)) take(*given);
    };
    text("image", service.image);
    text("container_name", service.container_name);
    text("network_mode", service.network_mode);
    with("command", [&](const Value& given) { service.command = words_of(given); });
    with("entrypoint", [&](const Value& given) { service.entrypoint = words_of(given); });
    with("labels", [&](const Value& given) { read_pairs(given, service.labels, "label"); });
    with("environment", [&](const Value& given) { read_pairs(given, service.environment, "variable"); });
    with("deploy", [&](const Value& given) {
        if (const Value* labels = given.find("labels")) read_pairs(*labels, service.deploy_labels, "label");
    });
    with("expose", [&](const Value& given) { service.expose = words_of(given); });
    with("ports", [&](const Value& given) { read_ports(given, service); });
    with("networks", [&](const Value& given) { read_networks(given, service); });
    with("volumes", [&](const Value& given) { read_mounts(given, service); });
    with("build", [&](const Value& given) { read_build(given, service); });
    with("extends", [&](const Value& given) { read_extends(given, draft); });
    with("profiles", [&](const Value& given) {
        for (const Text& profile : words_of(given)) service.profiles.push_back(profile.value);
    });
    for (const char* key : {"extra_hosts", "links"}) {
        with(key, [&](const Value& given) {
            for (const Member& member : given.members) {
                const std::string host = given.is_map() ? member.name : member.value.text;
                const auto end = host.find_first_of(":=");
                const bool is_link = *key == 'l' && end != std::string::npos;
                service.known_hosts.insert(is_link ? host.substr(end + 1) : host.substr(0, end));
            }
        });
    }
    return draft;
}

// `NAME: value`, or a list of `NAME=value`.
void ComposeReader::read_pairs(const Value& value, Texts& into, std::string_view what) {
    for (const Member& member : value.members) {
        Text text;
        std::string name = member.name;
        if (value.is_map()) {
            if (member.value.is_list() || member.value.is_map()) {
                findings_.error("compose", member.place,
                                fmt::format("{} \"{}\" has a value that is no text", what, name));
                continue;
            }
            text = text_of(member.value);
            text.place = member.place;
        } else {
            if (!member.value.is_text()) {
                findings_.error("compose", member.place, fmt::format("a {} is written NAME=VALUE", what));
                continue;
            }
            text = text_of(member.value);
            const auto equals = std::min(text.value.find('='), text.value.size());
            name = text.value.substr(0, equals);
            text.value.erase(0, std::min(equals + 1, text.value.size()));
        }
        text.place.length = static_cast<std::uint32_t>(std::max<std::size_t>(1, name.size()));
        into.insert_or_assign(std::move(name), std::move(text));
    }
}

void ComposeReader::read_ports(const Value& value, ComposeService& service) {
    for (const Member& member : value.members) read_port(member.value, service);
}

// "[[HOST-IP:]PUBLISHED:]TARGET[/PROTOCOL]", each port perhaps a range; or a mapping.
void ComposeReader::read_port(const Value& value, ComposeService& service) {
    PublishedPort port;
    port.place = value.place;
    if (value.is_map()) {
        port.target = port_number(plain(value.find("target")));
        port.published = plain(value.find("published"));
        if (const auto protocol = plain(value.find("protocol")); !protocol.empty()) port.protocol = protocol;
        if (port.target != 0) service.ports.push_back(std::move(port));
        return;
    }
    const Text written = text_of(value);
    std::string_view text = written.value;
    if (const auto slash = text.find('/'); slash != std::string_view::npos) {
        port.protocol = text.substr(slash + 1);
        text = text.substr(0, slash);
    }
    const auto colon = text.rfind(':');
    const std::string_view target = colon == std::string_view::npos ? text : text.substr(colon + 1);
    if (colon != std::string_view::npos) {
        const auto published = text.substr(0, colon);
        port.published = published.substr(published.rfind(':') + 1);
    }
    const auto dash = target.find('-');
    const auto first = port_number(target.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : port_number(target.substr(dash + 1));
    if (first == 0) {
        if (written.unset.empty())
            findings_.error("compose", value.place, fmt::format("\"{}\" is no port", written.value));
        return;
    }
    constexpr unsigned most = 64;   // of a range
    for (unsigned number = first; number <= last && number < first + most; ++number) {
        port.target = static_cast<std::uint16_t>(number);
        service.ports.push_back(port);
    }
}

void ComposeReader::read_networks(const Value& value, ComposeService& service) {
    for (const Member& member : value.members) {
        NetworkUse use{.place = member.place};
        const std::string key = value.is_map() ? member.name : plain(&member.value);
        use.place.length = static_cast<std::uint32_t>(std::max<std::size_t>(1, key.size()));
        if (const Value* aliases = member.value.find("aliases")) {
            for (const Text& alias : words_of(*aliases)) use.aliases.push_back(alias.value);
        }
        service.networks.insert_or_assign(key, std::move(use));
    }
}

void ComposeReader::read_mounts(const Value& value, ComposeService& service) {
    for (const Member& member : value.members) {
        if (member.value.is_map()) {
            service.mounts.push_back(
                {plain(member.value.find("source")), plain(member.value.find("target"))});
            continue;
        }
        const std::string text = plain(&member.value);
        const auto colon = text.find(':');
        if (colon == std::string::npos) continue;   // a volume without a name
        const auto rest = std::string_view(text).substr(colon + 1);
        service.mounts.push_back({text.substr(0, colon), std::string(rest.substr(0, rest.find(':')))});
    }
}

void ComposeReader::read_build(const Value& value, ComposeService& service) {
    service.build_context = value.is_text() ? text_of(value).value : plain(value.find("context"));
    if (value.is_map()) service.dockerfile = plain(value.find("dockerfile"));
}

void ComposeReader::read_extends(const Value& value, Draft& draft) {
    if (value.is_text()) draft.extends = Extension{text_of(value).value, {}, value.place};
    if (value.is_map())
        draft.extends = Extension{plain(value.find("service")), plain(value.find("file")), value.place};
}

}   // namespace gatehouse::check
