#include "model/rule_table.h"

#include <netinet/in.h>

#include <algorithm>

namespace gatehouse::model {

void TextTable::finish() {
    std::vector<PrefixTree::Text> texts;
    std::vector<std::uint32_t> open;   // prefixes of the text at hand, the longest last
    for (auto& [text, lists] : building_) {
        const auto number = static_cast<std::uint32_t>(texts.size());
        while (!open.empty() && !text.starts_with(texts[open.back()].text)) open.pop_back();
        lists.bytes = text.size();
        if (!open.empty()) lists.shorter = open.back();
        const bool is_prefix = lists.prefix != no_rule_list;
        if (is_prefix) open.push_back(number);
        texts.push_back({text, is_prefix});
        lists_.push_back(lists);
    }
    tree_ = PrefixTree(texts);
    building_.clear();
}

std::optional<NetworkTable::Bytes> NetworkTable::mask(const sockaddr& client, Network::Kind kind,
                                                      unsigned prefix_bits) {
    Network network;
    network.kind = kind;
    network.prefix_bits = 0;
    if (!network.contains(client)) return std::nullopt;   // also takes care of mapped addresses
    Bytes bytes{};
    if (client.sa_family == AF_INET) {
        const auto& ip = reinterpret_cast<const sockaddr_in&>(client).sin_addr;
        std::copy_n(reinterpret_cast<const std::uint8_t*>(&ip), 4, bytes.begin());
    } else {
        const std::uint8_t* ip = reinterpret_cast<const sockaddr_in6&>(client).sin6_addr.s6_addr;
        const bool is_mapped = kind == Network::Kind::ipv4;
        std::copy_n(ip + (is_mapped ? 12 : 0), is_mapped ? 4 : 16, bytes.begin());
    }
    for (unsigned bit = prefix_bits; bit < 128; bit = (bit / 8 + 1) * 8) {
        auto& byte = bytes[bit / 8];
        byte = static_cast<std::uint8_t>(byte & ~(0xffU >> (bit % 8)));
    }
    return bytes;
}

RuleListId& NetworkTable::of(const Network& network) {
    auto group = std::ranges::find_if(groups_, [&](const Group& known) {
        return known.kind == network.kind && known.prefix_bits == network.prefix_bits;
    });
    if (group == groups_.end()) {
        groups_.push_back({network.kind, network.prefix_bits, {}});
        group = std::prev(groups_.end());
    }
    return group->lists.try_emplace(network.address, no_rule_list).first->second;
}

}   // namespace gatehouse::model
