#pragma once
// The request's body as a stream of decoded pieces, whatever its framing, with its limit and its
// 100-continue. Reading is pulled by whoever forwards or stores it: what is not asked for stays in the
// client's socket, which is the back-pressure. Lives in its Exchange.

#include "base/buffer.h"
#include "base/result.h"
#include "http/chunked.h"
#include "http/framing.h"
#include "loop/task.h"
#include "net/stream.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace gatehouse::exchange {

// Where a body comes from that is not read from the connection by itself: a stream of HTTP/2. It puts what
// arrives into the buffer given to RequestBody::begin().
class BodyFeed {
public:
    // Waits until there is more in the buffer, or the end. The time is between two arrivals. Errors are the
    // client's.
    virtual loop::Task<Result<>> fill(net::Duration timeout) = 0;
    [[nodiscard]] virtual bool ended() const = 0;   // nothing comes behind what is in the buffer
    virtual void consumed(std::size_t bytes) = 0;   // the buffer holds so many less
    virtual void ask_to_continue() = 0;             // 100

protected:
    ~BodyFeed() = default;
};

class RequestBody {
public:
    struct Settings {
        net::Duration timeout{};                    // between two reads
        std::optional<std::uint64_t> limit_bytes;   // client_max_body_size
    };

    // `in` holds what was read beyond the head; it stays the connection's.
    void begin(net::Stream& stream, Buffer& in, const http::Framing& framing, bool expects_continue);
    // `feed` outlives this.
    void begin(BodyFeed& feed, Buffer& in, const http::Framing& framing, bool expects_continue);
    void configure(const Settings& settings) {
        settings_ = settings;
        if (abandoned_) settings_.limit_bytes.reset();
    }
    // Nobody will ask for the rest: an error is answered instead. What follows sees a request without a body.
    void abandon() {
        abandoned_ = true;
        settings_.limit_bytes.reset();
    }
    [[nodiscard]] const Settings& settings() const { return settings_; }

    // The next piece, valid until the next call; empty: the body is complete. Errors: too_large (413),
    // malformed (400), timed_out (408), closed or reset by the client.
    loop::Task<Result<std::string_view>> next();

    [[nodiscard]] bool done() const { return done_; }
    [[nodiscard]] bool announced() const {
        return framing_.has_body() && !abandoned_;
    }   // the head said a body follows
    [[nodiscard]] const http::Framing& framing() const { return framing_; }
    [[nodiscard]] std::uint64_t received() const { return received_; }   // decoded bytes so far
    [[nodiscard]] std::uint64_t wire_bytes() const { return wire_bytes_; }
    [[nodiscard]] bool exceeds_limit() const {   // known from the head alone
        return settings_.limit_bytes && framing_.kind == http::BodyKind::length &&
               framing_.length > *settings_.limit_bytes;
    }
    // The client still waits for "100 Continue" and has sent nothing: it need not send its body at all.
    [[nodiscard]] bool awaits_continue() const { return expects_continue_; }
    // All of it is in memory: reading it whole will not wait.
    [[nodiscard]] bool has_arrived() const {
        return done_ ||
               (framing_.kind == http::BodyKind::length && in_->size() >= framing_.length - received_) ||
               (feed_ != nullptr && feed_->ended());
    }
    // Takes what has arrived already without waiting: after an answer that did not need the body.
    void discard_arrived();

private:
    Result<std::string_view> take_arrived();
    Result<std::string_view> take_chunk();
    loop::Task<Result<>> fill();
    void let_go();   // of the piece handed out last
    [[nodiscard]] bool is_at_end() const;

    net::Stream* stream_ = nullptr;
    BodyFeed* feed_ = nullptr;   // one of the two
    Buffer* in_ = nullptr;
    http::Framing framing_;
    http::ChunkedDecoder decoder_;
    Settings settings_;
    std::uint64_t received_ = 0;
    std::uint64_t wire_bytes_ = 0;
    std::size_t lent_ = 0;   // bytes of `in` behind the piece handed out last
    bool expects_continue_ = false;
    bool done_ = true;
    bool abandoned_ = false;
};

}   // namespace gatehouse::exchange
