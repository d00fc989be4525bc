#include "providers/docker/own_container.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gatehouse::docker {
namespace {

constexpr std::size_t id_length = 64, short_id_length = 12;

bool is_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const auto end = std::min(line.find(' '), line.size());
        if (end > 0) words.push_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return words;
}

template <class Function>
void for_each_line(std::string_view text, Function&& function) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        function(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

// Every run of as many hexadecimal digits as an id has.
void add_ids(std::string_view text, std::vector<std::string>& to) {
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && is_hex(text.substr(end, 1))) ++end;
        if (end - at == id_length) to.emplace_back(text.substr(at, id_length));
        at = end + 1;
    }
}

}   // namespace

std::vector<std::string> possible_own_ids(std::string_view mountinfo, std::string_view cgroup,
                                          std::string_view hostname) {
    std::vector<std::string> ids;
    // The host sees mounts of all its containers, but none over its own files.
    static constexpr std::array<std::string_view, 3> files = {"/etc/hostname", "/etc/hosts",
                                                              "/etc/resolv.conf"};
    for_each_line(mountinfo, [&](std::string_view line) {
        const auto words = words_of(line);
        constexpr std::size_t root = 3, mount_point = 4;
        if (words.size() > mount_point && std::ranges::find(files, words[mount_point]) != files.end())
            add_ids(words[root], ids);
    });
    for_each_line(cgroup, [&](std::string_view line) { add_ids(line, ids); });
    if (hostname.size() >= short_id_length && hostname.size() <= id_length && is_hex(hostname))
        ids.emplace_back(hostname);
    return ids;
}

bool OwnContainer::may_be_ours(const std::string& id) const {
    return std::ranges::any_of(possible_ids_, [&](const std::string& own) { return id.starts_with(own); });
}

bool OwnContainer::take(const std::string& id, const model::ContainerFacts* facts) {
    if (id != id_ && (facts == nullptr || !may_be_ours(id))) return false;
    id_ = facts == nullptr ? "" : id;
    name_ = facts == nullptr ? "" : facts->name;
    Networks now;
    if (facts != nullptr && facts->network_mode != "host") {
        for (const auto& network : facts->networks) {
            if (!network.id.empty()) now.emplace(network.id, network.name);
        }
    }
    return std::exchange(networks_, now) != now;
}

}   // namespace gatehouse::docker
