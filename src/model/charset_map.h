#pragma once
// Texts from one charset into another (nginx: charset_map): single bytes into single bytes, into UTF-8, or
// from UTF-8. Pure; tables are immutable once compiled, a Recoder is one text's own.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse::model {

struct CharsetTable {
    enum class Kind : std::uint8_t { bytes, to_utf8, from_utf8 };
    std::string from, to;   // names in lower case
    Kind kind = Kind::bytes;
    std::array<std::string, 256> characters;            // of bytes and to_utf8: what each byte becomes
    std::unordered_map<char32_t, char> of_code_point;   // of from_utf8
    [[nodiscard]] bool keeps_length() const { return kind == Kind::bytes; }

    // ASCII stays, everything else is a question mark until the map says more.
    static CharsetTable make(std::string_view from, std::string_view to, Kind kind);
};

// One `charset_map`, both ways.
struct CharsetMap {
    CharsetTable forth, back;
};

// Null: there is no way. Names in any case.
[[nodiscard]] const CharsetTable* find_charset_table(const std::vector<CharsetMap>& maps,
                                                     std::string_view from, std::string_view to);

// The code point of one UTF-8 sequence that is all of `sequence` (RFC 3629); no_code_point if it is none.
inline constexpr char32_t no_code_point = 0xffffffff;
[[nodiscard]] char32_t decode_utf8(std::string_view sequence);

class Recoder {
public:
    explicit Recoder(const CharsetTable& table) : table_(table) {}
    // Appends the text of `piece` to `out`; a UTF-8 sequence whose end is missing waits for the next piece.
    void add(std::string_view piece, std::string& out);
    void finish(std::string& out);   // nothing follows
    [[nodiscard]] bool is_between_characters() const { return begun_.empty(); }

private:
    void add_utf8(std::string_view piece, std::string& out);
    void end_sequence(std::string& out);

    const CharsetTable& table_;
    std::string begun_;   // of a UTF-8 sequence: the bytes so far
};

}   // namespace gatehouse::model
