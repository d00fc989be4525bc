#pragma once
// The fields of a head or of trailers as they go to nghttp2, which copies them and lowers their names. For
// use inside http/ only.

#include <string_view>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "base/arena.h"
#include "http/head.h"

namespace gatehouse::http {

// Views of what it was given, but for values that had to be cleaned: those are in its own arena.
class H2NameValues {
public:
    void pseudo(std::string_view name, std::string_view value);
    void status(int status);
    // Not the fields of one connection (RFC 9113 8.2.2), TE but "trailers", names that are no tokens, and
    // `except`. Values: control characters become spaces, and there is none around them (8.2.1).
    void fields(const Fields& fields, FieldId except = FieldId::other);
    void copied_fields(const Fields& fields);   // names and values are copied
    [[nodiscard]] const nghttp2_nv* data() const { return items_.data(); }
    [[nodiscard]] std::size_t size() const { return items_.size(); }

private:
    void add(std::string_view name, std::string_view value);
    [[nodiscard]] std::string_view clean(std::string_view value);

    Arena arena_;
    std::vector<nghttp2_nv> items_;
};

}   // namespace gatehouse::http
