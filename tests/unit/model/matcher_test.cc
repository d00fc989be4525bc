#include <gtest/gtest.h>

#include "tests/unit/model/locations.h"

namespace gatehouse::model {
namespace {

// The name of the chosen route; "site" for the site's own level, "NAME (add slash)" for a redirect.
std::string chosen(const LocationMatcher& matcher, std::string_view uri) {
    Captures captures;
    const auto match = matcher.match(uri, captures);
    return match.route->name + (match.add_slash ? " (add slash)" : "");
}

class Tree {
public:
    template <class... Locations>
    explicit Tree(Locations&&... locations)
        : matcher_(list(std::forward<Locations>(locations)...), route("site")) {}

    Tree& expect(std::string_view uri, std::string_view expected) {
        EXPECT_EQ(chosen(matcher_, uri), expected) << uri;
        return *this;
    }
    [[nodiscard]] const LocationMatcher& matcher() const { return matcher_; }

private:
    template <class... Locations>
    static std::vector<Location> list(Locations&&... locations) {
        std::vector<Location> all;
        (all.push_back(std::forward<Locations>(locations)), ...);
        return all;
    }
    LocationMatcher matcher_;
};

TEST(location_matcher, without_locations_the_site_itself_answers) {
    Tree().expect("/", "site").expect("", "site");
}

TEST(location_matcher, the_documented_example_of_nginx) {
    Tree(location("= /"), location("/"), location("/documents/"), location("^~ /images/"),
         location("~* \\.(gif|jpg|jpeg)$"))
        .expect("/", "= /")
        .expect("/index.html", "/")
        .expect("/documents/document.html", "/documents/")
        .expect("/images/1.gif", "^~ /images/")
        .expect("/documents/1.jpg", "~* \\.(gif|jpg|jpeg)$")
        .expect("/documents/1.JPG", "~* \\.(gif|jpg|jpeg)$");
}

TEST(location_matcher, the_longest_prefix_wins_in_any_order) {
    Tree(location("/a/b"), location("/"), location("/a/b/c"), location("/a"))
        .expect("/a/b/c/d", "/a/b/c")
        .expect("/a/b/d", "/a/b")
        .expect("/a/bc", "/a/b")
        .expect("/a/", "/a")
        .expect("/ab", "/a")
        .expect("/b", "/");
}

TEST(location_matcher, a_prefix_that_is_not_one_does_not_count) {
    Tree(location("/app/"), location("/apple"), location("/app/x"))
        .expect("/app", "site")
        .expect("/apples", "/apple")
        .expect("/app/y", "/app/")
        .expect("/appl", "site")
        .expect("/zzz", "site")
        .expect("/", "site");
}

TEST(location_matcher, case_counts) {
    Tree(location("/Path")).expect("/path", "site").expect("/Path", "/Path");
}

TEST(location_matcher, an_exact_location_wins_over_everything) {
    Tree(location("~ ."), location("^~ /x"), location("= /x"), location("/x"))
        .expect("/x", "= /x")
        .expect("/xy", "^~ /x");
}

TEST(location_matcher, an_exact_location_is_no_prefix) {
    Tree(location("/"), location("= /a/b"), location("/a"))
        .expect("/a/b", "= /a/b")
        .expect("/a/b/", "/a")
        .expect("/a/bc", "/a");
}

TEST(location_matcher, regexes_are_tried_in_the_order_written_and_the_first_wins) {
    Tree(location("/"), location("~ \\.php$"), location("~ ^/admin"), location("~ p$"))
        .expect("/admin/x.php", "~ \\.php$")
        .expect("/admin/x", "~ ^/admin")
        .expect("/p", "~ p$")
        .expect("/x", "/");
}

TEST(location_matcher, no_regex_counts_only_for_the_prefix_that_was_chosen) {
    Tree(location("^~ /static/"), location("/static/app/"), location("~ \\.js$"))
        .expect("/static/x.js", "^~ /static/")
        .expect("/static/app/x.js", "~ \\.js$")
        .expect("/x.js", "~ \\.js$");
}

TEST(location_matcher, regexes_are_tried_also_where_no_prefix_matches) {
    Tree(location("/a"), location("~ \\.js$")).expect("/x.js", "~ \\.js$").expect("/x", "site");
}

TEST(location_matcher, nested_locations_refine_the_chosen_prefix) {
    Tree tree(location("/", {}),
              location("/app/", {location("/app/api/"), location("= /app/status"),
                                 location("~ \\.css$", {location("~ dark")})}),
              location("~ \\.(css|js)$"));
    tree.expect("/app/x", "/app/")
        .expect("/app/api/x", "/app/api/")
        .expect("/app/status", "= /app/status")
        .expect("/app/site.css", "~ \\.css$")
        .expect("/app/dark.css", "~ dark")
        .expect("/app/site.js", "~ \\.(css|js)$")
        .expect("/app/api/x.js", "~ \\.(css|js)$")
        .expect("/app/api/x.css", "~ \\.css$")
        .expect("/site.css", "~ \\.(css|js)$");
}

TEST(location_matcher, no_regex_on_the_outside_leaves_nested_regexes) {
    Tree(location("^~ /files/", {location("~ \\.php$"), location("/files/open/")}), location("~ \\.html$"))
        .expect("/files/x.php", "~ \\.php$")
        .expect("/files/x.html", "^~ /files/")
        .expect("/files/open/x.html", "/files/open/");
}

TEST(location_matcher, no_regex_on_the_inside_leaves_outer_regexes) {
    Tree(location("/a/", {location("^~ /a/b/"), location("~ \\.inner$")}), location("~ \\.(inner|outer)$"))
        .expect("/a/x.inner", "~ \\.inner$")
        .expect("/a/b/x.inner", "~ \\.(inner|outer)$")
        .expect("/a/b/x.outer", "~ \\.(inner|outer)$")
        .expect("/a/b/x", "^~ /a/b/");
}

TEST(location_matcher, adds_the_slash_a_forwarding_prefix_has) {
    Tree(location("/api/ >"), location("/files/"))
        .expect("/api", "/api/ (add slash)")
        .expect("/api/", "/api/")
        .expect("/api/x", "/api/")
        .expect("/apis", "site")
        .expect("/files", "site");
}

TEST(location_matcher, adds_no_slash_where_the_uri_has_a_location_of_its_own) {
    Tree(location("= /a"), location("/a/ >"), location("/b"), location("/b/ >"), location("/c/ >"),
         location("= /c/"))
        .expect("/a", "= /a")
        .expect("/b", "/b")
        .expect("/b/x", "/b/")
        .expect("/c", "= /c/ (add slash)")
        .expect("/c/", "= /c/");
}

TEST(location_matcher, adds_the_slash_before_any_regex_or_shorter_prefix) {
    Tree(location("^~ /"), location("~ ^/api"), location("/api/ >"), location("/api-v2"))
        .expect("/api", "/api/ (add slash)")
        .expect("/api/", "~ ^/api")
        .expect("/api-v2", "~ ^/api");
}

TEST(location_matcher, adds_the_slash_of_nested_locations_too) {
    Tree(location("/a", {location("/a/b/ >")}), location("~ \\.x$", {location("/c.x/ >"), location("/d.x")}))
        .expect("/a/b", "/a/b/ (add slash)")
        .expect("/a/b/", "/a/b/")
        .expect("/a/c", "/a");
}

TEST(location_matcher, the_root_never_redirects) {
    Tree(location("/ >")).expect("/", "/").expect("", "site");
}

TEST(location_matcher, captures_are_those_of_the_regex_that_won) {
    const Tree tree(location("/", {location("~ ^/v(\\d+)/(.*)$")}),
                    location("~ ^/u/(?<name>\\w+)", {location("~ (x+)$")}));
    Captures captures;
    auto match = tree.matcher().match("/v7/rest", captures);
    ASSERT_NE(match.regex, nullptr);
    EXPECT_EQ(captures.at(1), "7");
    EXPECT_EQ(captures.at(2), "rest");

    match = tree.matcher().match("/u/anna", captures);
    EXPECT_EQ(match.regex->pattern(), "^/u/(?<name>\\w+)");
    EXPECT_EQ(captures.at(1), "anna");

    match = tree.matcher().match("/u/anna/xx", captures);
    EXPECT_EQ(match.regex->pattern(), "(x+)$");
    EXPECT_EQ(captures.at(1), "xx");

    match = tree.matcher().match("/plain", captures);
    EXPECT_EQ(match.regex, nullptr);
    EXPECT_EQ(captures.at(1), "xx") << "left alone: a rewrite may have set them";
}

TEST(location_matcher, an_expression_that_gives_up_ends_the_search) {
    const Tree tree(location("~ ^/(?:a|aa)+(?:b|c)(?=x)"), location("~ b$"));
    Captures captures;
    const auto match = tree.matcher().match("/" + std::string(200, 'a') + "b", captures);
    ASSERT_NE(match.gave_up, nullptr);
    EXPECT_EQ(match.gave_up->pattern(), "^/(?:a|aa)+(?:b|c)(?=x)");
    EXPECT_NE(match.route, nullptr);
}

TEST(location_matcher, named_locations_are_found_by_name_alone) {
    const Tree tree(location("@fallback"), location("/"));
    ASSERT_NE(tree.matcher().named("@fallback"), nullptr);
    EXPECT_EQ(tree.matcher().named("@fallback")->name, "@fallback");
    EXPECT_EQ(tree.matcher().named("@other"), nullptr);
    EXPECT_EQ(chosen(tree.matcher(), "@fallback"), "site");
}

TEST(location_matcher, lists_its_locations_in_the_order_they_count) {
    const Tree tree(location("@z"), location("~ b"), location("/b"), location("@a"), location("~ a"),
                    location("/a/ >", {location("/a/x")}), location("= /b"));
    std::vector<std::string> names;
    for (const auto& listed : tree.matcher().list()) {
        names.push_back(listed.route->name + (listed.nested != nullptr ? " {}" : ""));
    }
    EXPECT_EQ(names, (std::vector<std::string>{"/a/ {}", "= /b", "/b", "~ b", "~ a", "@a", "@z"}));
}

class Steps : public Recorder {
public:
    void step(std::string_view what, const Origin& origin) override {
        all.push_back(std::string(what) + " at " + origin.describe());
    }
    std::vector<std::string> all;
};

TEST(location_matcher, tells_a_recorder_each_step) {
    auto php = location("~ \\.php$");
    auto with_origin = std::make_shared<Route>(*php.route);
    with_origin->origin = {std::make_shared<const std::string>("proxy.conf"), 12, 5};
    php.route = with_origin;
    const Tree tree(location("/app/"), location("~ \\.js$"), std::move(php));
    Steps steps;
    Captures captures;
    const auto match = tree.matcher().match("/app/x.php", captures, &steps);
    EXPECT_EQ(match.route->name, "~ \\.php$");
    EXPECT_EQ(steps.all, (std::vector<std::string>{
                             "prefix location \"/app/\": is the longest that matches at built in",
                             "regex location \"~ \\.js$\": does not match at built in",
                             "regex location \"~ \\.php$\": matches at proxy.conf:12:5",
                         }));
}

}   // namespace
}   // namespace gatehouse::model
