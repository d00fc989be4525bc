#include "net/stream.h"

#include "net/readiness.h"

#include <algorithm>
#include <cassert>
#include <cerrno>

namespace gatehouse::net {
namespace {

Result<> outcome(int error, const char* refusal, std::optional<ErrorCode> failure, const char* what) {
    if (failure) return fail(*failure, what);
    if (refusal != nullptr) return fail(ErrorCode::malformed, refusal);
    if (error != 0) return fail_errno(error, what);
    return {};
}

}   // namespace

Stream::Read Stream::read(Buffer& into, std::size_t limit, Duration timeout) {
    return {*this, into, limit, timeout};
}

Stream::Write Stream::write(std::span<const std::string_view> pieces, Duration timeout, bool more_follows) {
    return {*this, pieces, timeout, more_follows};
}

Stream::Write Stream::write(std::string_view text, Duration timeout, bool more_follows) {
    return {*this, std::span(&text, 1), timeout, more_follows};
}

Stream::SendFile Stream::send_file(int file, off_t offset, std::uint64_t bytes, std::size_t chunk,
                                   Duration timeout) {
    return {*this, file, offset, bytes, chunk, timeout};
}

Stream::Connect Stream::connect(const SocketAddress& address, Duration timeout) {
    return {channel_, address, timeout};
}

Result<std::optional<std::size_t>> Stream::try_read(Buffer& into, std::size_t limit) {
    if (!channel_.readable) return std::nullopt;
    if (session_ != nullptr) return try_decrypt(into, limit);
    auto space = into.prepare(1);
    space = space.first(std::min(space.size(), limit));
    const ssize_t n = channel_.loop().backend().read(channel_.fd(), space);
    if (is_not_ready(n)) {
        channel_.readable = false;
        into.release_if_empty();
        return std::nullopt;
    }
    if (n < 0) return fail_errno(static_cast<int>(-n), "read");
    into.commit(static_cast<std::size_t>(n));
    note_short_read(channel_, static_cast<std::size_t>(n) < space.size());
    return static_cast<std::size_t>(n);
}

Result<std::size_t> Stream::try_write(std::span<const std::string_view> pieces) {
    assert(pieces.size() <= Write::max_pieces);
    if (!channel_.is_open()) return fail(ErrorCode::canceled, "write");
    if (!channel_.writable || session_ != nullptr) return std::size_t{0};
    std::array<iovec, Write::max_pieces> parts;
    std::size_t count = 0;
    for (const auto piece : pieces) {
        if (!piece.empty()) parts[count++] = {const_cast<char*>(piece.data()), piece.size()};
    }
    if (count == 0) return std::size_t{0};
    const ssize_t n = channel_.loop().backend().write(channel_.fd(), std::span(parts).first(count), false);
    if (is_not_ready(n)) {
        channel_.writable = false;
        return std::size_t{0};
    }
    if (n < 0) return fail_errno(static_cast<int>(-n), "write");
    return static_cast<std::size_t>(n);
}

void Stream::shutdown_write() {
    if (!channel_.is_open()) return;
    if (session_ != nullptr) say_end();
    channel_.loop().backend().shutdown_write(channel_.fd());
}

void Stream::close() {
    if (session_ != nullptr && channel_.is_open()) say_end();
    channel_.close();
}

bool Stream::Read::attempt() {
    if (stream_.session_ != nullptr) return attempt_encrypted();
    auto space = into_.prepare(1);
    space = space.first(std::min(space.size(), limit_));
    result_ = channel().loop().backend().read(channel().fd(), space);
    if (is_not_ready(result_)) {
        not_ready();
        into_.release_if_empty();
        return false;
    }
    if (result_ > 0) {
        into_.commit(static_cast<std::size_t>(result_));
        note_short_read(channel(), static_cast<std::size_t>(result_) < space.size());
    }
    return true;
}

Result<std::size_t> Stream::Read::await_resume() const {
    if (failure()) return fail(*failure(), "read");
    if (refusal_ != nullptr) return fail(ErrorCode::malformed, refusal_);
    if (result_ < 0) return fail_errno(static_cast<int>(-result_), "read");
    return static_cast<std::size_t>(result_);
}

Stream::Write::Write(Stream& stream, std::span<const std::string_view> pieces, Duration timeout,
                     bool more_follows)
    : Operation(stream.channel_, loop::Direction::write, timeout),
      stream_(stream),
      more_follows_(more_follows) {
    assert(pieces.size() <= max_pieces);
    for (const auto piece : pieces) {
        if (!piece.empty()) pieces_[count_++] = {const_cast<char*>(piece.data()), piece.size()};
    }
}

bool Stream::Write::attempt() {
    if (stream_.session_ != nullptr) return attempt_encrypted();
    while (first_ < count_ && error_ == 0) {
        const auto left = std::span(pieces_).subspan(first_, count_ - first_);
        const ssize_t n = channel().loop().backend().write(channel().fd(), left, more_follows_);
        if (is_not_ready(n)) {
            not_ready();
            return false;
        }
        if (n < 0) {
            error_ = static_cast<int>(-n);
            return true;
        }
        skip(static_cast<std::size_t>(n));
        progress();
    }
    return true;
}

void Stream::Write::skip(std::size_t bytes) {
    written_ += bytes;
    while (bytes > 0) {
        iovec& piece = pieces_[first_];
        const std::size_t step = std::min(bytes, piece.iov_len);
        piece.iov_base = static_cast<char*>(piece.iov_base) + step;
        piece.iov_len -= step;
        bytes -= step;
        if (piece.iov_len == 0) ++first_;
    }
}

Result<> Stream::Write::await_resume() const { return outcome(error_, refusal_, failure(), "write"); }

bool Stream::SendFile::attempt() {
    if (stream_.session_ != nullptr) return attempt_encrypted();
    while (left_ > 0) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left_, chunk_));
        const ssize_t n = channel().loop().backend().sendfile(channel().fd(), file_, offset_, wanted);
        if (is_not_ready(n)) {
            not_ready();
            return false;
        }
        if (n <= 0) {
            error_ = static_cast<int>(-n);
            truncated_ = n == 0;
            return true;
        }
        offset_ += n;
        left_ -= static_cast<std::uint64_t>(n);
        progress();
    }
    return true;
}

Result<> Stream::SendFile::await_resume() const {
    if (truncated_) return fail(ErrorCode::closed, "sendfile: the file became shorter");
    return outcome(error_, refusal_, failure(), "sendfile");
}

bool Stream::Connect::await_ready() {
    auto& backend = channel().loop().backend();
    const int status = backend.connect(channel().fd(), address_.get(), address_.length);
    if (status < 0 && status != -EINPROGRESS) {
        error_ = -status;
        return true;
    }
    if (const auto watched = channel().watch(); !watched) {
        error_ = watched.error().os_error;
        return true;
    }
    channel().readable = channel().writable = status == 0;
    return status == 0;
}

bool Stream::Connect::attempt() {
    error_ = -channel().loop().backend().pending_error(channel().fd());
    return true;
}

Result<> Stream::Connect::await_resume() const { return outcome(error_, nullptr, failure(), "connect"); }

}   // namespace gatehouse::net
