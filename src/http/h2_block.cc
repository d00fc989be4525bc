#include "http/h2_block.h"

#include <limits>

#include "base/text.h"

namespace gatehouse::http {
namespace {

constexpr std::size_t field_overhead = 32;   // RFC 9113 6.5.2: what a field counts beyond its text
constexpr std::size_t separators = 4;        // ": " and the line end of HTTP/1

bool has_length(const Fields& fields, std::uint64_t& length) {
    const auto* field = fields.find(FieldId::content_length);
    if (field == nullptr) return false;
    const auto parsed = parse_decimal(field->value);   // nghttp2 has refused what is none
    length = parsed.value_or(0);
    return parsed.has_value();
}

Framing framing_of(const Fields& fields, bool ends, bool unbounded) {
    if (ends) return {};
    std::uint64_t length = 0;
    if (!unbounded && has_length(fields, length)) return {BodyKind::length, length};
    return {BodyKind::until_close, 0};
}

}   // namespace

void H2Block::begin_request() {
    request = std::make_unique<H2Request>();
    request->head.version = Version::http_2;
    arena_ = &request->arena;
    fields_ = &request->head.fields;
}

void H2Block::begin_response() {
    response = std::make_unique<H2Response>();
    response->head.version = Version::http_2;
    arena_ = &response->arena;
    fields_ = &response->head.fields;
    of_request_ = false;
}

void H2Block::begin_trailers(bool of_request) {
    trailers = std::make_unique<H2Trailers>();
    arena_ = &trailers->arena;
    fields_ = &trailers->fields;
    of_request_ = of_request;
}

void H2Block::refuse(int status, const char* rule) {
    if (refusal.status == 0) refusal = {of_request_ ? status : 502, rule};
}

bool H2Block::add(std::string_view name, std::string_view value, const H2Limits& limits) {
    work_ += name.size() + value.size() + field_overhead;
    if (work_ > limits.head.head_bytes * limits.bomb_factor) return false;
    bytes_ += name.size() + value.size() + separators;
    if (refusal.status != 0 || *malformed != '\0') return true;
    const bool is_pseudo = name.starts_with(':');
    if (name == ":path" && value.size() > limits.head.start_line_bytes) {
        refuse(414, "request line too long");
    } else if (!is_pseudo && name.size() + value.size() + 2 > limits.head.field_bytes) {
        refuse(431, "field line too long");
    } else if (bytes_ > limits.head.head_bytes) {
        refuse(431, "head too long");
    } else if (!is_pseudo && fields_->size() >= limits.head.field_count) {
        refuse(431, "too many fields");
    } else if (is_pseudo) {
        add_pseudo(name, value);
    } else {
        add_field(name, value);
    }
    return true;
}

// nghttp2 has seen to it that these are known, come first, and come once.
void H2Block::add_pseudo(std::string_view name, std::string_view value) {
    if (response != nullptr) {   // ":status"; three digits
        for (const char c : value) response->head.status = response->head.status * 10 + (c - '0');
        return;
    }
    if (request == nullptr) return;
    const auto text = arena_->copy(value);
    if (name == ":method") {
        request->head.method_text = text;
        request->head.method = parse_method(text);
    } else if (name == ":path") {
        request->head.target = text;
    } else if (name == ":scheme") {
        request->scheme = text;
    } else if (name == ":protocol") {
        request->protocol = text;
    } else if (name == ":authority") {
        request->authority = text;
        if (!text.empty()) fields_->add(*arena_, {"host", text, FieldId::host, NameForm::plain});
    }
}

void H2Block::add_field(std::string_view name, std::string_view value) {
    const auto known = field_id(name);
    if (known == FieldId::host && request != nullptr && !request->authority.empty()) {
        // RFC 9113 8.3.1: another host than :authority is malformed; the same is not needed twice.
        if (!equals_ignoring_case(value, request->authority)) malformed = "Host differs from :authority";
        return;
    }
    fields_->add(*arena_, {arena_->copy(name), arena_->copy(value), known, form_of_name(name)});
}

// RFC 9113 8.2.3: one field again before anybody else sees it.
void H2Block::join_cookies() {
    if (fields_->count(FieldId::cookie) < 2) return;
    std::size_t bytes = 0;
    for (const auto& field : *fields_) {
        if (field.id == FieldId::cookie) bytes += field.value.size() + 2;
    }
    const auto out = arena_->allocate_text(bytes);
    std::size_t at = 0;
    for (const auto& field : *fields_) {
        if (field.id != FieldId::cookie) continue;
        if (at > 0) {
            out[at++] = ';';
            out[at++] = ' ';
        }
        field.value.copy(out.data() + at, field.value.size());
        at += field.value.size();
    }
    fields_->remove(FieldId::cookie);
    fields_->add(*arena_, {"cookie", {out.data(), at}, FieldId::cookie, NameForm::plain});
}

void H2Block::finish_request(bool ends, const H2Limits& limits) {
    auto& head = request->head;
    const bool connect = head.method == Method::connect;
    if (connect && request->protocol.empty()) head.target = request->authority;
    join_cookies();
    head.line = arena_->concat({head.method_text, " ", head.target, " ", name_of(head.version)});
    if (head.line.size() > limits.head.start_line_bytes) refuse(414, "request line too long");
    request->framing = framing_of(head.fields, ends, connect);
    request->refusal = refusal;
    request->bytes = bytes_;
}

void H2Block::finish_response(bool ends, Method request_method) {
    auto& head = response->head;
    const bool bodiless = request_method == Method::head || head.status == 204 || head.status == 304;
    const bool tunnel = request_method == Method::connect && head.status / 100 == 2;
    response->framing = bodiless || head.status < 200 ? Framing{} : framing_of(head.fields, ends, tunnel);
    response->bytes = bytes_;
}

}   // namespace gatehouse::http
