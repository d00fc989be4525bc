#pragma once
// Stream: bytes over a connected socket, with operations a coroutine awaits. Each operation tries its system
// call first and suspends only when the kernel has nothing; a timeout bounds each wait for progress, not the
// whole. With a TLS session the same operations carry its plain text. A stream belongs to one strand at a
// time (one reader and one writer may overlap).

#include "base/buffer.h"
#include "base/result.h"
#include "base/socket_address.h"
#include "loop/channel.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "tls/session.h"

#include <array>
#include <memory>
#include <span>
#include <string_view>

namespace gatehouse::net {

using loop::Duration;

class Stream {
public:
    class Read;
    class Write;
    class SendFile;
    class Connect;

    Stream(loop::Loop& loop, int fd) : channel_(loop, fd) {}
    ~Stream() { close(); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    [[nodiscard]] Result<> start() { return channel_.watch(); }   // begin to watch readiness
    // Waits for data without owning a buffer: how an idle connection waits.
    [[nodiscard]] loop::Readable readable(Duration timeout,
                                          loop::Waiter::Work work = loop::Waiter::Work::fresh) {
        return {channel_, timeout, work};
    }
    // Appends at most `limit` bytes (and at most the free space) to `into`; the buffer's memory is taken when
    // data is there. 0 bytes: end of stream.
    [[nodiscard]] Read read(Buffer& into, std::size_t limit, Duration timeout);
    // Writes everything. The pieces must stay valid until it returns. At most max_pieces.
    [[nodiscard]] Write write(std::span<const std::string_view> pieces, Duration timeout,
                              bool more_follows = false);
    [[nodiscard]] Write write(std::string_view text, Duration timeout, bool more_follows = false);
    // Sends `bytes` bytes of an open file. A file that became shorter is an error (ErrorCode::closed).
    [[nodiscard]] SendFile send_file(int file, off_t offset, std::uint64_t bytes, std::size_t chunk,
                                     Duration timeout);
    // Connects a fresh socket; the stream is usable after success.
    [[nodiscard]] Connect connect(const SocketAddress& address, Duration timeout);

    // Shakes hands; from then on the stream carries the session's plain text. What was read before, as the
    // beginning of the handshake, is put into session->in() first. `timeout` is of the whole handshake. After
    // an error the stream is of no use.
    [[nodiscard]] loop::Task<Result<>> begin_tls(std::unique_ptr<tls::Session> session, Duration timeout);
    [[nodiscard]] tls::Session* tls() const { return session_.get(); }   // null: plain

    // One try, no waiting: bytes taken, 0 at the end of stream, or nullopt when there is nothing yet.
    [[nodiscard]] Result<std::optional<std::size_t>> try_read(Buffer& into, std::size_t limit);

    // The same for writing: bytes taken by the kernel, perhaps none. Of a session always none: what is
    // encrypted must be written, and that may have to wait.
    [[nodiscard]] Result<std::size_t> try_write(std::span<const std::string_view> pieces);

    [[nodiscard]] loop::Channel& channel() { return channel_; }
    [[nodiscard]] bool is_open() const { return channel_.is_open(); }
    void shutdown_write();
    void close();

private:
    // Of sessions: as try_read, but as long as the channel is readable.
    [[nodiscard]] Result<std::optional<std::size_t>> try_decrypt(Buffer& into, std::size_t limit);
    // Writes what is encrypted as far as the kernel takes it; true: all of it.
    [[nodiscard]] Result<bool> flush(bool more_follows = false);
    void say_end();

    loop::Channel channel_;
    std::unique_ptr<tls::Session> session_;
};

class Stream::Read final : public loop::Operation {
public:
    Read(Stream& stream, Buffer& into, std::size_t limit, Duration timeout)
        : Operation(stream.channel_, loop::Direction::read, timeout),
          stream_(stream),
          into_(into),
          limit_(limit) {}
    [[nodiscard]] Result<std::size_t> await_resume() const;

private:
    bool attempt() override;
    bool attempt_encrypted();
    Stream& stream_;
    Buffer& into_;
    std::size_t limit_;
    ssize_t result_ = 0;
    const char* refusal_ = nullptr;   // by the session
};

class Stream::Write final : public loop::Operation {
public:
    static constexpr std::size_t max_pieces = 8;
    Write(Stream& stream, std::span<const std::string_view> pieces, Duration timeout, bool more_follows);
    [[nodiscard]] Result<> await_resume() const;
    // Of a session this may be up to a buffer more than the kernel took.
    [[nodiscard]] std::uint64_t written() const { return written_; }

private:
    bool attempt() override;
    bool attempt_encrypted();
    void skip(std::size_t bytes);
    Stream& stream_;
    std::array<iovec, max_pieces> pieces_;
    std::size_t first_ = 0;
    std::size_t count_ = 0;
    std::uint64_t written_ = 0;
    int error_ = 0;
    const char* refusal_ = nullptr;
    bool more_follows_;
};

class Stream::SendFile final : public loop::Operation {
public:
    SendFile(Stream& stream, int file, off_t offset, std::uint64_t bytes, std::size_t chunk, Duration timeout)
        : Operation(stream.channel_, loop::Direction::write, timeout),
          stream_(stream),
          file_(file),
          offset_(offset),
          left_(bytes),
          chunk_(chunk) {}
    [[nodiscard]] Result<> await_resume() const;

private:
    bool attempt() override;
    bool attempt_encrypted();
    Stream& stream_;
    int file_;
    off_t offset_;
    std::uint64_t left_;
    std::size_t chunk_;
    int error_ = 0;
    const char* refusal_ = nullptr;
    bool truncated_ = false;
};

class Stream::Connect final : public loop::Operation {
public:
    Connect(loop::Channel& channel, const SocketAddress& address, Duration timeout)
        : Operation(channel, loop::Direction::write, timeout), address_(address) {}
    [[nodiscard]] bool await_ready();
    [[nodiscard]] Result<> await_resume() const;

private:
    bool attempt() override;
    const SocketAddress& address_;
    int error_ = 0;
};

}   // namespace gatehouse::net
