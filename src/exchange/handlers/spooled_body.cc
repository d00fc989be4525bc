#include "exchange/handlers/spooled_body.h"

#include "exchange/temp_file.h"
#include "exchange/worker_state.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace gatehouse::exchange {

SpooledBody::SpooledBody(Exchange& exchange, const model::ForwardHandler& handler, Attempt& attempt,
                         UpstreamBody& source)
    : exchange_(exchange),
      handler_(handler),
      attempt_(attempt),
      source_(source),
      filling_(exchange.client.worker.loop) {}

SpooledBody::~SpooledBody() {
    if (file_ >= 0) ::close(file_);
}

void SpooledBody::client_is_slow() {
    if (reading_ahead_ || is_detached_) return;   // told again of the same piece
    if (source_.ended()) {   // nothing to read ahead, but an endpoint to set free
        if (attempt_.is_uploading()) return;
        is_detached_ = true;
        const bool reusable = source_.connection_reusable();
        held_ = source_.detach_buffer();
        attempt_.give_back(reusable);
        return;
    }
    reading_ahead_ = true;
    held_ = source_.detach_buffer();
    filling_.spawn(fill(*this));
}

// Two look into that memory: the write that was slow, and what had arrived and was not decoded yet.
void SpooledBody::release_held() {
    if (slow_piece_taken_ && source_.has_nothing_arrived()) held_.release();
}

bool SpooledBody::ended() const {
    return reading_ahead_ ? finished_ && !error_ && !has_stored() : source_.ended();
}

bool SpooledBody::is_full() const {
    if (handler_.max_temp_file_bytes == 0) return memory_.size() >= handler_.buffers_bytes;
    return file_read_ < file_written_ && file_written_ >= handler_.max_temp_file_bytes;
}

Result<> SpooledBody::store(std::string_view piece) {
    const bool in_memory = file_read_ == file_written_ && memory_.size() < handler_.buffers_bytes;
    if (in_memory || handler_.max_temp_file_bytes == 0) {
        memory_.append(piece);
        return {};
    }
    if (file_ < 0) {
        auto file = make_temp_file(handler_.temp_path, false);
        if (!file) return Failure(file.error());
        file_ = file->fd;
    }
    if (file_read_ == file_written_ && file_written_ > 0) {   // everything was taken: begin anew
        if (::ftruncate(file_, 0) != 0 || ::lseek(file_, 0, SEEK_SET) < 0)
            return fail_errno(errno, "reuse a temporary file");
        file_read_ = file_written_ = 0;
    }
    if (const auto written = append_to_file(file_, piece); !written) return written;
    file_written_ += piece.size();
    return {};
}

loop::Task<void> SpooledBody::fill(SpooledBody& self) {
    loop::Share share(loop::bytes_per_turn);
    while (!self.error_) {
        const auto piece = co_await self.source_.next();
        if (!piece) {
            self.error_ = piece.error();
            break;
        }
        if (piece->empty()) break;
        if (const auto stored = self.store(*piece); !stored) self.error_ = stored.error();
        self.release_held();
        self.arrived_.set();
        while (self.is_full()) {
            self.drained_.clear();
            const auto waited = co_await self.drained_.wait();
            if (!waited) co_return;
        }
        const auto on = co_await share.spend(piece->size());
        if (!on) co_return;
    }
    co_await self.attempt_.finish(self.source_.connection_reusable());
    self.finished_ = true;
    self.arrived_.set();
}

Result<std::string_view> SpooledBody::take_from_file() {
    out_.clear();
    out_.reserve(Buffer::large_bytes);
    const auto space = out_.prepare(Buffer::standard_bytes);
    const auto wanted = std::min<std::uint64_t>(space.size(), file_written_ - file_read_);
    const auto got =
        ::pread(file_, space.data(), static_cast<std::size_t>(wanted), static_cast<off_t>(file_read_));
    if (got <= 0) return fail_errno(got < 0 ? errno : EIO, "read a temporary file", ErrorSource::internal);
    out_.commit(static_cast<std::size_t>(got));
    file_read_ += static_cast<std::uint64_t>(got);
    return out_.view();
}

loop::Task<Result<std::string_view>> SpooledBody::next() {
    if (!reading_ahead_) co_return co_await source_.next();
    slow_piece_taken_ = true;
    release_held();
    while (true) {
        if (!memory_.empty()) {
            out_.clear();
            out_.swap(memory_);
            drained_.set();
            co_return out_.view();
        }
        if (file_read_ < file_written_) {
            auto piece = take_from_file();
            drained_.set();
            co_return piece;
        }
        if (error_) co_return Failure(*error_);
        if (finished_) co_return std::string_view();
        arrived_.clear();
        const auto waited = co_await arrived_.wait();
        if (!waited) co_return Failure(waited.error());
    }
}

}   // namespace gatehouse::exchange
