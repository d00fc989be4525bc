#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "tests/unit/model/locations.h"

namespace gatehouse::model {
namespace {

// What a location tree means, written down as plainly as it can be: every location of a level is looked at.
struct Reference {
    struct Level {
        std::vector<Location> locations;
        const Route* fallback = nullptr;
    };
    struct Found {
        const Route* route = nullptr;
        bool add_slash = false;
        bool is_final = false;
    };

    static const Location* find(const Level& level, std::string_view uri, bool exact) {
        for (const auto& location : level.locations) {
            const bool is_exact = location.kind == Location::Kind::exact;
            const bool is_literal = is_exact || location.kind == Location::Kind::prefix ||
                                    location.kind == Location::Kind::prefix_no_regex;
            if (is_literal && is_exact == exact && location.text == uri) return &location;
        }
        return nullptr;
    }

    static Found match(const Level& level, std::string_view uri) {
        if (const auto* exact = find(level, uri, true)) return {exact->route.get(), false, true};
        const std::string with_slash = std::string(uri) + "/";
        const auto* exact_with = find(level, with_slash, true);
        const auto* prefix_with = find(level, with_slash, false);
        const bool redirects = (exact_with != nullptr && exact_with->route->redirect_without_slash) ||
                               (prefix_with != nullptr && prefix_with->route->redirect_without_slash);
        if (redirects && !uri.empty() && find(level, uri, false) == nullptr) {
            return {(exact_with != nullptr ? exact_with : prefix_with)->route.get(), true, true};
        }

        const Location* longest = nullptr;
        for (std::size_t bytes = 0; bytes <= uri.size(); ++bytes) {
            if (const auto* prefix = find(level, uri.substr(0, bytes), false)) longest = prefix;
        }
        Found found{level.fallback};
        if (longest != nullptr) {
            found = match({longest->children, longest->route.get()}, uri);
            if (found.is_final || longest->kind == Location::Kind::prefix_no_regex) return found;
        }
        for (const auto& location : level.locations) {
            Captures captures;
            if (location.kind != Location::Kind::regex) continue;
            if (location.regex->match(uri, captures) != Regex::Outcome::match) continue;
            found = match({location.children, location.route.get()}, uri);
            found.is_final = true;
            return found;
        }
        return found;
    }
};

std::string path() {
    const auto letters = *rc::gen::container<std::string>(
        rc::gen::weightedElement<char>({{4, 'a'}, {3, '/'}, {2, 'b'}, {1, '-'}}));
    return "/" + letters.substr(0, 7);
}

std::vector<Location> tree(int depth) {
    std::vector<Location> all;
    std::set<std::string> taken;   // nginx refuses duplicates
    const int count = *rc::gen::inRange(0, depth == 0 ? 12 : 4);
    for (int i = 0; i < count; ++i) {
        const std::string written = *rc::gen::element<std::string>("= ", "^~ ", "", "", "", "~ ") + path() +
                                    *rc::gen::element<std::string>("", "", "/ >");
        const bool is_exact = written.starts_with("= ");
        const bool is_regex = written.starts_with("~ ");
        std::vector<Location> children;
        if (!is_exact && depth < 2 && *rc::gen::inRange(0, 3) == 0) children = tree(depth + 1);
        auto made = location(written, std::move(children));
        if (!is_regex && !taken.insert((is_exact ? "=" : "") + made.text).second) continue;
        all.push_back(std::move(made));
    }
    return all;
}

RC_GTEST_PROP(location_matcher, agrees_with_looking_at_every_location, ()) {
    const auto site = route("site");
    const Reference::Level level{tree(0), site.get()};
    const LocationMatcher matcher(level.locations, site);
    for (int i = 0; i < 30; ++i) {
        const auto uri = path();
        Captures captures;
        const auto match = matcher.match(uri, captures);
        const auto expected = Reference::match(level, uri);
        if (match.route != expected.route || match.add_slash != expected.add_slash) {
            RC_FAIL("\"" + uri + "\" went to \"" + match.route->name + "\", not \"" + expected.route->name +
                    "\"");
        }
    }
}

TEST(location_matcher, thousands_of_locations_in_line_are_walked_right) {
    std::vector<Location> locations;
    std::string text;
    for (int i = 0; i < 3000; ++i) locations.push_back(location(text += i % 2 == 0 ? "/" : "a"));
    const LocationMatcher matcher(std::move(locations), route("site"));
    Captures captures;
    EXPECT_EQ(matcher.match(text + "b", captures).route->name, text);
    EXPECT_EQ(matcher.match("/a/ab", captures).route->name, "/a/a");
    EXPECT_EQ(matcher.match("/a0", captures).route->name, "/a");
}

TEST(location_matcher, ten_thousand_locations_are_told_apart) {
    std::vector<Location> locations;
    for (int i = 0; i < 10'000; ++i) locations.push_back(location("/l" + std::to_string(i) + "/"));
    const LocationMatcher matcher(std::move(locations), route("site"));
    Captures captures;
    for (int i = 0; i < 10'000; i += 7) {
        const auto prefix = "/l" + std::to_string(i) + "/";
        EXPECT_EQ(matcher.match(prefix + "x", captures).route->name, prefix);
        EXPECT_EQ(matcher.match(prefix.substr(0, prefix.size() - 1), captures).route->name, "site");
    }
}

}   // namespace
}   // namespace gatehouse::model
