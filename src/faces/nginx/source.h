#pragma once
// Where configuration text comes from and where in it something stands. A FileSource hands out the text of
// files by path, so that the whole face runs from memory in tests; Sources keeps every text that was read, in
// order, for diagnostics and for the -T dump. Positions are small and refer to a Sources by index; they mean
// nothing without it.

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gatehouse::nginx {

// One place in a text that was read. Lines and columns count from 1; a column is a byte offset. Line 0: no
// place at all.
struct Position {
    std::uint32_t file = 0;   // index into Sources
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    friend bool operator==(const Position&, const Position&) = default;
};

enum class SourceKind : std::uint8_t {
    file,           // read through the FileSource
    built_in,       // a fall-back carried by the program
    command_line,   // -g
};

struct Source {
    std::string path;   // as opened
    std::string text;
    SourceKind kind = SourceKind::file;
};

class Sources {
public:
    // The index of `source`; the same path read again keeps its first index.
    std::uint32_t add(Source source);
    [[nodiscard]] const Source& at(std::uint32_t index) const { return sources_.at(index); }
    [[nodiscard]] std::size_t size() const { return sources_.size(); }
    [[nodiscard]] std::string_view line(
        const Position& position) const;   // without its line end; empty when unknown
    [[nodiscard]] std::string describe(const Position& position) const;   // path:line:column
    // What -T prints: each file once, in order of first inclusion, under its "# configuration file PATH:"
    // line.
    [[nodiscard]] std::string dump() const;

private:
    std::deque<Source> sources_;   // never moved: lexers look into the texts while others are added
    std::map<std::string, std::uint32_t, std::less<>> index_by_path_;
};

// Names of what is on no disk, for sources that know them: the text that `gatehouse serve` stands for, and a
// certificate with its key, made for the names behind the prefix, which commas part.
inline constexpr std::string_view served_name = "gatehouse serve";
inline constexpr std::string_view self_signed_prefix = "self-signed:";

class FileSource {
public:
    virtual ~FileSource() = default;
    [[nodiscard]] virtual Result<std::string> read(const std::string& path) = 0;
    // The existing paths that match, sorted; none is not an error.
    [[nodiscard]] virtual std::vector<std::string> glob(const std::string& pattern) = 0;
};

// "open() \"PATH\" failed (2: No such file or directory)", as nginx says it; without the path if that is
// empty.
[[nodiscard]] std::string why_unreadable(std::string_view path, const Error& error);

// The real file system. Files larger than max_file_bytes are refused as too_large.
class DiskFiles final : public FileSource {
public:
    static constexpr std::size_t max_file_bytes = 16 * 1024 * 1024;
    [[nodiscard]] Result<std::string> read(const std::string& path) override;
    [[nodiscard]] std::vector<std::string> glob(const std::string& pattern) override;
};

// Files that exist only here, for tests and fuzzing. Globs know `*`, `?` and `[…]` as glob(3) does.
class MemoryFiles final : public FileSource {
public:
    MemoryFiles() = default;
    explicit MemoryFiles(std::map<std::string, std::string> files) : files_(std::move(files)) {}
    void add(std::string path, std::string text) {
        files_.insert_or_assign(std::move(path), std::move(text));
    }
    [[nodiscard]] Result<std::string> read(const std::string& path) override;
    [[nodiscard]] std::vector<std::string> glob(const std::string& pattern) override;

private:
    std::map<std::string, std::string> files_;
};

}   // namespace gatehouse::nginx
