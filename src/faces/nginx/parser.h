#pragma once
// Text to tree: reads a configuration file and what it includes, and builds the directives with their blocks.
// It knows the grammar and `include` (globs, nesting, cycles, files that fall back to built-in ones), and no
// other directive. Mistakes become diagnostics; a file with a syntax error is read up to it. All limits are
// named here.

#include <cstddef>
#include <string>

#include "faces/nginx/diagnostic.h"
#include "faces/nginx/tree.h"

namespace gatehouse::nginx {

struct ParseLimits {
    static constexpr std::size_t max_block_depth = 64;
    static constexpr std::size_t max_include_depth = 32;
    static constexpr std::size_t max_arguments = 20'000;   // of one directive
    static constexpr std::size_t max_total_bytes =
        64 * 1024 * 1024;                              // a file counts each time it is included
    static constexpr std::size_t max_files = 20'000;   // so does it here
};

struct ParseOptions {
    std::string
        directory{};   // what relative includes are relative to, ends in "/"; empty: the folder of the file
    std::string command_line_directives{};   // -g
};

// What relative paths of a configuration are relative to, but for those that stand below the prefix: ends in
// "/", or empty.
[[nodiscard]] std::string directory_of(const std::string& path, const ParseOptions& options);

[[nodiscard]] Document parse(FileSource& files, const std::string& path, const ParseOptions& options,
                             Diagnostics& diagnostics);

}   // namespace gatehouse::nginx
