#pragma once
// What will be answered, before it is written: status, fields and a body that is text, pieces of a file, or a
// source pulled piece by piece. Handlers fill it; filters change it; respond() writes it. Lives in its
// Exchange's arena and memory.

#include "base/result.h"
#include "http/head.h"
#include "loop/task.h"
#include "model/charset_map.h"

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

namespace gatehouse::exchange {

// A body that comes piece by piece. Pulled only when the piece before was taken by the client.
class BodySource {
public:
    virtual ~BodySource() = default;
    // The next piece, valid until the next call; empty: the end. An error after the head was sent cuts the
    // connection.
    virtual loop::Task<Result<std::string_view>> next() = 0;
    // Something is there: next() will not wait.
    [[nodiscard]] virtual bool has_arrived() const { return true; }
    // The piece handed out last could not be written at once.
    virtual void client_is_slow() {}
    // Known already that nothing follows the piece handed out last.
    [[nodiscard]] virtual bool ended() const { return false; }
    // Trailer fields, once next() gave the end; null: none.
    [[nodiscard]] virtual const http::Fields* trailers() const { return nullptr; }
};

// An open regular file, shared with the open-file cache; closed when the last user lets go.
struct OpenFile {
    explicit OpenFile(int descriptor) : fd(descriptor) {}
    ~OpenFile();
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    int fd;
};

struct FileBody {
    struct Part {
        std::string_view head;   // multipart heads; empty for a single piece
        off_t offset = 0;
        std::uint64_t bytes = 0;
    };
    std::shared_ptr<const OpenFile> file;
    std::span<const Part> parts;
    std::string_view tail;   // the end of a multipart body
};

struct Response {
    int status = 200;
    std::string_view reason;               // "": the usual phrase
    http::Fields fields;                   // without Content-Type, -Length, Connection, Transfer-Encoding
    std::string_view content_type;         // "": none sent
    std::optional<std::uint64_t> length;   // of the body; unset: unknown until its end
    std::optional<std::time_t>
        last_modified;   // known modification time, sent unless `fields` holds one; for `expires modified`
    std::variant<std::monostate, std::string_view, FileBody, BodySource*> body;
    bool charset_settled = false;                    // see charset.h
    const model::CharsetTable* recoding = nullptr;   // the body is to be converted so
    bool from_upstream = false;
    bool location_rewritten = false;   // by proxy_redirect: then it is completed like one made here
    bool buffered = false;             // whatever its route says: the endpoint wants to be let go
    bool unbuffered = false;           // write every piece at once, never wait for more
};

}   // namespace gatehouse::exchange
