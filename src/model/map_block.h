#pragma once
// nginx's `map`: a variable whose value follows from another value, by exact text, host-name wildcard or
// regex, in that order; and else the default. Compiled once, immutable, shared by workers. Values may hold
// variables themselves.

#include "base/text.h"
#include "model/origin.h"
#include "model/regex.h"
#include "model/template.h"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace gatehouse::model {

class MapBlock {
public:
    struct RegexEntry {
        std::shared_ptr<const Regex> regex;
        Template value;
    };
    std::string name;   // of the variable, without $
    Origin origin;
    Template subject;
    bool hostnames =
        false;   // "*.example.com" and "mail.*" entries are wildcards, and ".example.com" is both
    bool is_volatile = false;
    std::unordered_map<std::string, Template, CaseInsensitiveHash, CaseInsensitiveEqual> exact;
    std::unordered_map<std::string, Template, CaseInsensitiveHash, CaseInsensitiveEqual>
        leading;   // "example.com" of "*.example.com"
    std::unordered_map<std::string, Template, CaseInsensitiveHash, CaseInsensitiveEqual>
        trailing;   // "mail" of "mail.*"
    std::vector<RegexEntry> regexes;
    Template fallback;   // default

    // `captures` is overwritten when a regex entry matches. Never null.
    [[nodiscard]] const Template& find(std::string_view value, Captures& captures,
                                       const RegexEntry*& matched_regex) const;
};

}   // namespace gatehouse::model
