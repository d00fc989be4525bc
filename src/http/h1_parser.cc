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
    is_folded_ = false;
    base_ = nullptr;
    base_bytes_ = 0;
}

Progress LineReader::refused(const HeadError& error) {
    phase_ = Phase::refused;
    error_ = error;
    return {Progress::State::refused, 0, error_};
}

// One limit is chosen before looking, so that the answer does not depend on how much has arrived.
std::size_t LineReader::line_limit() const {
    const std::size_t of_line = phase_ == Phase::start_line ? limits_.start_line_bytes : limits_.field_bytes;
    return std::min(of_line, limits_.head_bytes - std::min(limits_.head_bytes, line_begin_));
}

LineReader::LineState LineReader::refuse_long_line() {
    const bool start_line = phase_ == Phase::start_line;
    const bool by_line = line_limit() == (start_line ? limits_.start_line_bytes : limits_.field_bytes);
    error_ = !by_line     ? HeadError{431, "head too long"}
             : start_line ? HeadError{414, "request line too long"}
                          : HeadError{431, "field line too long"};
    if (of_response_) error_.status = 502;
    return LineState::refused;
}

LineReader::LineState LineReader::next_line(std::string_view bytes, std::string_view& text) {
    const void* found = nullptr;
    if (scanned_ < bytes.size()) found = std::memchr(bytes.data() + scanned_, '\n', bytes.size() - scanned_);
    const auto end = found == nullptr
                         ? bytes.size()
                         : static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    text = {bytes.data() + line_begin_, end - line_begin_};
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.size() > line_limit()) return refuse_long_line();
    scanned_ = end;
    if (found == nullptr) return LineState::incomplete;
    line_begin_ = scanned_ = end + 1;
    return LineState::complete;
}

bool LineReader::refuse(int status, const char* rule) {
    error_ = {status, rule};
    return false;
}

bool LineReader::add_field(std::string_view line, Arena& arena, Fields& fields) {
    const auto field = parse_field_line(line, of_response_ ? FieldRules::response : FieldRules::request);
    if (!field) return refuse(field.error().status, field.error().rule);
    if (fields.size() >= limits_.field_count) return refuse(of_response_ ? 502 : 431, "too many fields");
    fields.add(arena, *field);
    return true;
}

// A response's field line is taken only when the next line shows that it is complete.
bool LineReader::add_waiting_field(std::string_view bytes, Arena& arena, Fields& fields) {
    if (folded_end_ == 0) return true;
    auto text = bytes.substr(folded_begin_, folded_end_ - folded_begin_);
    folded_end_ = 0;
    if (is_folded_) text = unfold(text, arena);
    is_folded_ = false;
    return add_field(text, arena, fields);
}

// A line that begins with white space continues the one before (obs-fold): only in responses.
bool LineReader::continue_field(std::size_t end) {
    if (!of_response_) return refuse(400, "line folding (obs-fold) or white space before a field name");
    if (folded_end_ == 0) return refuse(502, "white space before the first field name");
    folded_end_ = end;
    is_folded_ = true;
    return true;
}

LineReader::LineState LineReader::read_fields(std::string_view bytes, Arena& arena, Fields& fields) {
    while (true) {
        const auto begin = line_begin_;
        std::string_view text;
        if (const auto state = next_line(bytes, text); state != LineState::complete) return state;
        if (!text.empty() && is_blank(text.front())) {
            if (!continue_field(begin + text.size())) return LineState::refused;
            continue;
        }
        if (of_response_) {
            if (!add_waiting_field(bytes, arena, fields)) return LineState::refused;
            folded_begin_ = begin;
            folded_end_ = begin + text.size();
        } else if (!text.empty() && !add_field(text, arena, fields)) {
            return LineState::refused;
        }
        if (text.empty()) return LineState::complete;
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
        const auto state = read_fields(bytes, arena, fields);
        if (state == LineState::refused) return refused(error_);
        if (state == LineState::incomplete) return {};
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
        std::string_view line;
        const auto state = next_line(bytes, line);
        if (state == LineState::refused) return refused(error_);
        if (state == LineState::incomplete) return {};
        if (line.empty()) {
            if (++empty_lines_ > max_empty_lines)
                return refused({400, "too many empty lines before a request"});
            continue;
        }
        const auto read = read_start_line(line, head);
        if (!read) return refused(read.error());
        phase_ = Phase::fields;
    }
    return finish_fields(bytes, arena, head.fields);
}

HeadResult<void> RequestParser::read_start_line(std::string_view line, RequestHead& head) {
    const auto first_space = line.find(' ');
    if (first_space == std::string_view::npos) return http::refuse(400, "request line without a target");
    const auto method = line.substr(0, first_space);
    if (!is_token(method)) return http::refuse(400, "malformed method");

    const auto rest = line.substr(first_space + 1);
    const auto second_space = rest.find(' ');
    const auto target = rest.substr(0, second_space);
    if (target.empty()) return http::refuse(400, "empty request target");
    if (find_control(target) != std::string_view::npos)
        return http::refuse(400, "control character in a request target");
    if (second_space == std::string_view::npos)
        return http::refuse(400, "request line without a version (HTTP/0.9)");

    const auto version = parse_version(rest.substr(second_space + 1));
    if (!version) return http::refuse(400, "malformed version or space in a request target");
    if (version->major != 1) return http::refuse(505, "HTTP version not supported");

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
        std::string_view line;
        const auto state = next_line(bytes, line);
        if (state == LineState::refused) return refused(error_);
        if (state == LineState::incomplete) return {};
        const auto read = read_start_line(line, head);
        if (!read) return refused(read.error());
        phase_ = Phase::fields;
    }
    return finish_fields(bytes, arena, head.fields);
}

HeadResult<void> ResponseParser::read_start_line(std::string_view line, ResponseHead& head) {
    const auto version = parse_version(line.substr(0, 8));
    if (!version || version->major != 1) return http::refuse(502, "no HTTP/1 status line");
    const auto rest = line.substr(8);
    const bool digits = rest.size() >= 4 && is_digit(rest[1]) && is_digit(rest[2]) && is_digit(rest[3]);
    if (!digits || rest[0] != ' ' || rest[1] == '0') return http::refuse(502, "malformed status code");
    // The space after the code must be there (RFC 9112 4), but is forgotten by many when they give no reason.
    if (rest.size() > 4 && rest[4] != ' ') return http::refuse(502, "malformed status code");
    const auto reason = rest.substr(std::min<std::size_t>(rest.size(), 5));
    for (auto at = find_control(reason); at != std::string_view::npos; at = find_control(reason, at + 1)) {
        if (reason[at] != '\t') return http::refuse(502, "control character in a reason phrase");
    }
    head.version = version_of(*version);
    head.status = (rest[1] - '0') * 100 + (rest[2] - '0') * 10 + (rest[3] - '0');
    head.reason = reason;
    return {};
}

}   // namespace gatehouse::http
