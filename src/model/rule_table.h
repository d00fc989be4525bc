#pragma once
// The tables that RuleIndex is made of: each leads from a part of what a rule asks for to the lists of the
// rules that ask for it. Filled first, then finished, then immutable. Of use to RuleIndex alone.

#include "base/text.h"
#include "model/access.h"
#include "model/prefix_tree.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse::model {

using RuleListId = std::uint32_t;
inline constexpr RuleListId no_rule_list = 0xffffffff;

// Texts that another one is equal to, begins with, or contains.
class TextTable {
public:
    // Where the list of a text is kept; the reference is good until finish().
    [[nodiscard]] RuleListId& equal_to(std::string_view text) { return building_[std::string(text)].equal; }
    [[nodiscard]] RuleListId& prefix(std::string_view text) { return building_[std::string(text)].prefix; }
    void finish();
    [[nodiscard]] bool empty() const { return lists_.empty(); }

    // The lists of all texts that `asked` is equal to or begins with, each once, the longest first.
    template <class Visit>
    void visit(std::string_view asked, const Visit& visit_list) const {
        const auto found = tree_.find(asked);
        if (!found) return;
        std::uint32_t at = *found;
        const auto& longest = lists_[at];
        if (longest.equal != no_rule_list && longest.bytes == asked.size()) visit_list(longest.equal);
        for (; at != none; at = lists_[at].shorter) {
            if (lists_[at].prefix != no_rule_list) visit_list(lists_[at].prefix);
        }
    }
    // The lists of all prefixes that are anywhere in `asked`; the same list perhaps more than once.
    template <class Visit>
    void visit_contained(std::string_view asked, const Visit& visit_list) const {
        for (; !asked.empty(); asked.remove_prefix(1)) visit(asked, visit_list);
    }

private:
    static constexpr std::uint32_t none = 0xffffffff;
    struct Lists {
        RuleListId equal = no_rule_list, prefix = no_rule_list;
        std::size_t bytes = 0;          // of the text
        std::uint32_t shorter = none;   // the longest other prefix of the text: in lists_
    };
    std::map<std::string, Lists> building_;
    std::vector<Lists> lists_;   // of the tree's texts
    PrefixTree tree_;
};

// Names with a value, or with any: fields and arguments.
template <class Hash, class Equal>
class NameTable {
public:
    [[nodiscard]] RuleListId& of(std::string_view name) { return entry(name).any_value; }
    [[nodiscard]] RuleListId& of(std::string_view name, std::string_view value) {
        return entry(name).values.try_emplace(std::string(value), no_rule_list).first->second;
    }
    [[nodiscard]] bool empty() const { return names_.empty(); }

    template <class Visit>
    void visit(std::string_view name, std::string_view value, const Visit& visit_list) const {
        const auto found = names_.find(name);
        if (found == names_.end()) return;
        if (found->second.any_value != no_rule_list) visit_list(found->second.any_value);
        const auto list = found->second.values.find(value);
        if (list != found->second.values.end()) visit_list(list->second);
    }

private:
    struct Entry {
        RuleListId any_value = no_rule_list;
        std::unordered_map<std::string, RuleListId, TextHash, std::equal_to<>> values;
    };
    [[nodiscard]] Entry& entry(std::string_view name) {
        return names_.try_emplace(std::string(name)).first->second;
    }
    std::unordered_map<std::string, Entry, Hash, Equal> names_;
};
using FieldTable = NameTable<CaseInsensitiveHash, CaseInsensitiveEqual>;
using ArgumentTable = NameTable<TextHash, std::equal_to<>>;

// Networks that contain an address: one look-up for each length of prefix that there is.
class NetworkTable {
public:
    [[nodiscard]] RuleListId& of(const Network& network);
    [[nodiscard]] bool empty() const { return groups_.empty(); }

    template <class Visit>
    void visit(const sockaddr& client, const Visit& visit_list) const {
        for (const auto& group : groups_) {
            const auto masked = mask(client, group.kind, group.prefix_bits);
            if (!masked) continue;
            const auto found = group.lists.find(*masked);
            if (found != group.lists.end()) visit_list(found->second);
        }
    }

private:
    using Bytes = std::array<std::uint8_t, 16>;
    // The address without what is behind its prefix; nullopt: it is of another kind.
    [[nodiscard]] static std::optional<Bytes> mask(const sockaddr& client, Network::Kind kind,
                                                   unsigned prefix_bits);
    struct Group {
        Network::Kind kind;
        unsigned prefix_bits;
        std::map<Bytes, RuleListId> lists;
    };
    std::vector<Group> groups_;
};

}   // namespace gatehouse::model
