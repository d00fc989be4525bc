// The text of rules: what is accepted, what it means as a tree, and where an error is.

#include "faces/traefik/rule_parser.h"

#include "model/wording.h"
#include "tests/unit/faces_traefik/rules.h"

#include <string>
#include <vector>

namespace gatehouse::traefik {
namespace {

using Strings = std::vector<std::string>;

std::string tree(std::string_view text, RuleSyntax syntax = RuleSyntax::v3, RuleKind kind = RuleKind::http) {
    return model::in_words(*parsed(text, syntax, kind).rule);
}

TEST(rule_parser, and_binds_closer_than_or) {
    EXPECT_EQ(tree("Host(`a`) || Host(`b`) && Path(`/c`)"), "(host a or (host b and path /c))");
    EXPECT_EQ(tree("(Host(`a`) || Host(`b`)) && Path(`/c`)"), "((host a or host b) and path /c)");
    EXPECT_EQ(tree("Host(`a`)&&Path(`/b`)&&Method(`get`)"), "(host a and path /b and method GET)");
}

TEST(rule_parser, turns_a_negated_parenthesis_around) {
    EXPECT_EQ(tree("!Host(`a`)"), "not host a");
    EXPECT_EQ(tree("!(Host(`a`) || Path(`/b`))"), "(not host a and not path /b)");
    EXPECT_EQ(tree("!(Host(`a`) && !(Path(`/b`) || Path(`/c`)))"), "(not host a or (path /b or path /c))");
    EXPECT_EQ(tree("!!Host(`a`)"), "host a");
    EXPECT_EQ(tree("!Path(`/a`, `/b`)", RuleSyntax::v2), "(not path /a and not path /b)");
}

TEST(rule_parser, takes_texts_in_backticks_and_double_quotes) {
    EXPECT_EQ(tree(R"(Host("a"))"), "host a");
    EXPECT_EQ(tree(R"(PathRegexp(`\.php$`))"), R"(path ~ \.php$)");
    EXPECT_EQ(tree(R"(PathRegexp("\\.php$"))"), R"(path ~ \.php$)");
    EXPECT_EQ(tree(R"(Path("/\x41\102\u00e9\U0001f600\"\\"))"), "path /AB\xc3\xa9\xf0\x9f\x98\x80\"\\");
    EXPECT_EQ(tree("Path(`/a\r\n`)"), "path /a\n");
}

TEST(rule_parser, does_not_mind_white_space_and_line_ends) {
    EXPECT_EQ(tree(" \tHost ( `a` , ) \n&& ( Path(\r\n`/b`) )\n"), "(host a and path /b)");
}

TEST(rule_parser, knows_four_spellings_of_a_name) {
    for (const auto* name : {"PathPrefix", "pathprefix", "PATHPREFIX", "Pathprefix"})
        EXPECT_EQ(tree(std::string(name) + "(`/a`)"), "path begins with /a");
    EXPECT_EQ(refusal("pathPrefix(`/a`)"), "0: unknown matcher \"pathPrefix\" (did you mean PathPrefix?)");
    EXPECT_EQ(tree("hostsni(`a`)", RuleSyntax::v3, RuleKind::tcp), "host a");
}

TEST(rule_parser, says_where_an_error_is_and_what_was_expected) {
    const std::vector<std::pair<std::string, std::string>> table = {
        {"", "0: an empty rule (expected a matcher, such as Host(`example.com`))"},
        {"   ", "0: an empty rule (expected a matcher, such as Host(`example.com`))"},
        {"example", "7: the rule ends too early (expected ( behind the matcher's name)"},
        {"Host(example.com)", "5: unexpected example (expected a value in backticks or double quotes)"},
        {"Host('a')", "5: single quotes (put texts into backticks or double quotes)"},
        {"Host(`a)", "5: a text without its closing backtick"},
        {"Host(\"a\n\")", "5: a text without its closing quote"},
        {R"(Host("\q"))", "6: unknown escape in double quotes (in backticks \\ stands for itself)"},
        {R"(Host("\x4"))", "9: an escape that is too short (it takes 2 digits)"},
        {R"(Host("\777"))", "6: an escape of more than a byte"},
        {R"(Host("\ud800"))", "6: an escape that is no character"},
        {"Host(`a`) & Path(`/`)", "10: a single \"&\" (\"and\" is written &&)"},
        {"Host(`a`) | Path(`/`)", "10: a single \"|\" (\"or\" is written ||)"},
        {"Host(`a`) Path(`/`)", "10: unexpected Path (expected &&, || or the end of the rule)"},
        {"Host(`a`) and Path(`/`)", "10: unexpected and (expected &&, || or the end of the rule)"},
        {"Host(`a`) &&", "12: the rule ends too early (expected a matcher, such as Host(`example.com`))"},
        {"(Host(`a`)", "10: the rule ends too early (expected &&, || or ))"},
        {"Host(`a`))", "9: unexpected ) (expected &&, || or the end of the rule)"},
        {"Host(`a` `b`)", "9: a text where none is expected (expected , or ))"},
        {"Host(,)", "5: unexpected , (expected a value in backticks or double quotes)"},
        {"Host:example.com", "4: unexpected character (expected Host(`…`))"},
        {"`a`", "0: a text where none is expected (expected a matcher, such as Host(`example.com`))"},
        {"Hots(`a`)", "0: unknown matcher \"Hots\" (did you mean Host?)"},
        {"Headers(`a`, `b`)", "0: \"Headers\" is a matcher of the v2 syntax (did you mean Header?)"},
        {"Host()", "5: Host with 0 values (expected a value)"},
        {"Host(``)", "5: an empty value"},
        {"Header(`a`)", "7: Header with 1 values (expected a name and a value)"},
        {"Header(`a`, `b`, `c`)", "17: Header with 3 values (expected a name and a value)"},
        {"Query(`a`, `b`, `c`)", "16: Query with 3 values (expected a name and perhaps a value)"},
        {"Host(`\xc3\xa9.com`)", "5: a host that is not ASCII (write it as it is sent, in Punycode (xn--…))"},
        {"Path(`a`)", "5: a path that does not begin with /"},
        {"ClientIP(`all`)",
         "9: not an address (expected an IP address or a network, such as 192.168.1.0/24)"},
        {"PathRegexp(`/(a`)", "12: invalid regular expression: missing ): /(a"},
        {"PathRegexp(`/ab[z-a]`)", "16: invalid regular expression: invalid character class range: z-a"},
    };
    for (const auto& [rule, error] : table) EXPECT_EQ(refusal(rule), error) << rule;
}

TEST(rule_parser, says_which_names_there_are_when_none_is_near) {
    EXPECT_EQ(refusal("Frobnicate(`a`)", RuleSyntax::v3, RuleKind::tcp),
              "0: unknown matcher \"Frobnicate\" (known are ALPN ClientIP HostSNI HostSNIRegexp)");
}

TEST(rule_parser, is_bounded) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '(') + "Host(`a`)" + std::string(depth, ')');
    };
    EXPECT_EQ(refusal(nested(RuleLimits::depth)), "");
    EXPECT_EQ(refusal(nested(RuleLimits::depth + 1)), "64: parentheses nested more than 64 deep");
    EXPECT_EQ(refusal(std::string(10'000, '!') + "Host(`a`)"), "");

    std::string values = "Host(`a`";
    for (std::size_t i = 1; i < RuleLimits::values; ++i) values += ",`a`";
    EXPECT_EQ(refusal(values + ")"), "");
    EXPECT_NE(refusal(values + ",`a`)").find("more than 4096 values"), std::string::npos);
    EXPECT_EQ(refusal(std::string(RuleLimits::text_bytes, ' ') + "x"),
              "65536: a rule of more than 65536 bytes");
}

TEST(rule_parser, refuses_many_regular_expressions_that_would_need_much_memory_together) {
    const auto many = [](int count) {
        std::string rule = "Host(`a`)";
        for (int i = 0; i < count; ++i) rule += " || PathRegexp(`a{1,500}`)";
        return rule;
    };
    EXPECT_EQ(refusal(many(5)), "");
    EXPECT_NE(refusal(many(500)).find("too large altogether"), std::string::npos);
}

TEST(rule_parser, refuses_regular_expressions_that_would_need_much_memory) {
    EXPECT_NE(refusal("PathRegexp(`((a{100}){100}){100}`)").find("too large"), std::string::npos);
    EXPECT_NE(refusal("PathRegexp(`(\\pL{500}){2}`)").find("too large"), std::string::npos);
    EXPECT_NE(refusal("PathRegexp(`" + std::string(4097, 'a') + "`)").find("at most 4096"),
              std::string::npos);
}

TEST(rule_parser, accepts_several_values_in_v3_with_a_notice) {
    EXPECT_EQ(tree("PathPrefix(`/a`, `/b`)"), "(path begins with /a or path begins with /b)");
    EXPECT_EQ(notices("PathPrefix(`/a`, `/b`)"),
              Strings{"17: PathPrefix takes one value in the v3 syntax: any of these is accepted"});
    EXPECT_EQ(notices("PathPrefix(`/a`, `/b`)", RuleSyntax::v2), Strings{});
}

TEST(rule_parser, notices_what_can_never_match) {
    EXPECT_EQ(notices("HostRegexp(`{host:.+}`)"),
              Strings{"11: {name:expression} is of the v2 syntax; here braces stand for themselves"});
    EXPECT_EQ(notices("HostRegexp(`^[a-z]{2,3}\\.example$`)"), Strings{});
    EXPECT_EQ(notices("Host(`*example.com`)").size(), 1U);
    EXPECT_EQ(notices("Host(`*.example.com`)", RuleSyntax::v2).size(), 1U);
    EXPECT_EQ(notices("Header(`host`, `a`)").size(), 1U);
    EXPECT_EQ(notices("PathPrefix(`/a?b=c`)").size(), 1U);
    EXPECT_EQ(notices("Path(`/a%20b%2f`)"),
              Strings{"5: no request matches this as written; its path is compared as /a b%2F"});
    EXPECT_EQ(notices("Path(`/a b%2F`)"), Strings{});
}

TEST(rule_parser, gives_longer_rules_the_higher_priority) {
    const auto priority = [](std::string_view text, RuleKind kind = RuleKind::http) {
        return default_priority(text, *parsed(text, RuleSyntax::v3, kind).rule, kind);
    };
    EXPECT_EQ(priority("Host(`a`)"), 9);
    EXPECT_EQ(priority("Host(`**.a`)"), 10);
    EXPECT_EQ(priority("!Host(`**.a`)"), 13);
    EXPECT_EQ(priority("Host(`*`)"), 9);
    EXPECT_EQ(priority("HostSNI(`a`)", RuleKind::tcp), 12);
    EXPECT_EQ(priority("HostSNI(`*`)", RuleKind::tcp), -1);
    EXPECT_EQ(priority("HostSNI(`*`) && ClientIP(`::1`)", RuleKind::tcp), 31);
}

TEST(rule_parser, tells_the_hosts_a_rule_names) {
    const auto hosts = [](std::string_view text) { return model::hosts_named_in(*parsed(text).rule); };
    EXPECT_EQ(hosts("Host(`A.b`) || Host(`*.c`) && !Host(`d`) || Host(`a.b`)"), (Strings{"a.b", "*.c"}));
    EXPECT_EQ(hosts("PathPrefix(`/`)"), Strings{});
}

}   // namespace
}   // namespace gatehouse::traefik
