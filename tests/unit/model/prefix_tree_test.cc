#include "model/prefix_tree.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>

namespace gatehouse::model {
namespace {

using Texts = std::map<std::string, bool>;   // → is_prefix; sorted as the tree wants them

PrefixTree tree_of(const Texts& texts) {
    std::vector<PrefixTree::Text> sorted;
    for (const auto& [text, is_prefix] : texts) sorted.push_back({text, is_prefix});
    return PrefixTree(sorted);
}

// The text itself, or else the longest that may stand for more.
std::optional<std::string> find(const Texts& texts, const std::string& asked) {
    const auto found = tree_of(texts).find(asked);
    if (!found) return std::nullopt;
    return std::next(texts.begin(), *found)->first;
}

std::optional<std::string> look_at_all(const Texts& texts, const std::string& asked) {
    std::optional<std::string> longest;
    for (const auto& [text, is_prefix] : texts) {
        if (asked.starts_with(text) && (is_prefix || text == asked)) longest = text;
    }
    return longest;
}

TEST(prefix_tree, finds_the_text_itself_or_its_longest_prefix) {
    const Texts texts = {{"/", true}, {"/shop", true}, {"/shop/cart", false}, {"/shopping", true}};
    EXPECT_EQ(find(texts, "/"), "/");
    EXPECT_EQ(find(texts, "/sho"), "/");
    EXPECT_EQ(find(texts, "/shop"), "/shop");
    EXPECT_EQ(find(texts, "/shop/cart"), "/shop/cart");
    EXPECT_EQ(find(texts, "/shop/cart/1"), "/shop") << "/shop/cart stands for itself alone";
    EXPECT_EQ(find(texts, "/shopping/x"), "/shopping");
    EXPECT_EQ(find(texts, "shop"), std::nullopt);
    EXPECT_EQ(find(texts, ""), std::nullopt);
}

TEST(prefix_tree, knows_nothing_when_it_is_empty_and_the_empty_text_when_it_is_there) {
    EXPECT_EQ(PrefixTree().find("/"), std::nullopt);
    EXPECT_EQ(find({{"", true}}, "/"), "");
    EXPECT_EQ(find({{"", false}}, "/"), std::nullopt);
    EXPECT_EQ(find({{"", false}}, ""), "");
}

TEST(prefix_tree, tells_apart_every_byte) {
    Texts texts;
    for (int byte = 0; byte < 256; ++byte) texts["/" + std::string(1, static_cast<char>(byte))] = true;
    for (const auto& [text, is_prefix] : texts) EXPECT_EQ(find(texts, text + "/x"), text);
}

RC_GTEST_PROP(prefix_tree, agrees_with_looking_at_every_text, ()) {
    const auto text =
        rc::gen::container<std::string>(rc::gen::element<char>('/', '/', 'a', 'b', '\xff', '\0'));
    const auto texts = *rc::gen::container<Texts>(text, rc::gen::arbitrary<bool>());
    for (const auto& asked : *rc::gen::container<std::vector<std::string>>(20, text)) {
        RC_ASSERT(find(texts, asked) == look_at_all(texts, asked));
        for (const auto& [known, is_prefix] : texts)
            RC_ASSERT(find(texts, known + asked) == look_at_all(texts, known + asked));
    }
}

}   // namespace
}   // namespace gatehouse::model
