// What each matcher means, in either syntax, asked of requests.

#include "tests/unit/faces_traefik/rules.h"

namespace gatehouse::traefik {
namespace {

bool takes(const model::Rule& rule,
           std::initializer_list<std::pair<std::string_view, std::string_view>> fields,
           const std::string& client = "192.0.2.1") {
    Asked asked("GET h/", fields, client);
    return rule.matches(asked.facts);
}

TEST(rule_meaning, a_host_is_compared_without_case_port_and_final_dot) {
    EXPECT_TRUE(matches("Host(`Example.COM`)", "GET example.com/"));
    EXPECT_TRUE(matches("Host(`example.com.`)", "GET example.com/"));
    EXPECT_FALSE(matches("Host(`example.com`)", "GET www.example.com/"));
    EXPECT_TRUE(matches("Host(`::1`)", "GET ::1/"));
    EXPECT_TRUE(matches("Host(`[::1]`)", "GET ::1/"));
    EXPECT_FALSE(matches("Host(`example.com`)", "GET /"));
}

TEST(rule_meaning, a_wildcard_is_exactly_one_label) {
    EXPECT_TRUE(matches("Host(`*.example.com`)", "GET a.example.com/"));
    EXPECT_FALSE(matches("Host(`*.example.com`)", "GET a.b.example.com/"));
    EXPECT_FALSE(matches("Host(`*.example.com`)", "GET example.com/"));
    EXPECT_FALSE(matches("Host(`*.example.com`)", "GET a.badexample.com/"));
    EXPECT_TRUE(matches("Host(`**.example.com`)", "GET a.b.example.com/"));
    EXPECT_TRUE(matches("Host(`**.example.com`)", "GET a.example.com/"));
    EXPECT_FALSE(matches("Host(`**.example.com`)", "GET example.com/"));
    EXPECT_TRUE(matches("Host(`*`)", "GET anything/"));
    EXPECT_TRUE(matches("Host(`*`)", "GET /"));
    EXPECT_FALSE(matches_v2("Host(`*.example.com`)", "GET a.example.com/"));
}

TEST(rule_meaning, an_expression_is_looked_for_anywhere_in_the_host) {
    EXPECT_TRUE(matches("HostRegexp(`ample`)", "GET example.com/"));
    EXPECT_FALSE(matches("HostRegexp(`^ample`)", "GET example.com/"));
    EXPECT_FALSE(matches("HostRegexp(`EXAMPLE`)", "GET example.com/"));
    EXPECT_TRUE(matches("HostRegexp(`(?i)EXAMPLE`)", "GET example.com/"));
    EXPECT_FALSE(matches("HostRegexp(`{sub:[a-z]+}.example.com`)", "GET a.example.com/"));
}

TEST(rule_meaning, of_v2_a_host_template_is_the_whole_host) {
    EXPECT_TRUE(matches_v2("HostRegexp(`{sub:[a-z]+}.example.com`)", "GET a.example.com/"));
    EXPECT_FALSE(matches_v2("HostRegexp(`{sub:[a-z]+}.example.com`)", "GET a.example.comx/"));
    EXPECT_FALSE(matches_v2("HostRegexp(`{sub:[a-z]+}.example.com`)", "GET aXexample.com/"));
    EXPECT_TRUE(matches_v2("HostRegexp(`{sub:[A-Z]+}.Example.com`)", "GET a.example.com/"));
    EXPECT_TRUE(matches_v2("HostRegexp(`{a}.example.com`)", "GET a-b.example.com/"));
    EXPECT_FALSE(matches_v2("HostRegexp(`{a}.example.com`)", "GET a.b.example.com/"));
    EXPECT_TRUE(matches_v2("HostRegexp(`{host:.+}`)", "GET a.b/"));
    EXPECT_TRUE(matches_v2("HostRegexp(`a.b`, `c.d`)", "GET c.d/"));
    EXPECT_EQ(refusal("HostRegexp(`{a`)", RuleSyntax::v2),
              "12: unbalanced braces (a variable is written {name} or {name:expression})");
    EXPECT_EQ(refusal("HostRegexp(`x{:a}`)", RuleSyntax::v2),
              "13: a variable without a name (a variable is written {name} or {name:expression})");
    EXPECT_EQ(refusal("HostRegexp(`{a:b)|(c}`)", RuleSyntax::v2), "15: unexpected ): b)|(c");
}

TEST(rule_meaning, a_prefix_is_plain_text) {
    EXPECT_TRUE(matches("PathPrefix(`/products`)", "GET a/products"));
    EXPECT_TRUE(matches("PathPrefix(`/products`)", "GET a/products/1?x"));
    EXPECT_TRUE(matches("PathPrefix(`/products`)", "GET a/products-x"));
    EXPECT_FALSE(matches("PathPrefix(`/products`)", "GET a/product"));
    EXPECT_FALSE(matches("PathPrefix(`/{id}`)", "GET a/1"));
    EXPECT_TRUE(matches("Path(`/products`)", "GET a/products?x=y"));
    EXPECT_FALSE(matches("Path(`/products`)", "GET a/products/"));
}

TEST(rule_meaning, of_v2_a_path_may_have_variables) {
    EXPECT_TRUE(matches_v2("Path(`/a/{id}`)", "GET h/a/1"));
    EXPECT_FALSE(matches_v2("Path(`/a/{id}`)", "GET h/a/1/2"));
    EXPECT_TRUE(matches_v2("Path(`/a/{id:[0-9]+}/b`)", "GET h/a/12/b"));
    EXPECT_FALSE(matches_v2("Path(`/a/{id:[0-9]+}/b`)", "GET h/a/x/b"));
    EXPECT_TRUE(matches_v2("PathPrefix(`/a/{id:[0-9]{2}}`)", "GET h/a/123"));
    EXPECT_FALSE(matches_v2("PathPrefix(`/a.b/{id}`)", "GET h/axb/1"));
}

TEST(rule_meaning, a_path_is_compared_with_reserved_escapes_kept) {
    EXPECT_TRUE(matches("Path(`/a b`)", "GET h/a%20b"));
    EXPECT_TRUE(matches("Path(`/a`)", "GET h/%61"));
    EXPECT_FALSE(matches("Path(`/a/b`)", "GET h/a%2Fb"));
    EXPECT_TRUE(matches("Path(`/a%2Fb`)", "GET h/a%2fb"));
    EXPECT_FALSE(matches("PathPrefix(`/public`)", "GET h/public/../private"));
    EXPECT_TRUE(matches("PathPrefix(`/private`)", "GET h/public/%2e%2e/private"));
}

TEST(rule_meaning, a_method_is_upper_case_in_the_rule_and_as_sent_in_the_request) {
    EXPECT_TRUE(matches("Method(`get`)", "GET h/"));
    EXPECT_FALSE(matches("Method(`get`)", "get h/"));
    EXPECT_TRUE(matches_v2("Method(`PUT`, `POST`)", "POST h/"));
}

TEST(rule_meaning, any_field_of_the_name_counts) {
    const auto rule = parsed("Header(`X-A`, `1`)").rule;
    EXPECT_TRUE(takes(*rule, {{"x-a", "2"}, {"X-A", "1"}}));
    EXPECT_FALSE(takes(*rule, {{"X-A", "11"}}));
    EXPECT_FALSE(takes(*rule, {{"X-B", "1"}}));
    const auto known = parsed("HeaderRegexp(`content-type`, `^text/`)").rule;
    EXPECT_TRUE(takes(*known, {{"Content-Type", "text/html"}}));
    EXPECT_FALSE(takes(*known, {{"Content-Type", "x/text/html"}}));
}

TEST(rule_meaning, host_is_no_header) {
    EXPECT_FALSE(takes(*parsed("Header(`Host`, `h`)").rule, {{"Host", "h"}}));
}

TEST(rule_meaning, of_v2_all_pairs_of_headers_must_be_there) {
    const auto rule = parsed("Headers(`A`, `1`, `B`, `2`)", RuleSyntax::v2).rule;
    EXPECT_TRUE(takes(*rule, {{"A", "1"}, {"B", "2"}}));
    EXPECT_FALSE(takes(*rule, {{"A", "1"}}));
}

TEST(rule_meaning, any_argument_of_the_name_counts) {
    EXPECT_TRUE(matches("Query(`a`, `1`)", "GET h/?a=2&a=1"));
    EXPECT_FALSE(matches("Query(`a`, `1`)", "GET h/?A=1"));
    EXPECT_TRUE(matches("Query(`a b`, `1 2`)", "GET h/?a+b=1%202"));
    EXPECT_TRUE(matches("Query(`a`)", "GET h/?a"));
    EXPECT_TRUE(matches("Query(`a`)", "GET h/?a="));
    EXPECT_FALSE(matches("Query(`a`)", "GET h/?a=1"));
    EXPECT_TRUE(matches("QueryRegexp(`a`, `^1`)", "GET h/?a=12"));
    EXPECT_TRUE(matches("QueryRegexp(`a`)", "GET h/?a"));
    EXPECT_FALSE(matches("Query(`a`, `1`)", "GET h/?a=1;b"));
    EXPECT_FALSE(matches("Query(`a`, `1%`)", "GET h/?a=1%"));
}

TEST(rule_meaning, of_v2_the_first_argument_of_each_name_counts) {
    EXPECT_TRUE(matches_v2("Query(`a=1`)", "GET h/?a=1&a=2"));
    EXPECT_FALSE(matches_v2("Query(`a=1`)", "GET h/?a=2&a=1"));
    EXPECT_TRUE(matches_v2("Query(`a=1`, `b=2`)", "GET h/?b=2&a=1"));
    EXPECT_FALSE(matches_v2("Query(`a=1`, `b=2`)", "GET h/?a=1"));
    EXPECT_TRUE(matches_v2("Query(`a=`)", "GET h/?a=1"));
    EXPECT_FALSE(matches_v2("Query(`a=`)", "GET h/?b=1"));
    EXPECT_TRUE(matches_v2("Query(`a={x:[0-9]+}`)", "GET h/?a=12"));
    EXPECT_FALSE(matches_v2("Query(`a={x:[0-9]+}`)", "GET h/?a=12x"));
    EXPECT_EQ(refusal("Query(`a`)", RuleSyntax::v2),
              "6: a query without name or value (expected `name=value`)");
}

TEST(rule_meaning, a_client_is_in_a_network) {
    const auto from = [](std::string_view rule, const std::string& client) {
        return takes(*parsed(rule).rule, {}, client);
    };
    EXPECT_TRUE(from("ClientIP(`192.168.1.0/24`)", "192.168.1.7"));
    EXPECT_TRUE(from("ClientIP(`192.168.1.7`)", "::ffff:192.168.1.7"));
    EXPECT_FALSE(from("ClientIP(`192.168.1.0/24`)", "192.168.2.7"));
    EXPECT_TRUE(from("ClientIP(`2001:db8::/32`)", "2001:db8::1"));
    EXPECT_FALSE(from("ClientIP(`0.0.0.0/0`)", "not an address"));
}

TEST(rule_meaning, of_tcp_asks_for_the_name_and_the_protocols_of_a_hello) {
    Arena arena;
    const auto takes = [&](std::string_view text, std::string_view name,
                           const std::vector<std::string>& protocols) {
        model::RuleFacts facts(arena);
        facts.host = name;
        facts.protocols = protocols;
        return parsed(text, RuleSyntax::v3, RuleKind::tcp).rule->matches(facts);
    };
    EXPECT_TRUE(takes("HostSNI(`*`)", "", {}));
    EXPECT_TRUE(takes("HostSNI(`Db.example`)", "db.example", {}));
    EXPECT_FALSE(takes("HostSNI(`db.example`)", "", {}));
    EXPECT_TRUE(takes("HostSNIRegexp(`^db[0-9]\\.`)", "db1.example", {}));
    EXPECT_TRUE(takes("ALPN(`h2`)", "", {"http/1.1", "h2"}));
    EXPECT_FALSE(takes("ALPN(`h2`) && HostSNI(`a`)", "b", {"h2"}));
    EXPECT_FALSE(takes("!ALPN(`h2`)", "b", {"h2"}));
}

TEST(rule_meaning, of_tcp_refuses_what_no_hello_says) {
    const auto refused = [](std::string_view text, RuleSyntax syntax = RuleSyntax::v3) {
        return refusal(text, syntax, RuleKind::tcp);
    };
    EXPECT_EQ(refused("HostSNI(`a b`)"), "8: not a host name (expected a name as in a TLS hello, or *)");
    EXPECT_EQ(refused("ALPN(`acme-tls/1`)"), "5: acme-tls/1 is answered by the gateway itself");
    EXPECT_EQ(refused("Host(`a`)"), "0: unknown matcher \"Host\" (did you mean HostSNI?)");
    EXPECT_EQ(refused("HostSNI(`a`, `b`) || HostSNIRegexp(`{x:a|b}.c`)", RuleSyntax::v2), "");
}

}   // namespace
}   // namespace gatehouse::traefik
