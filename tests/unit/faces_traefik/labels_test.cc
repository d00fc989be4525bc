#include "faces/traefik/labels.h"

#include <gtest/gtest.h>

#include "faces/traefik/container_labels.h"

namespace gatehouse::traefik {
namespace {

constexpr std::string_view all[] = {"traefik."};

std::optional<Node> tree(const Labels& labels, Remarks& remarks) { return tree_of(labels, all, {}, remarks); }

TEST(traefik_labels, names_compare_ignoring_case_and_the_first_spelling_stays) {
    Remarks remarks;
    const auto root = tree({{"traefik.A.b", "1"}, {"traefik.a.C", "2"}, {"traefik.l[0].x", "3"}}, remarks);
    ASSERT_TRUE(root);
    ASSERT_EQ(root->children.size(), 2U);
    EXPECT_EQ(root->children[0].name, "A");
    EXPECT_EQ(root->child("a")->child("c")->value, "2");
    EXPECT_TRUE(root->child("l")->is_list());
    EXPECT_EQ(root->child("l")->children[0].child("x")->value, "3");
}

TEST(traefik_labels, broken_keys_are_errors) {
    for (const char* key :
         {"traefik..a", "traefik.a.", "traefik.[0]", "traefik.a].b", "traefik.a[x].b", "traefik.a[].b"}) {
        Remarks remarks;
        EXPECT_FALSE(tree({{key, "x"}}, remarks)) << key;
        EXPECT_EQ(remarks.errors(), 1U) << key;
    }
}

TEST(traefik_labels, a_filter_takes_keys_in_any_case_but_the_root_is_lower_case) {
    Remarks remarks;
    EXPECT_TRUE(tree({{"traefik.HTTP.x", "1"}, {"other.x", "1"}}, remarks));
    EXPECT_FALSE(remarks.has_errors());
    EXPECT_FALSE(tree({{"TRAEFIK.http.x", "1"}}, remarks));
}

TEST(traefik_labels, limits_are_errors_that_name_themselves) {
    TreeLimits limits;
    limits.pairs = 2;
    limits.key_bytes = 20;
    limits.value_bytes = 10;
    limits.total_bytes = 60;
    const auto refused = [&](const Labels& labels) {
        Remarks remarks;
        return !are_acceptable(labels, limits, remarks) && remarks.has_errors();
    };
    EXPECT_FALSE(
        refused({{"traefik.a", "1"}, {"traefik.b", "2"}, {"another.program", std::string(1000, 'x')}}));
    EXPECT_TRUE(refused({{"traefik.a", "1"}, {"traefik.b", "2"}, {"traefik.c", "3"}}));
    EXPECT_TRUE(refused({{"traefik.aaaaaaaaaaaaa", "1"}}));
    EXPECT_TRUE(refused({{"traefik.a", "12345678901"}}));
    limits.total_bytes = 15;
    EXPECT_TRUE(refused({{"traefik.a", "1"}, {"traefik.b", "2"}}));
}

TEST(traefik_labels, a_key_may_not_be_deeper_than_the_limit) {
    std::string key = "traefik";
    for (int i = 0; i < 25; ++i) key += ".a";
    Remarks remarks;
    EXPECT_FALSE(tree({{key, "x"}}, remarks));
    EXPECT_TRUE(tree({{key.substr(0, key.size() - 2), "x"}}, remarks));
}

TEST(traefik_labels, bytes_that_are_not_utf8_refuse_the_container) {
    ContainerFacts container;
    container.name = "a";
    container.running = true;
    container.labels["traefik.http.routers.a.rule"] = "Host(`\xff`)";
    Remarks remarks;
    const ContainerReader reader({}, remarks);
    const auto result = read_containers(reader, {&container, 1});
    EXPECT_EQ(result.verdicts[0].outcome, ContainerOutcome::refused);
    EXPECT_NE(result.verdicts[0].sentence.find("UTF-8"), std::string::npos);
    container.labels = {{"other", "\xff"}};
    EXPECT_NE(read_containers(reader, {&container, 1}).verdicts[0].reason, "limit");
}

TEST(traefik_labels, a_container_may_not_define_more_than_the_limit) {
    ContainerFacts container;
    container.name = "a";
    container.running = true;
    container.networks.push_back({"n", "n", "10.0.0.1", ""});
    container.ports.push_back({80, "tcp", {}});
    Remarks remarks;
    const ContainerReader reader({}, remarks);
    const auto add_routers = [&](int from, int to) {
        for (int i = from; i < to; ++i)
            container.labels["traefik.http.routers.r" + std::to_string(i) + ".rule"] = "Host(`a`)";
    };
    add_routers(0, 256);
    EXPECT_EQ(read_containers(reader, {&container, 1}).verdicts[0].reason, "routed");
    add_routers(256, 257);
    const auto verdict = read_containers(reader, {&container, 1}).verdicts[0];
    EXPECT_EQ(verdict.reason, "limit");
    EXPECT_EQ(verdict.sentence, "257 routers in the labels of one container: at most 256");
}

TEST(traefik_labels, utf8_is_told_from_what_is_not) {
    for (const char* text : {"", "a", "ä", "€", "😀", "\xf4\x8f\xbf\xbf"})
        EXPECT_TRUE(is_valid_utf8(text)) << text;
    for (const char* text : {"\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                             "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "a\xff"}) {
        EXPECT_FALSE(is_valid_utf8(text)) << text;
    }
}

}   // namespace
}   // namespace gatehouse::traefik
