#include "http/chunked.h"

#include <algorithm>

#include "base/text.h"
#include "http/characters.h"
#include "http/field_line.h"

namespace gatehouse::http {
namespace {

constexpr int max_size_digits = 15;             // stays below 2^60: no overflow, and still an off_t
constexpr std::size_t excused_per_chunk = 16;   // bytes of framing that an ordinary chunk may cost

constexpr FieldSet never_trailers = {
    FieldId::authorization,
    FieldId::cache_control,
    FieldId::connection,
    FieldId::content_encoding,
    FieldId::content_length,
    FieldId::content_range,
    FieldId::content_type,
    FieldId::cookie,
    FieldId::expect,
    FieldId::forwarded,
    FieldId::host,
    FieldId::http2_settings,
    FieldId::if_match,
    FieldId::if_modified_since,
    FieldId::if_none_match,
    FieldId::if_range,
    FieldId::if_unmodified_since,
    FieldId::keep_alive,
    FieldId::location,
    FieldId::pragma,
    FieldId::proxy_authenticate,
    FieldId::proxy_authorization,
    FieldId::proxy_connection,
    FieldId::range,
    FieldId::retry_after,
    FieldId::set_cookie,
    FieldId::status,
    FieldId::te,
    FieldId::trailer,
    FieldId::transfer_encoding,
    FieldId::upgrade,
    FieldId::vary,
    FieldId::www_authenticate,
    FieldId::x_accel_buffering,
    FieldId::x_accel_charset,
    FieldId::x_accel_expires,
    FieldId::x_accel_limit_rate,
    FieldId::x_accel_redirect,
    FieldId::x_forwarded_for,
    FieldId::x_forwarded_host,
    FieldId::x_forwarded_port,
    FieldId::x_forwarded_proto,
    FieldId::x_real_ip,
};

}   // namespace

bool may_be_trailer(FieldId id) { return !never_trailers.contains(id); }

void ChunkedDecoder::refuse_with(const char* rule, int status) {
    phase_ = Phase::refused;
    error_ = {status, rule};
}

ChunkedDecoder::Step ChunkedDecoder::step(std::string_view in) {
    std::size_t at = 0;
    while (at < in.size() && phase_ != Phase::done && phase_ != Phase::refused) {
        if (phase_ == Phase::data) {
            const auto payload = in.substr(at, std::min<std::uint64_t>(remaining_, in.size() - at));
            remaining_ -= payload.size();
            if (remaining_ == 0) phase_ = Phase::data_cr;
            return {State::data, at + payload.size(), payload};
        }
        if (phase_ == Phase::trailer) {
            at += take_trailer(in.substr(at));
        } else {
            advance(in[at++]);
        }
    }
    if (phase_ == Phase::done) return {State::done, at, {}};
    if (phase_ == Phase::refused) return {State::refused, at, {}};
    return {State::need_more, at, {}};
}

void ChunkedDecoder::advance(char c) {
    switch (phase_) {
        case Phase::first_digit:
        case Phase::digits: read_digit(c); break;
        case Phase::before_extension:
            if (c == ';') {
                phase_ = Phase::extension;
            } else if (!is_blank(c)) {
                return refuse_with("white space after a chunk size");
            }
            break;
        case Phase::extension:
            if (c == '\r') {
                phase_ = Phase::size_lf;
            } else if (is_control(c) && c != '\t') {
                return refuse_with("control character or bare LF in a chunk extension");
            }
            break;
        case Phase::size_lf:
            if (c != '\n') return refuse_with("CR without LF after a chunk size");
            return finish_chunk_line();
        case Phase::data_cr:
            if (c != '\r') return refuse_with("chunk longer than its size, or not ended by CRLF");
            phase_ = Phase::data_lf;
            return;
        case Phase::data_lf:
            if (c != '\n') return refuse_with("CR without LF after a chunk");
            phase_ = Phase::first_digit;
            return;
        case Phase::data:
        case Phase::trailer:
        case Phase::done:
        case Phase::refused: return;   // not read byte by byte
    }
    if (phase_ != Phase::refused && ++overhead_ > limits_.overhead_bytes) {
        refuse_with("chunk lines and extensions out of proportion to the body");
    }
}

void ChunkedDecoder::read_digit(char c) {
    const int value = hex_value(c);
    if (value >= 0) {
        if (phase_ == Phase::first_digit) {
            remaining_ = 0;
            digit_count_ = 0;
            phase_ = Phase::digits;
        }
        if (++digit_count_ > max_size_digits) return refuse_with("chunk size too large");
        remaining_ = remaining_ * 16 + static_cast<std::uint64_t>(value);
    } else if (phase_ == Phase::first_digit) {
        refuse_with("chunk size is not hexadecimal");
    } else if (c == '\r') {
        phase_ = Phase::size_lf;
    } else if (c == ';') {
        phase_ = Phase::extension;
    } else if (is_blank(c)) {
        phase_ = Phase::before_extension;
    } else {
        refuse_with("chunk size is not hexadecimal, or not ended by CRLF");
    }
}

void ChunkedDecoder::finish_chunk_line() {
    const std::uint64_t excused = excused_per_chunk + remaining_;
    overhead_ -= static_cast<std::size_t>(std::min<std::uint64_t>(overhead_, excused));
    phase_ = remaining_ == 0 ? Phase::trailer : Phase::data;
}

std::size_t ChunkedDecoder::take_trailer(std::string_view in) {
    if (trailer_.empty() && in.starts_with(chunk_end)) {   // almost always: no trailers
        phase_ = Phase::done;
        return chunk_end.size();
    }
    const auto line_end = in.find('\n');
    const auto taken = in.substr(0, line_end == std::string_view::npos ? in.size() : line_end + 1);
    if (trailer_.size() + taken.size() > limits_.trailer_bytes) {
        refuse_with("trailers too long", 431);
    } else {
        trailer_.append(taken);
        if (line_end != std::string_view::npos) finish_trailer_line();
    }
    return taken.size();
}

void ChunkedDecoder::finish_trailer_line() {
    auto line = trailer_.view().substr(trailer_line_);
    trailer_line_ = trailer_.size();
    if (!line.ends_with(chunk_end)) return refuse_with("bare LF in trailers");
    line.remove_suffix(chunk_end.size());
    if (line.empty()) {
        phase_ = Phase::done;
    } else if (const auto field = parse_field_line(line, FieldRules::request); !field) {
        refuse_with(field.error().rule);
    } else if (++trailer_count_ > limits_.trailer_count) {
        refuse_with("too many trailers", 431);
    }
}

Fields ChunkedDecoder::trailers(Arena& arena) const {
    Fields fields;
    auto rest = arena.copy(trailer_.view());
    while (phase_ == Phase::done && !rest.empty()) {
        const auto line =
            rest.substr(0, rest.find('\r'));   // checked before: each line has one CRLF, at its end
        rest.remove_prefix(line.size() + chunk_end.size());
        if (line.empty()) break;
        const auto field = parse_field_line(line, FieldRules::request);
        if (field && may_be_trailer(field->id)) fields.add(arena, *field);
    }
    return fields;
}

std::size_t write_chunk_head(std::span<char, chunk_head_bytes> out, std::uint64_t payload_bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::size_t length = 1;
    while (length < 16 && (payload_bytes >> (4 * length)) != 0) ++length;
    for (std::size_t i = 0; i < length; ++i) out[i] = digits[(payload_bytes >> (4 * (length - 1 - i))) & 0xf];
    out[length] = '\r';
    out[length + 1] = '\n';
    return length + 2;
}

}   // namespace gatehouse::http
