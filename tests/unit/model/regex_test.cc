#include "model/regex.h"

#include <gtest/gtest.h>

#include <thread>

namespace gatehouse::model {
namespace {

using Outcome = Regex::Outcome;

std::shared_ptr<Regex> regex(std::string pattern, bool ignore_case = false) {
    auto compiled = Regex::compile(std::move(pattern), ignore_case);
    EXPECT_TRUE(compiled) << compiled.error().message;
    return *compiled;
}

TEST(regex, matches_anywhere_and_gives_the_groups) {
    Captures captures;
    const std::string subject = "/user/42/photo";
    ASSERT_EQ(regex("/user/([0-9]+)/(.*)")->match(subject, captures), Outcome::match);
    EXPECT_EQ(captures.count, 3U);
    EXPECT_EQ(captures.at(0), subject);
    EXPECT_EQ(captures.at(1), "42");
    EXPECT_EQ(captures.at(2), "photo");
    EXPECT_EQ(captures.at(3), "");
    EXPECT_EQ(captures.at(1).data(), subject.data() + 6);
}

TEST(regex, a_group_that_took_no_part_is_empty) {
    Captures captures;
    ASSERT_EQ(regex("(a)|(b)|(c)")->match("b", captures), Outcome::match);
    EXPECT_EQ(captures.at(1), "");
    EXPECT_EQ(captures.at(2), "b");
    EXPECT_EQ(captures.at(3), "");
}

TEST(regex, captures_are_left_alone_when_it_does_not_match) {
    Captures captures;
    ASSERT_EQ(regex("(a+)")->match("aaa", captures), Outcome::match);
    ASSERT_EQ(regex("(b+)")->match("aaa", captures), Outcome::no_match);
    EXPECT_EQ(captures.at(1), "aaa");
}

TEST(regex, case_counts_unless_asked_otherwise) {
    Captures captures;
    EXPECT_EQ(regex("\\.PHP$")->match("/a.php", captures), Outcome::no_match);
    EXPECT_EQ(regex("\\.PHP$", true)->match("/a.php", captures), Outcome::match);
}

TEST(regex, an_empty_subject_can_match) {
    Captures captures;
    EXPECT_EQ(regex("^$")->match({}, captures), Outcome::match);
    EXPECT_EQ(regex("a")->match({}, captures), Outcome::no_match);
}

TEST(regex, bytes_are_matched_not_characters) {
    Captures captures;
    EXPECT_EQ(regex("^.$")->match("\xc3\xa4", captures), Outcome::no_match);
    EXPECT_EQ(regex("^..$")->match("\xc3\xa4", captures), Outcome::match);
    EXPECT_EQ(regex("^\\xff$")->match("\xff", captures), Outcome::match);
}

TEST(regex, what_is_no_utf_8_does_not_match_an_expression_that_asks_for_it) {
    Captures captures;
    EXPECT_EQ(regex("(*UTF)^.$")->match("\xc3\xa4", captures), Outcome::match);
    EXPECT_EQ(regex("(*UTF)^.$")->match("\xff", captures), Outcome::no_match);
}

TEST(regex, named_groups_are_listed_by_number) {
    const auto compiled = regex("^(?<user>[a-z]+)(-)(?P<zone>[a-z]+)(?'app'x)?$");
    ASSERT_EQ(compiled->named().size(), 3U);
    EXPECT_EQ(compiled->named()[0].name, "user");
    EXPECT_EQ(compiled->named()[0].group, 1);
    EXPECT_EQ(compiled->named()[1].name, "zone");
    EXPECT_EQ(compiled->named()[1].group, 3);
    EXPECT_EQ(compiled->named()[2].name, "app");
}

TEST(regex, a_mistake_is_told_with_its_place) {
    const auto compiled = Regex::compile("/a(b", false);
    ASSERT_FALSE(compiled);
    EXPECT_EQ(compiled.error().message, "missing closing parenthesis");
    EXPECT_EQ(compiled.error().offset, 4U);
}

TEST(regex, groups_beyond_the_kept_ones_still_match) {
    std::string pattern;
    for (int i = 0; i < 20; ++i) pattern += "(a)";
    Captures captures;
    EXPECT_EQ(regex(pattern)->match(std::string(20, 'a'), captures), Outcome::match);
    EXPECT_EQ(captures.count, Captures::limit);
    const auto named_last = Regex::compile(pattern + "(?<last>b)", false);
    ASSERT_FALSE(named_last);
    EXPECT_EQ(named_last.error().message, "named capture \"last\" is group 21, the last that is kept is 15");
}

TEST(regex, gives_up_on_what_would_take_for_ever) {
    Captures captures;
    EXPECT_EQ(regex("^(a+)+(b+)+$")->match(std::string(64, 'a') + "c", captures), Outcome::no_match)
        << "a required character is missing: PCRE knows at once";
    EXPECT_EQ(regex("^(?:a|aa)+(?:b|c)(?=x)")->match(std::string(200, 'a') + "b", captures),
              Outcome::gave_up);
}

TEST(regex, long_subjects_do_not_exhaust_the_stack) {
    Captures captures;
    EXPECT_EQ(regex("^(?:a|b)+$")->match(std::string(8000, 'a'), captures), Outcome::match);
}

TEST(regex, one_expression_serves_many_threads) {
    const auto compiled = regex("^/([a-z]+)/([0-9]+)$");
    std::vector<std::thread> threads;
    std::vector<int> matched(4);
    for (std::size_t t = 0; t < matched.size(); ++t) {
        threads.emplace_back([&, t] {
            Captures captures;
            for (int i = 0; i < 1000; ++i) {
                const std::string subject = "/thread/" + std::to_string(i);
                if (compiled->match(subject, captures) != Outcome::match) continue;
                matched[t] += captures.at(2) == std::to_string(i) ? 1 : 0;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(matched, std::vector<int>(4, 1000));
}

}   // namespace
}   // namespace gatehouse::model
