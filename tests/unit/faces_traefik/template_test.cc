#include <gtest/gtest.h>

#include "faces/traefik/constraints.h"
#include "faces/traefik/text_template.h"

namespace gatehouse::traefik {
namespace {

std::string render(std::string_view text) {
    static const Labels labels = {
        {"com.docker.compose.service", "web"}, {"domain", "a.example"}, {"empty", ""}};
    const auto parsed = TextTemplate::parse(text);
    if (!parsed) return "parse: " + parsed.error().message;
    const auto out = parsed->render({"web-shop", "shop_web_1", &labels, [](std::string_view name) {
                                         return name == "DOMAIN" ? std::optional<std::string>("env.example")
                                                                 : std::nullopt;
                                     }});
    return out ? *out : "render: " + out.error();
}

struct Case {
    const char* text;
    const char* expected;
};

TEST(traefik_template, renders_what_default_rules_use) {
    const Case cases[] = {
        {"Host(`foo.bar`)", "Host(`foo.bar`)"},
        {"Host(`{{ normalize .Name }}`)", "Host(`web-shop`)"},
        {"Host(`{{ normalize .ContainerName }}.x`) || Host(`{{.Name}}`)",
         "Host(`shop-web-1.x`) || Host(`web-shop`)"},
        {"{{ index .Labels \"com.docker.compose.service\" }}.x", "web.x"},
        {"{{ index .Labels \"not.there\" }}.x", ".x"},
        {"{{ .Labels.domain }}", "a.example"},
        {"{{ trimPrefix `web-` .Name }}", "shop"},
        {"{{ .Name | trimSuffix \"-shop\" | upper }}", "WEB"},
        {"{{ .Name | replace \"-\" \".\" }}", "web.shop"},
        {"{{ (split \"-\" .Name)._1 }}", "shop"},
        {"{{ index (splitList \"-\" .Name) 0 }}", "web"},
        {"{{ splitList \"-\" .Name | join \"/\" }}", "web/shop"},
        {"{{ splitList \"-\" .Name | first }}{{ splitList \"-\" .Name | last }}", "webshop"},
        {"{{ regexReplaceAll \"(.*)-(.*)\" .Name \"${2}.$1\" }}", "shop.web"},
        {"{{ $s := regexFind \"^[^-]+\" .Name }}Host(`{{ $s }}.{{ env \"DOMAIN\" }}`)",
         "Host(`web.env.example`)"},
        {"{{ if index .Labels \"domain\" }}yes{{ else }}no{{ end }}", "yes"},
        {"{{ if .Labels.missing }}a{{ else if eq .Name \"web-shop\" }}b{{ else }}c{{ end }}", "b"},
        {"{{ if and .Labels.domain (not .Labels.empty) }}both{{ end }}", "both"},
        {"{{ default \"d\" .Labels.missing }} {{ coalesce .Labels.empty \"c\" }}", "d c"},
        {"{{ printf \"%s-%d\" .Name 7 }} {{ quote .Name }}", "web-shop-7 \"web-shop\""},
        {"a {{- /* nothing */ -}} b", "ab"},
        {"a  {{- .Name -}}  b", "aweb-shopb"},
        {"{{ \"}}\" }}{{ `{{` }}", "}}{{"},
        {"{{ ternary \"x\" \"y\" (contains \"shop\" .Name) }}", "x"},
        {"{{ substr 0 3 .Name }}{{ trunc -4 .Name }}", "webshop"},
    };
    for (const auto& [text, expected] : cases) {
        EXPECT_EQ(render(text), expected) << text;
    }
}

TEST(traefik_template, says_what_it_does_not_know) {
    const Case cases[] = {
        {"{{ .Toto }}", "render: there is no .Toto"},
        {"{{ .Labels.missing }}", "render: a value is missing"},
        {"{{ range .Labels }}{{ end }}", "parse: {{ range }} is not supported here"},
        {"{{ normalise .Name }}",
         "parse: \"normalise\" is no function known here: did you mean \"normalize\"?"},
        {"{{ .Name", "parse: {{ without }}"},
        {"{{ end }}", "parse: \"end\" without an if"},
        {"{{ if .Name }}x", "parse: if without an end"},
        {"{{ .Name .Name }}", "parse: only a function takes arguments"},
        {"{{ }}", "parse: expected a field, a text or a function"},
        {"{{ trimPrefix .Name }}", "render: \"trimPrefix\" takes 2 arguments, not 1"},
        {"{{ repeat 100000000 \"xxxxxxxx\" }}", "render: \"repeat\": the text gets too long"},
        {"{{ regexFind \"(\" .Name }}", "render: \"regexFind\": the regular expression: missing ): ("},
        {"{{ $x }}", "render: $x was never set"},
        {"{{ index (splitList \"-\" .Name) 9 }}", "render: \"index\": index 9 of a list of 2"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(render(text).substr(0, std::string(expected).size()), expected);
}

TEST(traefik_template, nesting_is_bounded) {
    std::string deep = "{{ " + std::string(5000, '(') + ".Name" + std::string(5000, ')') + " }}";
    EXPECT_EQ(render(deep), "parse: too many parentheses within each other");
    deep.clear();
    for (int i = 0; i < 5000; ++i) deep += "{{ if .Name }}";
    EXPECT_EQ(render(deep), "parse: too many conditions within each other");
}

TEST(traefik_template, every_beginning_of_a_template_can_be_parsed_or_refused) {
    const std::string text =
        "{{ $s := (index .Labels \"a\") | trimPrefix `x` }}{{- if $s -}}{{ $s }}{{ else if .Name }}y{{ end "
        "}}";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) (void)render(text.substr(0, cut));
}

bool admits(std::string_view expression, const Labels& labels) {
    const auto constraints = Constraints::parse(expression);
    EXPECT_TRUE(constraints) << expression;
    return constraints && constraints->admits(labels);
}

TEST(traefik_constraints, combine_labels) {
    const Labels labels = {{"a", "1"}, {"b", "dev-2"}};
    EXPECT_TRUE(admits("", labels));
    EXPECT_TRUE(admits("Label(`a`, `1`)", labels));
    EXPECT_FALSE(admits("Label(\"a\",\"2\")", labels));
    EXPECT_TRUE(admits("Label(`missing`, ``)", labels));
    EXPECT_TRUE(admits("LabelRegex(`b`, `^dev-\\d$`) && !Label(`a`, `2`)", labels));
    EXPECT_TRUE(admits("Label(`a`,`2`) || Label(`a`,`1`) && Label(`b`,`dev-2`)", labels));
    EXPECT_FALSE(admits("(Label(`a`,`1`) || Label(`a`,`2`)) && Label(`b`,`x`)", labels));
    EXPECT_FALSE(admits("!(Label(`a`,`1`) || Label(`b`,`x`))", labels));
}

TEST(traefik_constraints, say_where_they_are_wrong) {
    const std::tuple<const char*, std::size_t, const char*> cases[] = {
        {"Labl(`a`,`b`)", 0, "did you mean \"Label\"?"},
        {"Label(`a`)", 9, "a comma"},
        {"Label(a,b)", 6, "backticks"},
        {"Label(`a`,`b`", 13, "expected )"},
        {"Label(`a`,`b`) Label(`c`,`d`)", 15, "expected && or ||"},
        {"LabelRegex(`a`,`(`)", 15, "regular expression"},
        {"&& Label(`a`,`b`)", 0, "expected Label"},
    };
    for (const auto& [text, offset, message] : cases) {
        const auto constraints = Constraints::parse(text);
        ASSERT_FALSE(constraints) << text;
        EXPECT_EQ(constraints.error().offset, offset) << text;
        EXPECT_NE(constraints.error().message.find(message), std::string::npos)
            << constraints.error().message;
    }
    EXPECT_FALSE(Constraints::parse(std::string(100000, '(')));
    EXPECT_FALSE(Constraints::parse(std::string(100000, '!')));
}

}   // namespace
}   // namespace gatehouse::traefik
