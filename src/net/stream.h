#pragma once
// Stream: bytes over a connected socket, with operations a coroutine awaits. Each operation tries its system
// call first and suspends only when the kernel has nothing; a timeout bounds each wait for progress, not the
// whole. TLS will be another Stream with the same operations. A stream belongs to one strand at a time (one
// reader and one writer may overlap).

#include "base/buffer.h"
#include "base/result.h"
#include "base/socket_address.h"
#include "loop/channel.h"
#include "loop/loop.h"

#include <array>
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

    [[nodiscard]] Result<> start() { return channel_.watch(); }   // begin to watch readiness
    // Waits for data without owning a buffer: how an idle connection waits.
    [[nodiscard]] loop::Readable readable(Duration timeout) { return {channel_, timeout}; }
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

    // One try, no waiting: bytes taken, 0 at the end of stream, or nullopt when there is nothing yet.
    [[nodiscard]] Result<std::optional<std::size_t>> try_read(Buffer& into, std::size_t limit);

    // The same for writing: bytes taken by the kernel, perhaps none.
    [[nodiscard]] Result<std::size_t> try_write(std::span<const std::string_view> pieces);

    [[nodiscard]] loop::Channel& channel() { return channel_; }
    [[nodiscard]] bool is_open() const { return channel_.is_open(); }
    void shutdown_write();
    void close() { channel_.close(); }

private:
    loop::Channel channel_;
};

class Stream::Read final : public loop::Operation {
public:
    Read(loop::Channel& channel, Buffer& into, std::size_t limit, Duration timeout)
        : Operation(channel, loop::Direction::read, timeout), into_(into), limit_(limit) {}
    [[nodiscard]] Result<std::size_t> await_resume() const;

private:
    bool attempt() override;
    Buffer& into_;
    std::size_t limit_;
    ssize_t result_ = 0;
};

class Stream::Write final : public loop::Operation {
public:
    static constexpr std::size_t max_pieces = 8;
    Write(loop::Channel& channel, std::span<const std::string_view> pieces, Duration timeout,
          bool more_follows);
    [[nodiscard]] Result<> await_resume() const;
    [[nodiscard]] std::uint64_t written() const { return written_; }

private:
    bool attempt() override;
    void skip(std::size_t bytes);
    std::array<iovec, max_pieces> pieces_;
    std::size_t first_ = 0;
    std::size_t count_ = 0;
    std::uint64_t written_ = 0;
    int error_ = 0;
    bool more_follows_;
};

class Stream::SendFile final : public loop::Operation {
public:
    SendFile(loop::Channel& channel, int file, off_t offset, std::uint64_t bytes, std::size_t chunk,
             Duration timeout)
        : Operation(channel, loop::Direction::write, timeout),
          file_(file),
          offset_(offset),
          left_(bytes),
          chunk_(chunk) {}
    [[nodiscard]] Result<> await_resume() const;

private:
    bool attempt() override;
    int file_;
    off_t offset_;
    std::uint64_t left_;
    std::size_t chunk_;
    int error_ = 0;
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
