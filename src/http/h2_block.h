#pragma once
// A head or trailers while they arrive, field by field: their text is copied into the arena of what the owner
// will be given, limits are counted, and what nghttp2 does not check is checked. One at a time per session,
// for field blocks are never interleaved (RFC 9113 4.3). For use inside http/ only.

#include <cstddef>
#include <memory>
#include <string_view>

#include "http/h2.h"

namespace gatehouse::http {

struct H2Stream;

struct H2Block {
    explicit H2Block(StreamId stream) : id(stream) {}

    // What is to be filled; to be called once.
    void begin_request();
    void begin_response();
    void begin_trailers(bool of_request);

    // False: a header bomb, the session must end. Broken rules and limits are remembered instead.
    [[nodiscard]] bool add(std::string_view name, std::string_view value, const H2Limits& limits);
    // After the last field. `ends`: so does the stream.
    void finish_request(bool ends, const H2Limits& limits);
    void finish_response(bool ends, Method request_method);

    StreamId id;
    std::unique_ptr<H2Request> request;   // one of these is set
    std::unique_ptr<H2Response> response;
    std::unique_ptr<H2Trailers> trailers;
    HeadError refusal{0, ""};     // a limit that was hit
    const char* malformed = "";   // a rule that was broken, "" for none (RFC 9113 8.1.1)

private:
    void add_pseudo(std::string_view name, std::string_view value);
    void add_field(std::string_view name, std::string_view value);
    void refuse(int status, const char* rule);
    void join_cookies();

    Arena* arena_ = nullptr;
    Fields* fields_ = nullptr;
    std::size_t bytes_ = 0;   // as HTTP/1 would write it: names, values and four bytes each
    std::size_t work_ = 0;    // bytes decoded, also of what is no longer kept; at least 32 for each field
    bool of_request_ = true;
};

}   // namespace gatehouse::http
