#include "model/name_matcher.h"

#include <utility>

#include "model/site.h"
#include "model/tcp_site.h"
#include "model/wildcard_names.h"

namespace gatehouse::model {
namespace {

template <class AnySite>
void tell(Recorder* recorder, std::string_view how, const AnySite& site) {
    if (recorder == nullptr) return;
    std::string text = "site \"" + site.name + "\": ";
    text.append(how);
    recorder->step(text, site.origin);
}

}   // namespace

std::string SiteName::as_written() const {
    switch (kind) {
        case Kind::exact: return text;
        case Kind::leading_wildcard: return "*." + text;
        case Kind::trailing_wildcard: return text + ".*";
        case Kind::regex: return "~" + regex->pattern();
    }
    return text;
}

template <class AnySite>
NameMatcher<AnySite>::NameMatcher(const std::vector<std::shared_ptr<const AnySite>>& sites,
                                  std::shared_ptr<const AnySite> default_site)
    : sites_(sites), default_site_(std::move(default_site)) {
    for (const auto& site : sites_) {
        for (const auto& name : site->names) add(name, *site);
    }
}

template <class AnySite>
void NameMatcher<AnySite>::add(const SiteName& name, const AnySite& site) {
    const auto add_to = [&](Names& names) {
        if (!names.try_emplace(name.text, &site).second) conflicts_.push_back({name.as_written(), &site});
    };
    switch (name.kind) {
        case SiteName::Kind::exact: return add_to(exact_);
        case SiteName::Kind::leading_wildcard: return add_to(leading_);
        case SiteName::Kind::trailing_wildcard: return add_to(trailing_);
        case SiteName::Kind::regex: regexes_.emplace_back(name.regex, &site); return;
    }
}

template <class AnySite>
const AnySite* NameMatcher<AnySite>::find(std::string_view host, Captures& captures, const Regex*& regex,
                                          Recorder* recorder) const {
    regex = nullptr;
    const auto take = [&](std::string_view how, const AnySite& site) {
        tell(recorder, how, site);
        return &site;
    };
    if (const auto found = exact_.find(host); found != exact_.end())
        return take("exact name", *found->second);
    // nginx: a missing Host is tried against exact names alone
    if (host.empty()) return nullptr;
    if (const auto* found = find_leading_wildcard(leading_, host))
        return take("longest leading wildcard", **found);
    if (const auto* found = find_trailing_wildcard(trailing_, host))
        return take("longest trailing wildcard", **found);
    for (const auto& [expression, site] : regexes_) {
        switch (expression->match(host, captures)) {
            case Regex::Outcome::no_match: break;
            case Regex::Outcome::match:
                regex = expression.get();
                return take("first regex that matches", *site);
            case Regex::Outcome::gave_up:
                return take("default, a regex needs too many steps", *default_site_);
        }
    }
    return nullptr;
}

template <class AnySite>
const AnySite& NameMatcher<AnySite>::match(std::string_view host, Captures& captures, const Regex*& regex,
                                           Recorder* recorder) const {
    if (const auto* found = find(host, captures, regex, recorder)) return *found;
    tell(recorder, host.empty() ? "default, no host was given" : "default, no name matches", *default_site_);
    return *default_site_;
}

template class NameMatcher<Site>;
template class NameMatcher<TcpSite>;

}   // namespace gatehouse::model
