#include "model/matcher.h"

#include <algorithm>
#include <utility>

namespace gatehouse::model {
namespace {

std::unique_ptr<const LocationMatcher> nested_in(Location& location) {
    if (location.children.empty()) return nullptr;
    return std::make_unique<const LocationMatcher>(std::move(location.children), location.route);
}

void tell(Recorder* recorder, std::string_view kind, const Route& route, std::string_view outcome) {
    if (recorder == nullptr) return;
    std::string text(kind);
    text.append(" \"").append(route.name).append("\": ").append(outcome);
    recorder->step(text, route.origin);
}

}   // namespace

LocationMatcher::LocationMatcher(std::vector<Location> locations, std::shared_ptr<const Route> fallback)
    : fallback_(std::move(fallback)) {
    collect_named(locations);
    std::map<std::string, Entry> literals;
    for (auto& location : locations) {
        switch (location.kind) {
            case Location::Kind::exact:
            case Location::Kind::prefix:
            case Location::Kind::prefix_no_regex: add_literal(literals, std::move(location)); break;
            case Location::Kind::regex: {
                auto nested = nested_in(location);
                regexes_.push_back({std::move(location.regex), std::move(location.route), std::move(nested)});
                break;
            }
            case Location::Kind::named: break;
        }
    }
    sort_entries(std::move(literals));
}

void LocationMatcher::collect_named(const std::vector<Location>& locations) {
    for (const auto& location : locations) {
        if (location.kind == Location::Kind::named) named_.try_emplace(location.text, location.route);
        collect_named(location.children);
    }
}

void LocationMatcher::add_literal(std::map<std::string, Entry>& entries, Location location) {
    auto& entry = entries[location.text];
    if (location.kind == Location::Kind::exact) {
        if (!entry.exact) entry.exact = std::move(location.route);
    } else if (!entry.prefix) {
        entry.nested = nested_in(location);
        entry.no_regex = location.kind == Location::Kind::prefix_no_regex;
        entry.prefix = std::move(location.route);
    }
}

void LocationMatcher::sort_entries(std::map<std::string, Entry> entries) {
    std::vector<std::pair<std::string, std::shared_ptr<const Route>>> redirects;
    for (const auto& [text, entry] : entries) {
        const bool redirects_here = (entry.exact && entry.exact->redirect_without_slash) ||
                                    (entry.prefix && entry.prefix->redirect_without_slash);
        if (!redirects_here || text.size() < 2 || !text.ends_with('/')) continue;
        redirects.emplace_back(text.substr(0, text.size() - 1), entry.exact ? entry.exact : entry.prefix);
    }
    for (auto& [text, route] : redirects) entries[text].with_slash = std::move(route);

    entries_.reserve(entries.size());
    while (!entries.empty()) {
        auto node = entries.extract(entries.begin());
        entries_.push_back(std::move(node.mapped()));
        entries_.back().text = std::move(node.key());
    }
    std::vector<PrefixTree::Text> texts;
    texts.reserve(entries_.size());
    for (const auto& entry : entries_) texts.push_back({entry.text, entry.prefix != nullptr});
    tree_ = PrefixTree(texts);
}

// The entry of this very text, or else the longest prefix entry.
const LocationMatcher::Entry* LocationMatcher::find_literal(std::string_view uri) const {
    const auto found = tree_.find(uri);
    return found ? &entries_[*found] : nullptr;
}

Match LocationMatcher::match(std::string_view uri, Captures& captures, Recorder* recorder) const {
    return find(uri, captures, recorder).match;
}

LocationMatcher::Found LocationMatcher::find(std::string_view uri, Captures& captures,
                                             Recorder* recorder) const {
    Found found{{.route = fallback_.get()}};
    const Entry* entry = find_literal(uri);
    if (entry == nullptr) {
        if (recorder != nullptr) recorder->step("no prefix location matches", fallback_->origin);
        return find_regex(found, uri, captures, recorder);
    }
    if (entry->exact && entry->text.size() == uri.size()) {
        tell(recorder, "exact location", *entry->exact, "matches");
        return {{.route = entry->exact.get()}, true};
    }
    if (!entry->prefix) {
        // nginx: before any nested or regex location, and not when there is a location "/x" of either kind
        tell(recorder, "location", *entry->with_slash, "matches but for the final slash");
        return {{.route = entry->with_slash.get(), .add_slash = true}, true};
    }
    tell(recorder, "prefix location", *entry->prefix, "is the longest that matches");
    found.match.route = entry->prefix.get();
    if (entry->nested) found = entry->nested->find(uri, captures, recorder);
    if (found.is_final || entry->no_regex) return found;
    return find_regex(found, uri, captures, recorder);
}

LocationMatcher::Found LocationMatcher::find_regex(Found otherwise, std::string_view uri, Captures& captures,
                                                   Recorder* recorder) const {
    for (const auto& entry : regexes_) {
        switch (entry.regex->match(uri, captures)) {
            case Regex::Outcome::no_match:
                tell(recorder, "regex location", *entry.route, "does not match");
                continue;
            case Regex::Outcome::gave_up:
                tell(recorder, "regex location", *entry.route, "needs too many steps");
                return {{.route = entry.route.get(), .gave_up = entry.regex.get()}, true};
            case Regex::Outcome::match: break;
        }
        tell(recorder, "regex location", *entry.route, "matches");
        Found found{{.route = entry.route.get(), .regex = entry.regex.get()}, true};
        if (!entry.nested) return found;
        found = entry.nested->find(uri, captures, recorder);
        if (found.match.regex == nullptr) found.match.regex = entry.regex.get();
        found.is_final = true;
        return found;
    }
    return otherwise;
}

const Route* LocationMatcher::named(std::string_view name) const {
    const auto found = named_.find(name);
    return found == named_.end() ? nullptr : found->second.get();
}

std::vector<LocationMatcher::Listed> LocationMatcher::list() const {
    using Kind = Location::Kind;
    std::vector<Listed> all;
    for (const auto& entry : entries_) {
        if (entry.exact) all.push_back({Kind::exact, entry.text, entry.exact.get(), nullptr});
        if (!entry.prefix) continue;
        const auto kind = entry.no_regex ? Kind::prefix_no_regex : Kind::prefix;
        all.push_back({kind, entry.text, entry.prefix.get(), entry.nested.get()});
    }
    for (const auto& entry : regexes_) {
        all.push_back({Kind::regex, entry.regex->pattern(), entry.route.get(), entry.nested.get()});
    }
    const auto first_named = static_cast<std::ptrdiff_t>(all.size());
    for (const auto& [name, route] : named_) all.push_back({Kind::named, name, route.get(), nullptr});
    std::ranges::sort(all.begin() + first_named, all.end(), {}, &Listed::text);
    return all;
}

}   // namespace gatehouse::model
