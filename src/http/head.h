#pragma once
// The heads of HTTP messages as parsed: a start line and the fields in their order. Every view points into
// the buffer the head was parsed from, or into the exchange's arena; nothing here owns text. Names that
// Gatehouse acts on carry a FieldId from the moment they are read, so that nothing later compares names.
// Heads move, they are not copied by accident.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"

namespace gatehouse::http {

enum class Method : std::uint8_t {
    get,
    head,
    post,
    put,
    delete_,
    connect,
    options,
    trace,
    patch,
    propfind,
    proppatch,
    mkcol,
    copy,
    move,
    lock,
    unlock,
    other,   // any other token; its text is in RequestHead::method_text
};
[[nodiscard]] Method parse_method(std::string_view token);   // methods are case-sensitive (RFC 9110 9.1)
[[nodiscard]] std::string_view name_of(Method method);       // "GET"; "" for other
[[nodiscard]] bool is_safe(Method method);                   // RFC 9110 9.2.1
[[nodiscard]] bool is_idempotent(Method method);             // RFC 9110 9.2.2; RFC 4918: LOCK is not

enum class Version : std::uint8_t { http_1_0, http_1_1, http_2 };
[[nodiscard]] std::string_view name_of(Version version);   // "HTTP/1.1"; "HTTP/2.0" as nginx says

// Fields that Gatehouse knows. At most 64, so that a set of them is one word.
enum class FieldId : std::uint8_t {
    other,
    accept,
    accept_encoding,
    accept_language,
    accept_ranges,
    age,
    allow,
    authorization,
    cache_control,
    connection,
    content_disposition,
    content_encoding,
    content_length,
    content_range,
    content_type,
    cookie,
    date,
    etag,
    expect,
    expires,
    forwarded,
    host,
    http2_settings,
    if_match,
    if_modified_since,
    if_none_match,
    if_range,
    if_unmodified_since,
    keep_alive,
    last_modified,
    link,
    location,
    origin,
    pragma,
    proxy_authenticate,
    proxy_authorization,
    proxy_connection,
    range,
    referer,
    refresh,
    retry_after,
    server,
    set_cookie,
    status,
    te,
    trailer,
    transfer_encoding,
    upgrade,
    user_agent,
    vary,
    via,
    www_authenticate,
    x_accel_buffering,
    x_accel_charset,
    x_accel_expires,
    x_accel_limit_rate,
    x_accel_redirect,
    x_forwarded_for,
    x_forwarded_host,
    x_forwarded_port,
    x_forwarded_proto,
    x_real_ip,
};
inline constexpr std::size_t field_id_count = static_cast<std::size_t>(FieldId::x_real_ip) + 1;
static_assert(field_id_count <= 64);

[[nodiscard]] FieldId field_id(std::string_view name);   // in any case; other when unknown
[[nodiscard]] std::string_view name_of(FieldId id);      // as usually written: "Content-Length", "ETag"

class FieldSet {
public:
    constexpr FieldSet() = default;
    constexpr FieldSet(std::initializer_list<FieldId> ids) {
        for (const auto id : ids) add(id);
    }
    constexpr void add(FieldId id) { bits_ |= bit(id); }
    constexpr void remove(FieldId id) { bits_ &= ~bit(id); }
    constexpr void clear() { bits_ = 0; }
    [[nodiscard]] constexpr bool contains(FieldId id) const { return (bits_ & bit(id)) != 0; }

private:
    static constexpr std::uint64_t bit(FieldId id) { return std::uint64_t{1} << static_cast<unsigned>(id); }
    std::uint64_t bits_ = 0;
};

// What a name is made of, from harmless to strange. nginx calls all but the first two "invalid"
// (ignore_invalid_headers), and the second one too unless underscores_in_headers is on.
enum class NameForm : std::uint8_t {
    plain,        // letters, digits, hyphens
    underscore,   // and underscores
    token,        // and any other token character (RFC 9110 5.6.2)
    strange,      // not a token: only ever received, never to be forwarded without being asked
};
[[nodiscard]] NameForm form_of_name(std::string_view name);

struct Field {
    std::string_view name;
    std::string_view value;   // without white space around it
    FieldId id = FieldId::other;
    NameForm form = NameForm::plain;
};
// A field of a known name, or of any name.
[[nodiscard]] Field make_field(FieldId id, std::string_view value);
[[nodiscard]] Field make_field(std::string_view name, std::string_view value);

// A growable array of fields that lives in an arena. Pointers and iterators are valid until the next add or
// remove.
class Fields {
public:
    Fields() = default;
    Fields(Fields&& other) noexcept;
    Fields& operator=(Fields&& other) noexcept;
    Fields(const Fields&) = delete;
    Fields& operator=(const Fields&) = delete;

    void add(Arena& arena, const Field& field);
    [[nodiscard]] Fields clone(Arena& arena) const;   // the texts stay where they are
    void remove(FieldId id);                          // every one of that name
    void remove(std::string_view name);
    void clear();

    [[nodiscard]] const Field* find(FieldId id) const;   // the first, or null; O(1) when there is none
    [[nodiscard]] const Field* find(std::string_view name) const;
    [[nodiscard]] std::string_view value_of(FieldId id) const;   // of the first; "" when there is none
    [[nodiscard]] bool contains(FieldId id) const { return present_.contains(id); }
    [[nodiscard]] std::size_t count(FieldId id) const;

    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] const Field* begin() const { return items_; }
    [[nodiscard]] const Field* end() const { return items_ + size_; }
    [[nodiscard]] Field* begin() { return items_; }
    [[nodiscard]] Field* end() { return items_ + size_; }

private:
    void grow(Arena& arena);

    Field* items_ = nullptr;
    std::uint32_t size_ = 0;
    std::uint32_t capacity_ = 0;
    FieldSet present_;
};

struct RequestHead {
    Method method = Method::other;
    Version version = Version::http_1_1;
    std::string_view method_text;
    std::string_view target;   // as sent
    std::string_view line;     // the whole request line as sent, without its line end
    Fields fields;
};

struct ResponseHead {
    Version version = Version::http_1_1;
    int status = 0;            // 100 … 999
    std::string_view reason;   // may be empty
    Fields fields;
};

// Why a head is not acceptable: the status to answer with (502 when it came from an upstream) and the rule it
// broke.
struct HeadError {
    int status = 400;
    const char* rule = "";   // static text
};
template <class T>
using HeadResult = tl::expected<T, HeadError>;
using HeadFailure = tl::unexpected<HeadError>;

[[nodiscard]] inline HeadFailure refuse(int status, const char* rule) {
    return HeadFailure(HeadError{status, rule});
}
// The same, as an Error of the world outside http/: malformed, or too_large for 414 and 431.
[[nodiscard]] Error as_error(const HeadError& error, ErrorSource source);

}   // namespace gatehouse::http
