#include "exchange/handlers/stored_body.h"

#include "exchange/temp_file.h"

#include <unistd.h>

#include <cerrno>

namespace gatehouse::exchange {

StoredBody::~StoredBody() {
    if (fd_ < 0) return;
    ::close(fd_);
    if (!remove_path_.empty()) ::unlink(remove_path_.c_str());
}

void StoredBody::replace(std::string_view text) {
    memory_.clear();
    memory_.append(text);
    whole_ = true;
}

loop::Task<Result<>> StoredBody::read_whole() {
    const auto& route = *exchange_.route;
    const bool always_file = route.body_in_file_only != model::Route::BodyInFile::off;
    loop::Share share(loop::bytes_per_turn);
    while (true) {
        const auto piece = co_await exchange_.body.next();
        if (!piece) co_return Failure(piece.error());
        if (piece->empty()) break;
        memory_.append(*piece);
        if (const auto on = co_await share.spend(piece->size()); !on) co_return on;
        if (memory_.size() <= route.client_body_buffer_bytes && !always_file) continue;
        if (const auto spilled = spill(); !spilled) co_return spilled;
    }
    whole_ = announced_ = true;
    if (!in_file()) exchange_.buffered_body = memory_.view();
    co_return Result<>();
}

Result<> StoredBody::spill() {
    if (fd_ < 0) {
        using InFile = model::Route::BodyInFile;
        const auto in_file = exchange_.route->body_in_file_only;
        auto file = make_temp_file(exchange_.route->client_body_temp_path, in_file != InFile::off);
        if (!file) return Failure(file.error());
        fd_ = file->fd;
        if (in_file == InFile::clean) remove_path_ = file->path;
        exchange_.body_file = exchange_.keep(file->path);
    }
    if (const auto written = append_to_file(fd_, memory_.view()); !written) return written;
    file_bytes_ += memory_.size();
    memory_.clear();
    return {};
}

Result<std::size_t> StoredBody::read_file(std::uint64_t offset, Buffer& into) const {
    if (offset >= file_bytes_) return std::size_t{0};
    const auto space = into.prepare(Buffer::standard_bytes);
    const auto got = ::pread(fd_, space.data(), space.size(), static_cast<off_t>(offset));
    if (got < 0) return fail_errno(errno, "read a temporary file");
    into.commit(static_cast<std::size_t>(got));
    return static_cast<std::size_t>(got);
}

}   // namespace gatehouse::exchange
