#include "model/prefix_tree.h"

#include <algorithm>

#include "base/byte_scan.h"

namespace gatehouse::model {

// The texts below one node: all begin with the same `depth` bytes.
struct PrefixTree::Range {
    std::size_t first = 0, last = 0;   // last: behind it
    std::size_t depth = 0;
};

PrefixTree::PrefixTree(std::span<const Text> texts) {
    if (texts.empty()) return;
    nodes_.emplace_back();
    firsts_ += '\0';
    std::vector<Range> ranges = {{0, texts.size(), 0}};   // of nodes_
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        Range range = ranges[i];
        Node& node = nodes_[i];
        if (texts[range.first].text.size() == range.depth) {
            node.text = static_cast<std::uint32_t>(range.first);
            node.is_prefix = texts[range.first].is_prefix;
            ++range.first;
        }
        node.children = static_cast<std::uint32_t>(nodes_.size());
        add_children(texts, range, ranges);
        nodes_[i].child_count = static_cast<std::uint16_t>(nodes_.size() - nodes_[i].children);
    }
}

// One for each byte that follows; its label is as long as its texts agree.
void PrefixTree::add_children(std::span<const Text> texts, Range range, std::vector<Range>& ranges) {
    for (std::size_t first = range.first; first < range.last;) {
        const auto text = texts[first].text;
        std::size_t last = first + 1;
        while (last < range.last && texts[last].text[range.depth] == text[range.depth]) ++last;
        const auto farthest = texts[last - 1].text;   // they are sorted: the others agree with both
        const auto agree = std::ranges::mismatch(text, farthest).in1 - text.begin();
        const auto depth = static_cast<std::size_t>(agree);
        Node node;
        node.label = static_cast<std::uint32_t>(labels_.size());
        node.label_bytes = static_cast<std::uint32_t>(depth - range.depth);
        nodes_.push_back(node);
        firsts_ += text[range.depth];
        labels_ += text.substr(range.depth, node.label_bytes);
        ranges.push_back({first, last, depth});
        first = last;
    }
}

const PrefixTree::Node* PrefixTree::child(const Node& of, char first) const {
    const auto at = find_near({firsts_.data() + of.children, of.child_count}, first);
    return at == std::string_view::npos ? nullptr : &nodes_[of.children + at];
}

std::optional<std::uint32_t> PrefixTree::find(std::string_view asked) const {
    std::uint32_t best = no_text;
    const Node* node = nodes_.empty() ? nullptr : nodes_.data();
    while (node != nullptr && asked.starts_with(label(*node))) {
        asked.remove_prefix(node->label_bytes);
        if (node->text != no_text && (node->is_prefix || asked.empty())) best = node->text;
        node = asked.empty() ? nullptr : child(*node, asked.front());
    }
    return best == no_text ? std::nullopt : std::optional(best);
}

}   // namespace gatehouse::model
