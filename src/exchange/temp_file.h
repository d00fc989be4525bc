#pragma once
// Temporary files for bodies too large for memory: made in a configured directory, unlinked at once unless
// they are to be seen, so that nothing is left behind whatever happens.

#include "base/result.h"

#include <string>
#include <string_view>

namespace gatehouse::exchange {

struct TempFile {
    int fd = -1;
    std::string path;   // where it was made; gone already unless kept
};
// directory "": the system's temporary directory.
[[nodiscard]] Result<TempFile> make_temp_file(std::string_view directory, bool keep_visible);

// Writes all of `text` at the file's end.
[[nodiscard]] Result<> append_to_file(int fd, std::string_view text);

}   // namespace gatehouse::exchange
