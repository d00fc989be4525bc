#include "model/charset_map.h"

#include "base/text.h"

namespace gatehouse::model {
namespace {

constexpr unsigned ascii_end = 0x80;
constexpr std::string_view unknown = "?";

unsigned byte_of(char c) { return static_cast<unsigned char>(c); }

// How long a sequence is, by its first byte; 0: none begins so.
std::size_t length_of_sequence(char first) {
    const unsigned byte = byte_of(first);
    if (byte < ascii_end) return 1;
    if (byte >= 0xc2 && byte < 0xe0) return 2;
    if (byte >= 0xe0 && byte < 0xf0) return 3;
    return byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
}

bool continues(char c) { return (byte_of(c) & 0xc0U) == 0x80; }

}   // namespace

CharsetTable CharsetTable::make(std::string_view from, std::string_view to, Kind kind) {
    CharsetTable table;
    table.from = lower(from);
    table.to = lower(to);
    table.kind = kind;
    for (unsigned byte = 0; byte < table.characters.size(); ++byte) {
        table.characters[byte] =
            byte < ascii_end ? std::string(1, static_cast<char>(byte)) : std::string(unknown);
        if (byte < ascii_end) table.of_code_point.emplace(byte, static_cast<char>(byte));
    }
    return table;
}

const CharsetTable* find_charset_table(const std::vector<CharsetMap>& maps, std::string_view from,
                                       std::string_view to) {
    for (const auto& map : maps) {
        for (const auto* table : {&map.forth, &map.back}) {
            if (equals_ignoring_case(table->from, from) && equals_ignoring_case(table->to, to)) return table;
        }
    }
    return nullptr;
}

char32_t decode_utf8(std::string_view sequence) {
    if (sequence.empty() || length_of_sequence(sequence.front()) != sequence.size()) return no_code_point;
    constexpr unsigned first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};   // less would be an overlong form
    char32_t code = byte_of(sequence.front()) & first_bits[sequence.size()];
    for (const char c : sequence.substr(1)) {
        if (!continues(c)) return no_code_point;
        code = (code << 6U) | (byte_of(c) & 0x3fU);
    }
    const bool is_surrogate = code >= 0xd800 && code < 0xe000;
    return code < least[sequence.size()] || is_surrogate || code > 0x10ffff ? no_code_point : code;
}

void Recoder::add(std::string_view piece, std::string& out) {
    if (table_.kind == CharsetTable::Kind::from_utf8) {
        add_utf8(piece, out);
        return;
    }
    for (const char c : piece) out += table_.characters[byte_of(c)];
}

// A code point that the other charset lacks becomes what HTML writes for it, as in nginx.
void Recoder::end_sequence(std::string& out) {
    const char32_t code = decode_utf8(begun_);
    begun_.clear();
    if (code == no_code_point) {
        out += unknown;
    } else if (const auto known = table_.of_code_point.find(code); known != table_.of_code_point.end()) {
        out += known->second;
    } else {
        out += "&#" + std::to_string(static_cast<std::uint32_t>(code)) + ";";
    }
}

void Recoder::add_utf8(std::string_view piece, std::string& out) {
    for (const char c : piece) {
        if (!begun_.empty() && !continues(c)) end_sequence(out);   // cut short
        begun_ += c;
        if (begun_.size() >= length_of_sequence(begun_.front())) end_sequence(out);
    }
}

void Recoder::finish(std::string& out) {
    if (!begun_.empty()) end_sequence(out);
}

}   // namespace gatehouse::model
