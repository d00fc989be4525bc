#include "http/h1_parser.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>

#include "base/text.h"
#include "http/characters.h"
#include "http/field_line.h"

namespace gatehouse::http {
namespace {

// RFC 9112 2.2 asks servers to skip at least one empty line before a request line.
constexpr int max_empty_lines = 2;

// A folded field line (RFC 9112 5.2) with each fold replaced by one space.
std::string_view unfold(std::string_view text, Arena& arena) {
    const auto out = arena.allocate_text(text.size());
    std::size_t length = 0;
    for (std::size_t i = 0; i < text.size();) {
        const bool crlf = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
        if (!crlf && text[i] != '\n') {
            out[length++] = text[i++];
            continue;
        }
        i += crlf ? 2 : 1;
        while (i < text.size() && is_blank(text[i])) ++i;
        out[length++] = ' ';
    }
    return {out.data(), length};
}

struct VersionDigits {
    int major = 0;
    int minor = 0;
};
// "HTTP/1.1": exactly eight characters (RFC 9112 2.3).
std::optional<VersionDigits> parse_version(std::string_view text) {
    if (text.size() != 8 || !text.starts_with("HTTP/") || text[6] != '.') return std::nullopt;
    if (!is_digit(text[5]) || !is_digit(text[7])) return std::nullopt;
    return VersionDigits{text[5] - '0', text[7] - '0'};
}
// A higher minor version means the same to us as 1.1 (RFC 9110 2.5).
Version version_of(const VersionDigits& digits) {
    return digits.minor == 0 ? Version::http_1_0 : Version::http_1_1;
}

}   // namespace

void LineReader::restart() {
    phase_ = Phase::start_line;
    empty_lines_ = 0;
    line_begin_ = scanned_ = 0;
    folded_begin_ = folded_end_ = 0;
    base_ = nullptr;
    base_bytes_ = 0;
}

Progress LineReader::refused(const HeadError& error) {
    phase_ = Phase::refused;
    error_ = error;
    return {Progress::State::refused, 0, error_};
}

HeadResult<LineReader::Line> LineReader::next_line(std::string_view bytes) {
    const bool start_line = phase_ == Phase::start_line;
    // One limit is chosen before looking, so that the answer does not depend on how much has arrived.
    std::size_t limit = start_line ? limits_.start_line_bytes : limits_.field_bytes;
    HeadError error =
        start_line ? HeadError{414, "request line too long"} : HeadError{431, "field line too long"};
    const std::size_t room = limits_.head_bytes - std::min(limits_.head_bytes, line_begin_);
    if (room < limit) {
        limit = room;
        error = {431, "head too long"};
    }
    if (of_response_) error.status = 502;

    const void* found = nullptr;
    if (scanned_ < bytes.size()) found = std::memchr(bytes.data() + scanned_, '\n', bytes.size() - scanned_);
    if (found == nullptr) {
        scanned_ = bytes.size();
        const auto so_far = bytes.substr(line_begin_);
        const std::size_t text = so_far.size() - (so_far.ends_with('\r') ? 1 : 0);
        if (text > limit) return HeadFailure(error);
        return Line{};
    }
    const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    auto text = bytes.substr(line_begin_, end - line_begin_);
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.size() > limit) return HeadFailure(error);
    line_begin_ = scanned_ = end + 1;
    return Line{true, text};
}

HeadResult<void> LineReader::add_field(std::string_view line, Arena& arena, Fields& fields) {
    const auto field = parse_field_line(line, of_response_ ? FieldRules::response : FieldRules::request);
    if (!field) return HeadFailure(field.error());
    if (fields.size() >= limits_.field_count) return refuse(of_response_ ? 502 : 431, "too many fields");
    fields.add(arena, *field);
    return {};
}

// A response's field line is taken only when the next line shows that it is complete.
HeadResult<void> LineReader::add_waiting_field(std::string_view bytes, Arena& arena, Fields& fields) {
    if (folded_end_ == 0) return {};
    auto text = bytes.substr(folded_begin_, folded_end_ - folded_begin_);
    folded_end_ = 0;
    if (text.find('\n') != std::string_view::npos) text = unfold(text, arena);
    return add_field(text, arena, fields);
}

HeadResult<bool> LineReader::read_fields(std::string_view bytes, Arena& arena, Fields& fields) {
    while (true) {
        const auto begin = line_begin_;
        const auto line = next_line(bytes);
        if (!line) return HeadFailure(line.error());
        if (!line->complete) return false;
        if (!line->text.empty() && is_blank(line->text.front())) {
            if (!of_response_)
                return refuse(400, "line folding (obs-fold) or white space before a field name");
            if (folded_end_ == 0) return refuse(502, "white space before the first field name");
            folded_end_ = begin + line->text.size();
            continue;
        }
        HeadResult<void> added;
        if (of_response_) {
            added = add_waiting_field(bytes, arena, fields);
            folded_begin_ = begin;
            folded_end_ = begin + line->text.size();
        } else if (!line->text.empty()) {
            added = add_field(line->text, arena, fields);
        }
        if (!added) return HeadFailure(added.error());
        if (line->text.empty()) return true;
    }
}

// The caller's buffer may have moved since the last call: what points into it moves along. What points
// elsewhere (unfolded lines in the arena) stays.
void LineReader::follow(std::string_view& view, const char* base) const {
    const auto at = reinterpret_cast<std::uintptr_t>(view.data());
    const auto begin = reinterpret_cast<std::uintptr_t>(base_);
    if (at >= begin && at <= begin + base_bytes_ && view.data() != nullptr)
        view = {base + (at - begin), view.size()};
}

void LineReader::follow_buffer(std::string_view bytes, Fields& fields,
                               std::span<std::string_view* const> start) {
    if (base_ != nullptr && base_ != bytes.data()) {
        for (auto* view : start) follow(*view, bytes.data());
        for (auto& field : fields) {
            follow(field.name, bytes.data());
            follow(field.value, bytes.data());
        }
    }
    base_ = bytes.data();
    base_bytes_ = bytes.size();
}

Progress LineReader::finish_fields(std::string_view bytes, Arena& arena, Fields& fields) {
    if (phase_ == Phase::fields) {
        const auto complete = read_fields(bytes, arena, fields);
        if (!complete) return refused(complete.error());
        if (!*complete) return {};
        phase_ = Phase::done;
    }
    return {Progress::State::done, line_begin_, {}};
}

Progress RequestParser::parse(std::string_view bytes, Arena& arena, RequestHead& head) {
    if (phase_ == Phase::refused) return {Progress::State::refused, 0, error_};
    std::string_view* const start[] = {&head.method_text, &head.target, &head.line};
    follow_buffer(bytes, head.fields, start);
    while (phase_ == Phase::start_line) {
        // Refused at the first byte: what speaks another protocol (TLS, say) may never send a line end.
        const char first = line_begin_ < bytes.size() ? bytes[line_begin_] : '\n';
        if (!is_token_character(first) && first != '\r' && first != '\n') {
            return refused({400, "malformed method"});
        }
        const auto line = next_line(bytes);
        if (!line) return refused(line.error());
        if (!line->complete) return {};
        if (line->text.empty()) {
            if (++empty_lines_ > max_empty_lines)
                return refused({400, "too many empty lines before a request"});
            continue;
        }
        const auto read = read_start_line(line->text, head);
        if (!read) return refused(read.error());
        phase_ = Phase::fields;
    }
    return finish_fields(bytes, arena, head.fields);
}

HeadResult<void> RequestParser::read_start_line(std::string_view line, RequestHead& head) {
    const auto first_space = line.find(' ');
    if (first_space == std::string_view::npos) return refuse(400, "request line without a target");
    const auto method = line.substr(0, first_space);
    if (!is_token(method)) return refuse(400, "malformed method");

    const auto rest = line.substr(first_space + 1);
    const auto second_space = rest.find(' ');
    const auto target = rest.substr(0, second_space);
    if (target.empty()) return refuse(400, "empty request target");
    if (find_control(target) != std::string_view::npos)
        return refuse(400, "control character in a request target");
    if (second_space == std::string_view::npos)
        return refuse(400, "request line without a version (HTTP/0.9)");

    const auto version = parse_version(rest.substr(second_space + 1));
    if (!version) return refuse(400, "malformed version or space in a request target");
    if (version->major != 1) return refuse(505, "HTTP version not supported");

    head.method = parse_method(method);
    head.version = version_of(*version);
    head.method_text = method;
    head.target = target;
    head.line = line;
    return {};
}

Progress ResponseParser::parse(std::string_view bytes, Arena& arena, ResponseHead& head) {
    if (phase_ == Phase::refused) return {Progress::State::refused, 0, error_};
    std::string_view* const start[] = {&head.reason};
    follow_buffer(bytes, head.fields, start);
    if (phase_ == Phase::start_line) {
        if (!bytes.empty() && bytes.front() != 'H') return refused({502, "no status line"});
        const auto line = next_line(bytes);
        if (!line) return refused(line.error());
        if (!line->complete) return {};
        const auto read = read_start_line(line->text, head);
        if (!read) return refused(read.error());
        phase_ = Phase::fields;
    }
    return finish_fields(bytes, arena, head.fields);
}

HeadResult<void> ResponseParser::read_start_line(std::string_view line, ResponseHead& head) {
    const auto version = parse_version(line.substr(0, 8));
    if (!version || version->major != 1) return refuse(502, "no HTTP/1 status line");
    const auto rest = line.substr(8);
    const bool digits = rest.size() >= 4 && is_digit(rest[1]) && is_digit(rest[2]) && is_digit(rest[3]);
    if (!digits || rest[0] != ' ' || rest[1] == '0') return refuse(502, "malformed status code");
    // The space after the code must be there (RFC 9112 4), but is forgotten by many when they give no reason.
    if (rest.size() > 4 && rest[4] != ' ') return refuse(502, "malformed status code");
    const auto reason = rest.substr(std::min<std::size_t>(rest.size(), 5));
    for (auto at = find_control(reason); at != std::string_view::npos; at = find_control(reason, at + 1)) {
        if (reason[at] != '\t') return refuse(502, "control character in a reason phrase");
    }
    head.version = version_of(*version);
    head.status = (rest[1] - '0') * 100 + (rest[2] - '0') * 10 + (rest[3] - '0');
    head.reason = reason;
    return {};
}

}   // namespace gatehouse::http
