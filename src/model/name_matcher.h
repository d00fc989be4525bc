#pragma once
// Which of a listener's sites a name leads to: exact, longest leading wildcard, longest trailing wildcard,
// first regex, default (nginx's order). The same for sites of HTTP, by Host, and for those that pass bytes
// on, by the name of a TLS hello.

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/text.h"
#include "model/origin.h"
#include "model/regex.h"

namespace gatehouse::model {

class Recorder;
struct Site;
struct TcpSite;

struct SiteName {
    enum class Kind : std::uint8_t { exact, leading_wildcard, trailing_wildcard, regex };
    Kind kind = Kind::exact;
    std::string text;   // exact: lower-case name ("" matches a missing Host); leading: "example.com" of
                        // "*.example.com"; trailing: "mail" of "mail.*". ".example.com" is given as both
                        // exact and leading
    std::shared_ptr<const Regex> regex;
    [[nodiscard]] std::string as_written() const;   // "example.com", "*.example.com", "mail.*", "~^www\d+"
};

template <class AnySite>
class NameMatcher {
public:
    struct Conflict {
        std::string name;
        const AnySite* ignored;
    };
    NameMatcher() = default;   // of no sites: nothing may be asked of it
    // Sites in the order written; `default_site` one of them. A name given twice goes to the first site.
    NameMatcher(const std::vector<std::shared_ptr<const AnySite>>& sites,
                std::shared_ptr<const AnySite> default_site);

    // host: lower-case, without port or trailing dot; "" when absent. Null: no site has that name.
    [[nodiscard]] const AnySite* find(std::string_view host, Captures& captures, const Regex*& regex,
                                      Recorder* recorder = nullptr) const;
    // The same, or else the default site.
    [[nodiscard]] const AnySite& match(std::string_view host, Captures& captures, const Regex*& regex,
                                       Recorder* recorder = nullptr) const;
    [[nodiscard]] const AnySite& default_site() const { return *default_site_; }
    [[nodiscard]] const std::vector<Conflict>& conflicts() const { return conflicts_; }

private:
    using Names = std::unordered_map<std::string, const AnySite*, TextHash, std::equal_to<>>;
    void add(const SiteName& name, const AnySite& site);

    std::vector<std::shared_ptr<const AnySite>> sites_;
    std::shared_ptr<const AnySite> default_site_;
    Names exact_, leading_, trailing_;
    std::vector<std::pair<std::shared_ptr<const Regex>, const AnySite*>> regexes_;
    std::vector<Conflict> conflicts_;
};

using SiteMatcher = NameMatcher<Site>;
using TcpSiteMatcher = NameMatcher<TcpSite>;

}   // namespace gatehouse::model
