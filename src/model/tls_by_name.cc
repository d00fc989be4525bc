#include "model/tls_by_name.h"

#include "base/socket_address.h"

namespace gatehouse::model {

void DomainTable::add(std::string_view name, std::uint32_t value) {
    SocketAddress address;
    if (SocketAddress::parse(name, 0, address)) has_addresses_ = true;
    if (name.starts_with("**.")) {
        below_.try_emplace(std::string(name.substr(3)), value);
    } else if (name.starts_with("*.")) {
        label_below_.try_emplace(std::string(name.substr(2)), value);
    } else {
        exact_.try_emplace(std::string(name), value);
    }
}

std::optional<std::uint32_t> DomainTable::find(std::string_view name) const {
    if (const auto found = exact_.find(name); found != exact_.end()) return found->second;
    bool is_first_label = true;
    for (auto dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
        name.remove_prefix(dot + 1);
        if (is_first_label && dot == 0) break;
        if (is_first_label) {
            if (const auto found = label_below_.find(name); found != label_below_.end()) return found->second;
        }
        is_first_label = false;
        if (below_.empty()) break;
        if (const auto found = below_.find(name); found != below_.end()) return found->second;
    }
    return std::nullopt;
}

std::shared_ptr<const tls::ServerContext> TlsTerms::context_for(std::string_view asked) const {
    if (const auto number = names->find(asked)) return contexts[*number];
    return refuses_other_names ? nullptr : otherwise;
}

const TlsTerms& TlsByName::terms_for(std::string_view host) const {
    if (is_uniform()) return *terms.front();
    return *terms[hosts.find(host).value_or(0)];
}

}   // namespace gatehouse::model
