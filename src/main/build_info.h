#pragma once
// What the program says about itself: the help page, and the version lines of -v and -V in the words that
// tools written for nginx look for. Which nginx modules have a counterpart here is one table; -V is made from
// it, and says `--without-` for what is missing, so that such tools leave it alone. Pure text.

#include <string>

namespace gatehouse::process {

[[nodiscard]] std::string version_text();   // one line
[[nodiscard]] std::string build_text();     // version, compiler, configure arguments
[[nodiscard]] std::string help_text();

}   // namespace gatehouse::process
