#include "model/site.h"

#include <gtest/gtest.h>

namespace gatehouse::model {
namespace {

// As the face reads them: "a.b", "*.a.b", ".a.b" (both), "a.*", "~regex".
std::shared_ptr<const Site> site(std::string name, const std::vector<std::string>& names) {
    using Kind = SiteName::Kind;
    auto made = std::make_shared<Site>();
    made->name = std::move(name);
    for (const auto& text : names) {
        if (text.starts_with("~")) {
            made->names.push_back({Kind::regex, {}, *Regex::compile(text.substr(1), true)});
        } else if (text.starts_with("*.")) {
            made->names.push_back({Kind::leading_wildcard, text.substr(2), nullptr});
        } else if (text.starts_with(".")) {
            made->names.push_back({Kind::exact, text.substr(1), nullptr});
            made->names.push_back({Kind::leading_wildcard, text.substr(1), nullptr});
        } else if (text.ends_with(".*")) {
            made->names.push_back({Kind::trailing_wildcard, text.substr(0, text.size() - 2), nullptr});
        } else {
            made->names.push_back({Kind::exact, text, nullptr});
        }
    }
    return made;
}

std::string chosen(const SiteMatcher& matcher, std::string_view host) {
    Captures captures;
    const Regex* regex = nullptr;
    return matcher.match(host, captures, regex).name;
}

TEST(site_matcher, finds_in_the_order_of_nginx) {
    const std::vector<std::shared_ptr<const Site>> sites = {
        site("first", {"first.org"}),
        site("exact", {"example.com", "www.example.com"}),
        site("leading", {"*.example.com"}),
        site("deeper", {"*.www.example.com"}),
        site("dotted", {".dotted.org"}),
        site("trailing", {"mail.*"}),
        site("longer trailing", {"mail.example.*"}),
        site("regex", {"~^(?<user>\\w+)\\.users\\.net$"}),
        site("second regex", {"~users", "_"}),
    };
    const SiteMatcher matcher(sites, sites[0]);
    const std::pair<const char*, const char*> table[] = {
        {"example.com", "exact"},
        {"www.example.com", "exact"},
        {"api.example.com", "leading"},
        {"a.b.example.com", "leading"},
        {"x.www.example.com", "deeper"},
        {"dotted.org", "dotted"},
        {"a.dotted.org", "dotted"},
        {"a.b.dotted.org", "dotted"},
        {"undotted.org", "first"},
        {"mail.org", "trailing"},
        {"mail.example.org", "longer trailing"},
        {"mail.example.com", "leading"},
        {"mail", "first"},
        {"anna.users.net", "regex"},
        {"a.b.users.net", "second regex"},
        {"_", "second regex"},
        {"unknown", "first"},
        {"", "first"},
    };
    for (const auto& [host, expected] : table) EXPECT_EQ(chosen(matcher, host), expected) << host;
    EXPECT_TRUE(matcher.conflicts().empty());
}

TEST(site_matcher, a_missing_host_goes_to_the_empty_name_and_never_to_a_regex) {
    const auto fallback = site("default", {});
    const auto any = site("any", {"~.*"});
    EXPECT_EQ(chosen(SiteMatcher({fallback, any}, fallback), ""), "default");
    const auto empty = site("empty", {""});
    EXPECT_EQ(chosen(SiteMatcher({fallback, any, empty}, fallback), ""), "empty");
}

TEST(site_matcher, the_default_site_need_not_be_the_first) {
    const auto a = site("a", {"a"});
    const auto b = site("b", {"b"});
    const SiteMatcher matcher({a, b}, b);
    EXPECT_EQ(chosen(matcher, "zzz"), "b");
    EXPECT_EQ(matcher.default_site().name, "b");
}

TEST(site_matcher, a_regex_gives_its_captures) {
    const auto fallback = site("default", {});
    const SiteMatcher matcher({fallback, site("users", {"~^(?<user>\\w+)\\.net$"})}, fallback);
    Captures captures;
    const Regex* regex = nullptr;
    EXPECT_EQ(matcher.match("anna.net", captures, regex).name, "users");
    ASSERT_NE(regex, nullptr);
    EXPECT_EQ(captures.at(1), "anna");
    EXPECT_EQ(matcher.match("anna.org", captures, regex).name, "default");
    EXPECT_EQ(regex, nullptr);
}

TEST(site_matcher, a_name_given_twice_goes_to_the_first_site_and_is_told) {
    const auto a = site("a", {"x.org", "*.x.org", "y.*"});
    const auto b = site("b", {"x.org", ".x.org", "y.*", "z.org"});
    const SiteMatcher matcher({a, b}, a);
    EXPECT_EQ(chosen(matcher, "x.org"), "a");
    EXPECT_EQ(chosen(matcher, "w.x.org"), "a");
    EXPECT_EQ(chosen(matcher, "z.org"), "b");
    std::vector<std::string> names;
    for (const auto& conflict : matcher.conflicts()) {
        names.push_back(conflict.name);
        EXPECT_EQ(conflict.ignored, b.get());
    }
    EXPECT_EQ(names, (std::vector<std::string>{"x.org", "x.org", "*.x.org", "y.*"}));
}

TEST(site_matcher, names_are_shown_as_written) {
    std::vector<std::string> names;
    const auto written = site("s", {"a.org", "*.a.org", "a.*", "~^w"});
    for (const auto& name : written->names) names.push_back(name.as_written());
    EXPECT_EQ(names, (std::vector<std::string>{"a.org", "*.a.org", "a.*", "~^w"}));
}

TEST(site_matcher, a_name_of_thousands_of_labels_is_no_wildcard_match) {
    const auto fallback = site("default", {});
    const SiteMatcher matcher({fallback, site("leading", {"*.com"}), site("trailing", {"a.*"})}, fallback);
    std::string labels;
    for (int i = 0; i < 4000; ++i) labels += "a.";
    EXPECT_EQ(chosen(matcher, labels + "com"), "leading") << "short endings are still found";
    EXPECT_EQ(chosen(matcher, labels + "org"), "trailing");
    EXPECT_EQ(chosen(matcher, "b." + labels + "org"), "default");
}

TEST(site_matcher, ten_thousand_names_are_told_apart) {
    std::vector<std::shared_ptr<const Site>> sites;
    for (int i = 0; i < 10'000; ++i) {
        const auto name = "host" + std::to_string(i) + ".example.org";
        sites.push_back(site(name, {name}));
    }
    const SiteMatcher matcher(sites, sites[0]);
    EXPECT_EQ(chosen(matcher, "host9999.example.org"), "host9999.example.org");
    EXPECT_EQ(chosen(matcher, "host1.example.org"), "host1.example.org");
    EXPECT_EQ(chosen(matcher, "host10000.example.org"), "host0.example.org");
}

class Steps : public Recorder {
public:
    void step(std::string_view what, const Origin&) override { all.emplace_back(what); }
    std::vector<std::string> all;
};

TEST(site_matcher, tells_a_recorder_how_it_was_chosen) {
    const auto a = site("a", {"a.org"});
    const SiteMatcher matcher({a}, a);
    Steps steps;
    Captures captures;
    const Regex* regex = nullptr;
    EXPECT_EQ(&matcher.match("a.org", captures, regex, &steps), a.get());
    EXPECT_EQ(&matcher.match("b.org", captures, regex, &steps), a.get());
    EXPECT_EQ(steps.all,
              (std::vector<std::string>{"site \"a\": exact name", "site \"a\": default, no name matches"}));
}

}   // namespace
}   // namespace gatehouse::model
