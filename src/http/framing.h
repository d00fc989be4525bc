#pragma once
// Where a message ends, and what its connection may do next (RFC 9112 6 and 9). Wherever two recipients could
// disagree about the length of a body the message is refused: that disagreement is request smuggling. Also
// which fields belong to one connection alone and must not be forwarded (RFC 9110 7.6.1). Pure functions over
// heads.

#include <cstdint>
#include <string_view>
#include <vector>

#include "http/head.h"

namespace gatehouse::http {

enum class BodyKind : std::uint8_t { none, length, chunked, until_close };

struct Framing {
    BodyKind kind = BodyKind::none;
    std::uint64_t length = 0;   // for BodyKind::length; may be 0
    bool reusable = true;   // what follows the message on its connection can be trusted to be the next one

    [[nodiscard]] bool has_body() const {
        return kind != BodyKind::none && (kind != BodyKind::length || length > 0);
    }
};

// 400: Content-Length beside Transfer-Encoding, more than one Content-Length, a bad number, a bad or repeated
// or HTTP/1.0 Transfer-Encoding. 501: a coding that is not known. A request without either has no body.
[[nodiscard]] HeadResult<Framing> request_framing(const RequestHead& head);
// 502 for what is contradictory. `length` for a HEAD request or a 304 is never given: the kind is none.
[[nodiscard]] HeadResult<Framing> response_framing(const ResponseHead& head, Method request_method);

// Whether the sender is ready for another message on this connection, going by version and Connection alone;
// a body that ends with the connection says no as well, and that is for the caller to see
// (BodyKind::until_close).
[[nodiscard]] bool is_persistent(Version version, const Fields& fields);

// The client waits for "100 Continue" before it sends the body (RFC 9110 10.1.1). Never so for HTTP/1.0.
[[nodiscard]] bool expects_continue(const RequestHead& head);
// An Expect other than 100-continue: to be answered 417.
[[nodiscard]] bool has_unknown_expectation(const RequestHead& head);
// `Connection: upgrade` and an Upgrade field that names this protocol ("websocket"), in HTTP/1.1.
[[nodiscard]] bool asks_for_upgrade(const RequestHead& head, std::string_view protocol);

// Calls visit(std::string_view) for each non-empty element of a comma-separated list, white space trimmed. No
// quoted strings: for lists of tokens only. visit returns false to stop.
template <class Visit>
void for_each_element(std::string_view list, Visit&& visit) {
    while (true) {
        const auto comma = list.find(',');
        auto element = list.substr(0, comma);
        while (!element.empty() && (element.front() == ' ' || element.front() == '\t'))
            element.remove_prefix(1);
        while (!element.empty() && (element.back() == ' ' || element.back() == '\t'))
            element.remove_suffix(1);
        if (!element.empty() && !visit(element)) return;
        if (comma == std::string_view::npos) return;
        list.remove_prefix(comma + 1);
    }
}
// Whether any Connection field names this option, in any case.
[[nodiscard]] bool has_connection_token(const Fields& fields, std::string_view token);

// Connection, Keep-Alive, Proxy-Connection, TE, Trailer, Transfer-Encoding, Upgrade.
[[nodiscard]] bool is_hop_by_hop(FieldId id);

// Which fields of one message end here: the hop-by-hop ones and those that its Connection names.
class HopByHop {
public:
    explicit HopByHop(const Fields& fields);   // the texts of `fields` must outlive this
    [[nodiscard]] bool ends_here(const Field& field) const;

private:
    FieldSet ids_;
    std::vector<std::string_view> names_;   // without an id, that Connection names; sorted, case ignored
};

}   // namespace gatehouse::http
