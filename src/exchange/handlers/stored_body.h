#pragma once
// The request's body as it will be forwarded: read whole first (request buffering), in memory up to a limit
// and then in an unlinked temporary file, so that an attempt can be repeated; or passed on piece by piece as
// it comes, which only the first attempt can use. Lives as long as the forwarding of its exchange.

#include "exchange/exchange.h"

namespace gatehouse::exchange {

class StoredBody {
public:
    explicit StoredBody(Exchange& exchange) : exchange_(exchange) {}
    ~StoredBody();
    StoredBody(const StoredBody&) = delete;
    StoredBody& operator=(const StoredBody&) = delete;

    // Reads everything the client sends.
    loop::Task<Result<>> read_whole();
    // A body given by the configuration (proxy_set_body) instead of the client's.
    void replace(std::string_view text);

    [[nodiscard]] bool is_whole() const { return whole_; }
    // The client announced a body, if only an empty one: its length is passed on.
    void announce(bool announced) { announced_ = announced; }
    [[nodiscard]] bool is_announced() const { return announced_; }
    [[nodiscard]] std::uint64_t bytes() const { return memory_.size() + file_bytes_; }
    [[nodiscard]] std::string_view in_memory() const { return memory_.view(); }
    [[nodiscard]] bool in_file() const { return fd_ >= 0; }
    // Of the part in the file, which comes first; memory follows. 0 bytes read: its end.
    Result<std::size_t> read_file(std::uint64_t offset, Buffer& into) const;

private:
    Result<> spill();

    Exchange& exchange_;
    Buffer memory_;
    int fd_ = -1;
    std::string remove_path_;   // client_body_in_file_only clean
    std::uint64_t file_bytes_ = 0;
    bool whole_ = false;
    bool announced_ = false;
};

}   // namespace gatehouse::exchange
