#include "main/message_channel.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace gatehouse::process {
namespace {

constexpr std::size_t descriptors_per_piece = 200;
constexpr std::size_t read_bytes = 64 * 1024;

using ControlBuffer =
    std::array<char, CMSG_SPACE(256 * sizeof(int))>;   // more than the kernel passes at once

}   // namespace

Result<> MessageChannel::send(const Message& message, const std::vector<int>& descriptors) {
    std::string frame = encode(message, static_cast<std::uint32_t>(descriptors.size()));
    unsent_bytes_ += frame.size();
    std::size_t at = 0;   // one byte of the frame for each full load of descriptors, then the rest
    for (std::size_t first = 0; first < descriptors.size(); first += descriptors_per_piece) {
        Piece piece{frame.substr(at++, 1), {}};
        for (std::size_t i = first; i < std::min(first + descriptors_per_piece, descriptors.size()); ++i) {
            piece.descriptors.emplace_back(::fcntl(descriptors[i], F_DUPFD_CLOEXEC, 0));
            if (!piece.descriptors.back()) return fail_errno(errno, "dup()");
        }
        queue_.push_back(std::move(piece));
    }
    queue_.push_back({frame.substr(at), {}});
    return flush();
}

Result<> MessageChannel::flush() {
    while (!queue_.empty()) {
        Piece& piece = queue_.front();
        const auto sent = send_front();
        if (!sent) return tl::unexpected(sent.error());
        if (*sent == 0) return {};
        piece.descriptors.clear();
        sent_bytes_ += *sent;
        unsent_bytes_ -= *sent;
        if (sent_bytes_ < piece.bytes.size()) continue;
        queue_.pop_front();
        sent_bytes_ = 0;
    }
    return {};
}

// 0: not now.
Result<std::size_t> MessageChannel::send_front() const {
    const Piece& piece = queue_.front();
    iovec bytes{const_cast<char*>(piece.bytes.data()) + sent_bytes_, piece.bytes.size() - sent_bytes_};
    msghdr header{};
    header.msg_iov = &bytes;
    header.msg_iovlen = 1;
    alignas(cmsghdr) ControlBuffer control{};
    if (!piece.descriptors.empty()) {
        std::vector<int> numbers;
        for (const UniqueFd& fd : piece.descriptors) numbers.push_back(fd.get());
        const std::size_t payload = numbers.size() * sizeof(int);
        header.msg_control = control.data();
        header.msg_controllen = CMSG_SPACE(payload);
        cmsghdr* first = CMSG_FIRSTHDR(&header);
        first->cmsg_level = SOL_SOCKET;
        first->cmsg_type = SCM_RIGHTS;
        first->cmsg_len = CMSG_LEN(payload);
        std::memcpy(CMSG_DATA(first), numbers.data(), payload);
    }
    for (;;) {
        const ssize_t sent = ::sendmsg(fd_, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) return static_cast<std::size_t>(sent);
        if (errno == EINTR) continue;
        if (errno == EAGAIN) return std::size_t{0};
        return fail_errno(errno, "sendmsg()");
    }
}

Result<bool> MessageChannel::read_more() {
    const std::size_t before = incoming_.size();
    incoming_.resize(before + read_bytes);
    iovec bytes{incoming_.data() + before, read_bytes};
    alignas(cmsghdr) ControlBuffer control{};
    msghdr header{};
    header.msg_iov = &bytes;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    ssize_t count = 0;
    do {
        count = ::recvmsg(fd_, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    } while (count < 0 && errno == EINTR);
    const int os_error = errno;
    incoming_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0 && os_error == EAGAIN) return false;
    if (count < 0) return fail_errno(os_error, "recvmsg()");
    if (count == 0) return fail(ErrorCode::closed, "recvmsg()");
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t numbers = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < numbers; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
            arrived_.emplace_back(fd);
        }
    }
    // the process is out of descriptors, and the kernel left some out
    if ((header.msg_flags & MSG_CTRUNC) != 0) return fail(ErrorCode::too_many_files, "recvmsg()");
    return true;
}

Result<std::optional<Received>> MessageChannel::receive() {
    for (;;) {
        if (incoming_.size() >= FrameHead::bytes) {
            const auto head = FrameHead::decode(incoming_);
            if (!head) return fail(ErrorCode::malformed, "message head");
            const std::size_t whole = FrameHead::bytes + head->body_bytes;
            if (incoming_.size() >= whole) {
                auto message =
                    decode(*head, std::string_view(incoming_).substr(FrameHead::bytes, head->body_bytes));
                if (!message || arrived_.size() < head->descriptors)
                    return fail(ErrorCode::malformed, "message");
                Received received{*std::move(message), {}};
                const auto last = arrived_.begin() + head->descriptors;
                std::move(arrived_.begin(), last, std::back_inserter(received.descriptors));
                arrived_.erase(arrived_.begin(), last);
                incoming_.erase(0, whole);
                return received;
            }
        }
        const auto more = read_more();
        if (!more) return tl::unexpected(more.error());
        if (!*more) return std::nullopt;
    }
}

}   // namespace gatehouse::process
