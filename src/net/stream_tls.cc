// The stream's operations with a TLS session between them and the socket: one read and one write of the
// kernel's for as many records as there are.
#include "net/readiness.h"
#include "net/stream.h"

#include <unistd.h>

#include <cassert>

#include <algorithm>

namespace gatehouse::net {
namespace {

// As much ciphertext as is there is read at once: more than the plain text that is asked for may be in it.
std::size_t read_bytes_for(std::size_t limit) {
    return limit > Buffer::standard_bytes ? Buffer::large_bytes : Buffer::standard_bytes;
}

}   // namespace

Result<std::optional<std::size_t>> Stream::try_decrypt(Buffer& into, std::size_t limit) {
    auto& in = session_->in();
    auto space = into.prepare(1);
    space = space.first(std::min(space.size(), limit));
    while (true) {
        const auto read = session_->read(space);
        // answers to what the peer asked of the session itself, or what is wrong; if the kernel has no room,
        // they go with what is written next
        if (!session_->out().empty()) [[maybe_unused]]
            const auto flushed = flush();
        if (!read) return Failure(read.error());
        if (read->reading == tls::Session::Reading::end) return 0;
        if (read->reading == tls::Session::Reading::data) {
            into.commit(read->bytes);
            if (session_->has_buffered()) channel_.readable = true;
            in.release_if_empty();
            return read->bytes;
        }
        if (in.capacity() == 0) in.reserve(read_bytes_for(limit));
        const auto raw = in.prepare(1);
        const ssize_t n = channel_.readable ? channel_.loop().backend().read(channel_.fd(), raw) : -EAGAIN;
        if (is_not_ready(n)) {
            channel_.readable = false;
            in.release_if_empty();
            into.release_if_empty();
            return std::nullopt;
        }
        if (n < 0) return fail_errno(static_cast<int>(-n), "read");
        if (n == 0) return 0;
        in.commit(static_cast<std::size_t>(n));
        note_short_read(channel_, static_cast<std::size_t>(n) < raw.size());
    }
}

Result<bool> Stream::flush(bool more_follows) {
    auto& out = session_->out();
    while (!out.empty()) {
        if (!channel_.writable) return false;
        const iovec piece{out.data(), out.size()};
        const ssize_t n = channel_.loop().backend().write(channel_.fd(), std::span(&piece, 1), more_follows);
        if (is_not_ready(n)) {
            channel_.writable = false;
            return false;
        }
        if (n < 0) return fail_errno(static_cast<int>(-n), "write");
        out.consume(static_cast<std::size_t>(n));
    }
    out.release();
    return true;
}

// As far as the kernel has room for it: nobody waits for the end of an end.
void Stream::say_end() {
    session_->end();
    if (!session_->out().empty()) [[maybe_unused]]
        const auto flushed = flush();
}

bool Stream::Read::attempt_encrypted() {
    const auto read = stream_.try_decrypt(into_, limit_);
    if (!read) {
        result_ = -read.error().os_error;
        if (result_ == 0) refusal_ = read.error().what;
        return true;
    }
    if (!*read) return false;
    result_ = static_cast<ssize_t>(**read);
    return true;
}

bool Stream::Write::attempt_encrypted() {
    auto& session = *stream_.session_;
    while (true) {
        const auto held = session.out().size();
        const auto flushed = stream_.flush(more_follows_ && first_ == count_);
        if (session.out().size() < held) progress();   // a part of a record counts, too
        if (!flushed) {
            error_ = flushed.error().os_error;
            return true;
        }
        if (!*flushed) return false;
        if (first_ == count_) return true;
        std::array<std::string_view, max_pieces> left;
        std::size_t bytes = 0;
        for (std::size_t i = first_; i < count_; ++i) {
            left[i - first_] = {static_cast<const char*>(pieces_[i].iov_base), pieces_[i].iov_len};
            bytes += pieces_[i].iov_len;
        }
        session.out().reserve(bytes > Buffer::standard_bytes / 2 ? Buffer::large_bytes
                                                                 : Buffer::standard_bytes);
        const auto taken = session.write(std::span(left).first(count_ - first_), tls::Session::enough_bytes);
        if (!taken) {
            refusal_ = taken.error().what;
            return true;
        }
        skip(*taken);
    }
}

bool Stream::SendFile::attempt_encrypted() {
    static thread_local std::array<char, tls::Session::enough_bytes> block;
    while (true) {
        const auto held = stream_.session_->out().size();
        const auto flushed = stream_.flush();
        if (stream_.session_->out().size() < held) progress();
        if (!flushed) {
            error_ = flushed.error().os_error;
            return true;
        }
        if (!*flushed) return false;
        if (left_ == 0) return true;
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left_, block.size()));
        const ssize_t got = ::pread(file_, block.data(), wanted, offset_);
        if (got <= 0) {
            error_ = got < 0 ? errno : 0;
            truncated_ = got == 0;
            return true;
        }
        stream_.session_->out().reserve(Buffer::large_bytes);
        const std::string_view text(block.data(), static_cast<std::size_t>(got));
        const auto taken = stream_.session_->write(std::span(&text, 1), SIZE_MAX);
        if (!taken) {
            refusal_ = taken.error().what;
            return true;
        }
        offset_ += got;
        left_ -= static_cast<std::uint64_t>(got);
    }
}

namespace {

// The bytes of a handshake, before the stream knows its session.
class RawRead final : public loop::Operation {
public:
    RawRead(loop::Channel& on, Buffer& into)
        : Operation(on, loop::Direction::read, loop::forever), into_(into) {}
    [[nodiscard]] Result<std::size_t> await_resume() const {
        if (failure()) return fail(*failure(), "TLS handshake");
        if (result_ < 0) return fail_errno(static_cast<int>(-result_), "TLS handshake");
        return static_cast<std::size_t>(result_);
    }

private:
    bool attempt() override {
        const auto space = into_.prepare(1);
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
    Buffer& into_;
    ssize_t result_ = 0;
};

}   // namespace

loop::Task<Result<>> Stream::begin_tls(std::unique_ptr<tls::Session> session, Duration timeout) {
    assert(session_ == nullptr);
    session_ = std::move(session);
    // Many hands may be shaken at once, with little to say.
    session_->in().reserve(Buffer::small_bytes);
    session_->out().reserve(Buffer::small_bytes);
    const loop::Deadline deadline(co_await loop::this_strand(), timeout);
    while (true) {
        const auto done = session_->handshake();
        if (!done) {
            [[maybe_unused]] const auto flushed = flush();   // the alert
            co_return Failure(done.error());
        }
        const auto flushed = co_await write(std::span<const std::string_view>(), loop::forever);
        if (!flushed) co_return flushed;
        if (*done) break;
        RawRead reading(channel_, session_->in());
        const auto read = co_await reading;
        if (!read) co_return Failure(read.error());
        if (*read == 0) co_return fail(ErrorCode::closed, "connection closed during TLS handshake");
    }
    if (session_->has_buffered()) channel_.readable = true;
    co_return Result<>();
}

}   // namespace gatehouse::net
