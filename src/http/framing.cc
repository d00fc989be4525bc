#include "http/framing.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "base/text.h"
#include "http/characters.h"
#include "http/status.h"

namespace gatehouse::http {
namespace {

constexpr const char* two_framings = "Content-Length beside Transfer-Encoding";

// Digits only (RFC 9110 8.6), and small enough for an off_t. A list of equal values, which RFC 9112 6.3 lets
// a recipient accept, is refused as well: not everybody reads it alike.
std::optional<std::uint64_t> parse_content_length(std::string_view value) {
    const auto length = parse_decimal(value);
    const auto limit = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return length && *length <= limit ? length : std::nullopt;
}

bool is_compression(std::string_view coding) {
    constexpr std::array<std::string_view, 5> registered = {"gzip", "x-gzip", "deflate", "compress",
                                                            "x-compress"};
    return std::ranges::any_of(registered, [&](auto name) { return equals_ignoring_case(name, coding); });
}

// RFC 9112 6.1: 501 for a coding that exists but is not done here; 400 for what could pass for `chunked`
// somewhere else.
HeadFailure refuse_coding(std::string_view value) {
    std::string_view last;
    std::size_t count = 0;
    bool all_tokens = true;
    bool others_compress = true;
    for_each_element(value, [&](std::string_view coding) {
        if (count++ > 0) others_compress = others_compress && is_compression(last);
        all_tokens = all_tokens && is_token(coding);
        last = coding;
        return true;
    });
    if (count == 0 || !all_tokens) return refuse(400, "malformed Transfer-Encoding");
    const bool compressed_first = count > 1 && others_compress && equals_ignoring_case(last, "chunked");
    if (compressed_first || !contains_ignoring_case(last, "chunked")) {
        return refuse(501, "unknown Transfer-Encoding");
    }
    return refuse(400, "Transfer-Encoding is not just chunked");
}

// What both directions agree on; nothing when there is neither field.
HeadResult<std::optional<Framing>> explicit_framing(const Fields& fields) {
    const auto* coding = fields.find(FieldId::transfer_encoding);
    const auto* length = fields.find(FieldId::content_length);
    if (coding != nullptr) {
        if (length != nullptr) return refuse(400, two_framings);
        if (fields.count(FieldId::transfer_encoding) > 1)
            return refuse(400, "more than one Transfer-Encoding");
        if (!equals_ignoring_case(coding->value, "chunked")) return refuse_coding(coding->value);
        return Framing{BodyKind::chunked, 0};
    }
    if (length == nullptr) return std::nullopt;
    if (fields.count(FieldId::content_length) > 1) return refuse(400, "more than one Content-Length");
    const auto bytes = parse_content_length(length->value);
    if (!bytes) return refuse(400, "malformed Content-Length");
    return Framing{BodyKind::length, *bytes};
}

}   // namespace

HeadResult<Framing> request_framing(const RequestHead& head) {
    const auto framing = explicit_framing(head.fields);
    if (!framing) return HeadFailure(framing.error());
    if (!*framing) return Framing{};
    if ((*framing)->kind == BodyKind::chunked && head.version == Version::http_1_0) {
        return refuse(400, "Transfer-Encoding in an HTTP/1.0 request");
    }
    return **framing;
}

HeadResult<Framing> response_framing(const ResponseHead& head, Method request_method) {
    const auto framing = explicit_framing(head.fields);
    if (!framing) return refuse(502, framing.error().rule);
    if (request_method == Method::head || head.status == 304) return Framing{};
    if (is_bodiless(head.status)) {
        // It announces content that cannot be there: if bytes follow all the same, they are not a response.
        const bool announced = framing->has_value() && (*framing)->has_body();
        return Framing{BodyKind::none, 0, !announced};
    }
    if (!*framing) return Framing{BodyKind::until_close, 0, false};
    return **framing;
}

bool has_connection_token(const Fields& fields, std::string_view token) {
    if (!fields.contains(FieldId::connection)) return false;
    for (const auto& field : fields) {
        if (field.id != FieldId::connection) continue;
        bool found = false;
        for_each_element(field.value, [&](std::string_view element) {
            found = equals_ignoring_case(element, token);
            return !found;
        });
        if (found) return true;
    }
    return false;
}

bool is_persistent(Version version, const Fields& fields) {
    if (has_connection_token(fields, "close")) return false;
    if (version != Version::http_1_0) return true;
    // RFC 9112 6.1: after Transfer-Encoding in HTTP/1.0 the connection cannot be trusted.
    return has_connection_token(fields, "keep-alive") && !fields.contains(FieldId::transfer_encoding);
}

bool expects_continue(const RequestHead& head) {
    const auto* expect = head.fields.find(FieldId::expect);
    return expect != nullptr && head.version != Version::http_1_0 &&
           equals_ignoring_case(expect->value, "100-continue");
}

bool has_unknown_expectation(const RequestHead& head) {
    return std::ranges::any_of(head.fields, [](const Field& field) {
        return field.id == FieldId::expect && !equals_ignoring_case(field.value, "100-continue");
    });
}

bool asks_for_upgrade(const RequestHead& head, std::string_view protocol) {
    if (head.version != Version::http_1_1 || !head.fields.contains(FieldId::upgrade)) return false;
    if (!has_connection_token(head.fields, "upgrade")) return false;
    bool found = false;
    for_each_element(head.fields.value_of(FieldId::upgrade), [&](std::string_view element) {
        found = equals_ignoring_case(element.substr(0, element.find('/')), protocol);
        return !found;
    });
    return found;
}

namespace {

constexpr FieldSet hop_by_hop = {FieldId::connection, FieldId::keep_alive, FieldId::proxy_connection,
                                 FieldId::te,         FieldId::trailer,    FieldId::transfer_encoding,
                                 FieldId::upgrade};

}   // namespace

bool is_hop_by_hop(FieldId id) { return hop_by_hop.contains(id); }

HopByHop::HopByHop(const Fields& fields) : ids_(hop_by_hop) {
    if (!fields.contains(FieldId::connection)) return;
    for (const auto& field : fields) {
        if (field.id != FieldId::connection) continue;
        for_each_element(field.value, [this](std::string_view name) {
            const auto id = field_id(name);
            if (id != FieldId::other) {
                ids_.add(id);
            } else {
                names_.push_back(name);
            }
            return true;
        });
    }
    std::ranges::sort(names_, less_ignoring_case);   // there may be thousands, and as many fields
}

bool HopByHop::ends_here(const Field& field) const {
    if (field.id != FieldId::other) return ids_.contains(field.id);
    return !names_.empty() && std::ranges::binary_search(names_, field.name, less_ignoring_case);
}

}   // namespace gatehouse::http
