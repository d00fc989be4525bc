#include "net/hosts_file.h"

#include "net/words.h"

namespace gatehouse::net {

HostsFile::HostsFile(std::string_view text) {
    for (std::string_view line : split(text, '\n')) {
        const auto fields = words(line.substr(0, line.find('#')));
        SocketAddress address;
        if (fields.size() < 2 || !SocketAddress::parse(fields[0], 0, address)) continue;
        for (std::size_t i = 1; i < fields.size(); ++i) names_[std::string(fields[i])].push_back(address);
    }
}

std::span<const SocketAddress> HostsFile::find(std::string_view name) const {
    if (name.ends_with('.')) name.remove_suffix(1);
    const auto found = names_.find(name);
    if (found == names_.end()) return {};
    return found->second;
}

}   // namespace gatehouse::net
