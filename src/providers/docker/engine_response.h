#pragma once
// EngineResponse: an engine's answer out of the bytes of its connection: head, then body by length, chunks or
// the connection's end. Sans-I/O, one per question. Bytes may be cut anywhere. Nothing after an error.

#include "base/arena.h"
#include "base/result.h"
#include "http/chunked.h"
#include "http/framing.h"
#include "http/h1_parser.h"

#include <cstddef>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::docker {

class EngineResponse {
public:
    explicit EngineResponse(std::size_t body_limit) : body_limit_(body_limit) {}

    // Errors: malformed, too_large (of what body() holds at once).
    [[nodiscard]] Result<> feed(std::string_view bytes);
    // The connection ended. Error: closed, when the answer was not whole.
    [[nodiscard]] Result<> finish();

    [[nodiscard]] bool has_head() const { return phase_ != Phase::head; }
    [[nodiscard]] bool is_whole() const { return phase_ == Phase::whole; }
    [[nodiscard]] int status() const { return status_; }   // once has_head()
    // The engine's clock, in seconds since 1970, where its answer has a Date.
    [[nodiscard]] std::optional<std::time_t> date() const { return date_; }
    // What has arrived of the body; whoever takes it away makes room.
    [[nodiscard]] std::string& body() { return body_; }

private:
    enum class Phase : std::uint8_t { head, body, whole };
    [[nodiscard]] Result<> read_head();
    [[nodiscard]] Result<> read_body(std::string_view bytes);
    [[nodiscard]] Result<> read_chunks(std::string_view bytes);
    [[nodiscard]] Result<> keep(std::string_view payload);

    std::size_t body_limit_;
    Phase phase_ = Phase::head;
    std::string head_bytes_;
    Arena arena_;
    http::ResponseParser parser_;
    http::ResponseHead head_;
    http::Framing framing_;
    http::ChunkedDecoder chunks_;
    std::uint64_t left_ = 0;   // of a body with a length
    int status_ = 0;
    std::optional<std::time_t> date_;
    std::string body_;
};

}   // namespace gatehouse::docker
