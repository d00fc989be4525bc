#pragma once
// Which of many texts is the longest that another one begins with. A radix tree in three arrays, its nodes
// breadth first: a search reads the asked text once, and few cache lines of the tree, however many texts
// there are. Immutable; no text is owned but the tree's own pieces.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::model {

class PrefixTree {
public:
    struct Text {
        std::string_view text;
        bool is_prefix = true;   // false: found only by this very text
    };

    PrefixTree() = default;
    // Sorted by byte, all different.
    explicit PrefixTree(std::span<const Text> texts);

    // The index of `asked` itself, or else of the longest prefix of it; nullopt: none.
    [[nodiscard]] std::optional<std::uint32_t> find(std::string_view asked) const;

private:
    static constexpr std::uint32_t no_text = 0xffffffff;
    struct Node {
        std::uint32_t label = 0;   // what leads here from its parent: in labels_
        std::uint32_t label_bytes = 0;
        std::uint32_t children = 0;   // the first of them: in nodes_, next to each other
        std::uint16_t child_count = 0;
        bool is_prefix = false;
        std::uint32_t text = no_text;   // the text that ends here
    };
    struct Range;   // of texts, while the tree is made
    void add_children(std::span<const Text> texts, Range range, std::vector<Range>& ranges);
    [[nodiscard]] const Node* child(const Node& of, char first) const;
    [[nodiscard]] std::string_view label(const Node& node) const {
        return {labels_.data() + node.label, node.label_bytes};
    }

    std::vector<Node> nodes_;   // the root first
    std::string firsts_;        // of each node the first byte of its label
    std::string labels_;
};

}   // namespace gatehouse::model
