#pragma once
// What every text that a regular expression matches must contain, read off the expression itself: so that of
// thousands of expressions only those are tried whose own text is there. It reads the syntax of RE2 and, as
// far as that is the same, of Go. It may know less than there is to know, never more.

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::model {

struct RequiredText {
    std::string prefix;               // a match can only be in a text that begins with it; "": with anything
    std::vector<std::string> parts;   // each of them is somewhere in it; the prefix is among them
    bool ignores_case = false;        // all of these are in lower case, and hold for lower-case texts alone
};

// `pattern` must have been compiled: of an invalid one anything may be said.
[[nodiscard]] RequiredText required_text_of(std::string_view pattern);

}   // namespace gatehouse::model
