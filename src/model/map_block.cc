#include "model/map_block.h"

#include "model/wildcard_names.h"

namespace gatehouse::model {

const Template& MapBlock::find(std::string_view value, Captures& captures,
                               const RegexEntry*& matched_regex) const {
    matched_regex = nullptr;
    // nginx: with `hostnames`, a fully qualified name's final dot does not count
    if (hostnames && value.ends_with('.')) value.remove_suffix(1);
    if (const auto found = exact.find(value); found != exact.end()) return found->second;
    if (value.empty()) return fallback;   // nginx: neither wildcards nor expressions see an empty value
    if (const auto* found = find_leading_wildcard(leading, value)) return *found;
    if (const auto* found = find_trailing_wildcard(trailing, value)) return *found;
    for (const auto& entry : regexes) {
        switch (entry.regex->match(value, captures)) {
            case Regex::Outcome::match: matched_regex = &entry; return entry.value;
            case Regex::Outcome::gave_up: return fallback;   // as nginx
            case Regex::Outcome::no_match: break;
        }
    }
    return fallback;
}

}   // namespace gatehouse::model
