#include "exchange/body_stream.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace gatehouse::exchange {

constexpr std::size_t block_bytes = 32 * 1024;

BodyStream::BodyStream(Response& response)
    : body_(std::exchange(response.body, static_cast<BodySource*>(this))) {
    if (response.recoding != nullptr) recoder_.emplace(*response.recoding);
}

bool BodyStream::has_arrived() const {
    const auto* const* source = std::get_if<BodySource*>(&body_);
    return source == nullptr || (*source)->has_arrived();
}

bool BodyStream::ended() const {
    return done_ || (has_given_all() && (!recoder_ || recoder_->is_between_characters()));
}

bool BodyStream::has_given_all() const {
    if (const auto* text = std::get_if<std::string_view>(&body_)) return text->empty();
    if (const auto* file = std::get_if<FileBody>(&body_)) {
        if (!file->tail.empty()) return false;
        if (part_ == file->parts.size()) return true;
        const auto& part = file->parts[part_];
        return part_ + 1 == file->parts.size() && in_part_ && part_done_ == part.bytes;
    }
    const auto* const* source = std::get_if<BodySource*>(&body_);
    return source == nullptr || (*source)->ended();
}

void BodyStream::client_is_slow() {
    if (auto* const* source = std::get_if<BodySource*>(&body_)) (*source)->client_is_slow();
}

const http::Fields* BodyStream::trailers() const {
    const auto* const* source = std::get_if<BodySource*>(&body_);
    return source == nullptr ? nullptr : (*source)->trailers();
}

Result<BodyStream::Piece> BodyStream::take_from_file(const FileBody& file) {
    while (part_ < file.parts.size()) {
        const auto& part = file.parts[part_];
        if (!std::exchange(in_part_, true) && !part.head.empty())
            return Piece{.text = part.head, .is_content = false};
        const auto left = part.bytes - part_done_;
        if (left == 0) {
            ++part_;
            in_part_ = false;
            part_done_ = 0;
            continue;
        }
        block_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left, block_bytes)));
        const auto got = ::pread(file.file->fd, block_.data(), block_.size(),
                                 part.offset + static_cast<off_t>(part_done_));
        if (got <= 0) return fail(ErrorCode::closed, "the file became shorter while it was sent");
        part_done_ += static_cast<std::uint64_t>(got);
        return Piece{.text = std::string_view(block_).substr(0, static_cast<std::size_t>(got))};
    }
    if (part_ == file.parts.size() && !file.tail.empty()) {
        ++part_;
        return Piece{.text = file.tail, .is_content = false};
    }
    return Piece{};
}

loop::Task<Result<BodyStream::Piece>> BodyStream::take() {
    if (auto* text = std::get_if<std::string_view>(&body_)) co_return Piece{.text = std::exchange(*text, {})};
    if (const auto* file = std::get_if<FileBody>(&body_)) co_return take_from_file(*file);
    auto* const* source = std::get_if<BodySource*>(&body_);
    if (source == nullptr) co_return Piece{};
    const auto piece = co_await (*source)->next();
    if (!piece) co_return Failure(piece.error());
    co_return Piece{.text = *piece};
}

loop::Task<Result<std::string_view>> BodyStream::next() {
    out_.clear();
    while (!done_) {
        const auto piece = co_await take();
        if (!piece) co_return Failure(piece.error());
        const bool at_end = piece->is_content && piece->text.empty();
        done_ = at_end;
        if (!recoder_) co_return piece->text;
        if (piece->is_content) recoder_->add(piece->text, out_);
        if (at_end || !piece->is_content)
            recoder_->finish(out_);   // each part of a file is a text of its own
        if (!piece->is_content) out_ += piece->text;
        if (!out_.empty()) break;
    }
    co_return std::string_view(out_);
}

}   // namespace gatehouse::exchange
