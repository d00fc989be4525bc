#include "faces/nginx/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace gatehouse::nginx {
namespace {

constexpr std::size_t widest_excerpt = 110;   // bytes of a source line that are shown
constexpr std::size_t context_before_caret = 60;

bool continues_utf8(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Columns a terminal needs, counting one per character of UTF-8.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !continues_utf8(c); }));
}

struct Excerpt {
    std::string_view text;
    std::size_t caret = 0;   // byte offset of the underlined part in text
    std::size_t length = 1;
    bool clipped_front = false;
    bool clipped_back = false;
};

// The part of a line around the caret that fits a terminal; minified one-line files exist.
Excerpt excerpt_of(std::string_view line, std::size_t column, std::size_t length) {
    Excerpt excerpt;
    std::size_t caret = std::min(column > 0 ? column - 1 : 0, line.size());
    std::size_t begin =
        caret > context_before_caret && line.size() > widest_excerpt ? caret - context_before_caret : 0;
    while (begin > 0 && begin < line.size() && continues_utf8(line[begin])) ++begin;
    std::size_t end = std::min(line.size(), begin + widest_excerpt);
    while (end < line.size() && continues_utf8(line[end])) ++end;
    excerpt.text = line.substr(begin, end - begin);
    excerpt.caret = std::min(caret - begin, excerpt.text.size());
    excerpt.length = std::min(length, excerpt.text.size() - excerpt.caret);
    excerpt.clipped_front = begin > 0;
    excerpt.clipped_back = end < line.size();
    return excerpt;
}

std::string_view label_of(Severity severity) {
    switch (severity) {
        case Severity::error: return "";
        case Severity::warning: return "warning: ";
        case Severity::notice: return "notice: ";
    }
    return "";
}

std::string_view log_level_of(Severity severity) {
    switch (severity) {
        case Severity::error: return "emerg";
        case Severity::warning: return "warn";
        case Severity::notice: return "notice";
    }
    return "emerg";
}

// The two lines under a message: the source line and the caret with the hint.
std::string picture_of(const Diagnostic& diagnostic, std::string_view line) {
    const Excerpt excerpt = excerpt_of(line, diagnostic.position.column, diagnostic.length);
    std::string padding;
    for (char c : excerpt.text.substr(0, excerpt.caret)) {
        if (!continues_utf8(c)) padding += c == '\t' ? '\t' : ' ';
    }
    const std::size_t marked =
        std::max<std::size_t>(1, width_of(excerpt.text.substr(excerpt.caret, excerpt.length)));
    const std::string_view front = excerpt.clipped_front ? "…" : "";
    std::string hint = diagnostic.hint.empty() ? "" : " " + printable(diagnostic.hint);
    return fmt::format(" {:>4} | {}{}{}\n      | {}{}^{}{}\n", diagnostic.position.line, front,
                       printable(excerpt.text), excerpt.clipped_back ? "…" : "",
                       excerpt.clipped_front ? " " : "", padding, std::string(marked - 1, '~'), hint);
}

}   // namespace

void Diagnostics::add(Diagnostic diagnostic) {
    if (diagnostic.severity == Severity::error) {
        if (too_many_errors()) return;
        ++errors_;
    } else if (items_.size() >= max_items) {
        return;
    }
    items_.push_back(std::move(diagnostic));
}

std::string render_for_terminal(const Diagnostic& diagnostic, const Sources& sources) {
    const std::string place = printable(sources.describe(diagnostic.position));
    const std::string_view separator = place.empty() ? "" : ": ";
    std::string out = fmt::format("gatehouse: {}{}{}{}\n", place, separator, label_of(diagnostic.severity),
                                  printable(diagnostic.message));
    const bool has_line = diagnostic.position.line > 0 && diagnostic.position.file < sources.size() &&
                          diagnostic.position.column > 0;
    if (has_line) return out + picture_of(diagnostic, sources.line(diagnostic.position));
    if (!diagnostic.hint.empty()) out += fmt::format("      {}\n", printable(diagnostic.hint));
    return out;
}

std::string render_for_log(const Diagnostic& diagnostic, const Sources& sources) {
    std::string out =
        fmt::format("[{}] {}", log_level_of(diagnostic.severity), printable(diagnostic.message));
    const Position& position = diagnostic.position;
    if (position.line == 0 || position.file >= sources.size()) return out;
    const Source& source = sources.at(position.file);
    if (source.kind == SourceKind::command_line) return out + " in command line";
    return out + fmt::format(" in {}:{}", printable(source.path), position.line);
}

}   // namespace gatehouse::nginx
