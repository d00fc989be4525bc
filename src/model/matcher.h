#pragma once
// Request → route. A Matcher is compiled for its shape and never scans all routes: LocationMatcher is nginx's
// (exact, longest prefix, ordered regexes, nested); Traefik's rules will be another. A Recorder, when given,
// is told each step (`explain`).

#include "base/text.h"
#include "model/prefix_tree.h"
#include "model/regex.h"
#include "model/route.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse::model {

class Recorder {
public:
    virtual ~Recorder() = default;
    virtual void step(std::string_view what, const Origin& origin) = 0;
};

struct Match {
    const Route* route = nullptr;     // never null after a match
    bool add_slash = false;           // the URI is a prefix location but for its final slash: redirect there
    const Regex* regex = nullptr;     // whose captures were taken
    const Regex* gave_up = nullptr;   // an expression that hit its limit: nothing was decided, answer 500
};

struct Location {
    enum class Kind : std::uint8_t { exact, prefix, prefix_no_regex, regex, named };
    Kind kind = Kind::prefix;
    std::string text;   // path, or "@name" with the @
    std::shared_ptr<const Regex> regex;
    std::shared_ptr<const Route> route;
    std::vector<Location> children;   // nested locations
};

class LocationMatcher {
public:
    // `fallback`: the site's own level, when no location matches. Order of `locations` is the order written.
    LocationMatcher(std::vector<Location> locations, std::shared_ptr<const Route> fallback);

    // uri: normalized path. Captures are overwritten when a regex location wins.
    [[nodiscard]] Match match(std::string_view uri, Captures& captures, Recorder* recorder = nullptr) const;
    [[nodiscard]] const Route* named(std::string_view name) const;   // "@name"; null: none
    [[nodiscard]] const Route& fallback() const { return *fallback_; }

    // One level's locations in the order they count: exact and prefix ones by text, expressions as written,
    // named ones.
    struct Listed {
        Location::Kind kind = Location::Kind::prefix;
        std::string_view text;
        const Route* route = nullptr;
        const LocationMatcher* nested = nullptr;   // null: no nested locations
    };
    [[nodiscard]] std::vector<Listed> list() const;

private:
    // Literal locations of one nesting level, sorted.
    // "/x" has an entry also when only a "/x/" that redirects without its slash exists.
    struct Entry {
        std::string text;
        std::shared_ptr<const Route> exact, prefix;
        std::shared_ptr<const Route> with_slash;   // the route of text + "/", when it redirects
        bool no_regex = false;
        std::unique_ptr<const LocationMatcher> nested;   // of the prefix location
    };
    struct RegexEntry {
        std::shared_ptr<const Regex> regex;
        std::shared_ptr<const Route> route;
        std::unique_ptr<const LocationMatcher> nested;
    };
    struct Found {
        Match match;
        bool is_final = false;
    };
    [[nodiscard]] Found find(std::string_view uri, Captures& captures, Recorder* recorder) const;
    [[nodiscard]] Found find_regex(Found otherwise, std::string_view uri, Captures& captures,
                                   Recorder* recorder) const;
    [[nodiscard]] const Entry* find_literal(std::string_view uri) const;
    void collect_named(const std::vector<Location>& locations);
    void add_literal(std::map<std::string, Entry>& entries, Location location);
    void sort_entries(std::map<std::string, Entry> entries);

    std::vector<Entry> entries_;
    PrefixTree tree_;   // of entries_
    std::vector<RegexEntry> regexes_;
    std::unordered_map<std::string, std::shared_ptr<const Route>, TextHash, std::equal_to<>> named_;
    std::shared_ptr<const Route> fallback_;
};

}   // namespace gatehouse::model
