#include "admin/html_text.h"

#include "admin/utf8.h"

namespace gatehouse::admin {

std::string html(std::string_view text) {
    std::string escaped;
    escaped.reserve(text.size());
    for_each_character(text, [&](std::string_view character) {
        const auto byte = static_cast<unsigned char>(character.front());
        switch (byte) {
            case '&': escaped += "&amp;"; return;
            case '<': escaped += "&lt;"; return;
            case '>': escaped += "&gt;"; return;
            case '"': escaped += "&quot;"; return;
            case '\'': escaped += "&#39;"; return;
            default: break;
        }
        if (byte < 0x20 || byte == 0x7f) {
            escaped += byte == '\n' || byte == '\t' ? " " : "\xef\xbf\xbd";
        } else {
            escaped += character;
        }
    });
    return escaped;
}

}   // namespace gatehouse::admin
