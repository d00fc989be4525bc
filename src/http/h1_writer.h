#pragma once
// Writes HTTP/1.x heads at the tail of a buffer: plain copies, no formatting library. Values are written so
// that they can never end their line: CR, LF and NUL become spaces (RFC 9110 5.5), wherever the value came
// from. The writer borrows the buffer for its own short life; what was written is in it after end(), or when
// the writer is gone.

#include <cstdint>
#include <string_view>

#include "base/buffer.h"
#include "http/head.h"

namespace gatehouse::http {

class HeadWriter {
public:
    explicit HeadWriter(Buffer& out) : out_(out) {}
    ~HeadWriter() { commit(); }
    HeadWriter(const HeadWriter&) = delete;
    HeadWriter& operator=(const HeadWriter&) = delete;

    void request_line(std::string_view method, std::string_view target, Version version);
    // The reason is nginx's for the status unless one is given.
    void status_line(Version version, int status);
    void status_line(Version version, int status, std::string_view reason);

    void field(std::string_view name, std::string_view value);
    void field(FieldId id, std::string_view value);
    void field(const Field& field_) { field(field_.name, field_.value); }
    void field(FieldId id, std::uint64_t value);
    void content_length(std::uint64_t bytes) { field(FieldId::content_length, bytes); }
    void end();   // the empty line

private:
    void need(std::size_t bytes) {
        if (static_cast<std::size_t>(end_ - to_) < bytes) make_room(bytes);
    }
    void make_room(std::size_t bytes);
    void commit();
    void put(std::string_view text);          // what is known to hold no control character
    void put_safely(std::string_view text);   // a copy that cannot end the line it is in
    void put_line_end();

    Buffer& out_;
    char* begin_ = nullptr;   // of what is written and not committed yet
    char* to_ = nullptr;
    char* end_ = nullptr;   // of the room that is there
};

}   // namespace gatehouse::http
