#include "loop/channel.h"

#include "loop/loop.h"

#include <cassert>

namespace gatehouse::loop {

Result<> Channel::watch(bool exclusive) {
    const int status = loop_->backend().watch(fd_, *this, exclusive);
    if (status < 0) return fail_errno(-status, "watch a descriptor");
    watched_ = true;
    shared_ = exclusive;
    return {};
}

int Channel::release() {
    if (reader_ != nullptr) reader_->abandon(ErrorCode::canceled);
    if (writer_ != nullptr) writer_->abandon(ErrorCode::canceled);
    if (watched_ && fd_ >= 0) loop_->backend().unwatch(fd_);
    watched_ = false;
    return std::exchange(fd_, -1);
}

void Channel::close() {
    if (fd_ < 0) return;
    if (reader_ != nullptr) reader_->abandon(ErrorCode::canceled);
    if (writer_ != nullptr) writer_->abandon(ErrorCode::canceled);
    // Closing a descriptor that nobody else holds removes it from the interest list: no system call of its
    // own. A shared one stays there with its open file (epoll(7)), and would go on reporting to this channel
    // after its death.
    if (watched_ && shared_) loop_->backend().unwatch(fd_);
    watched_ = false;
    loop_->backend().close(std::exchange(fd_, -1));
}

void Channel::adopt(int fd) {
    assert(fd_ < 0);
    fd_ = fd;
    readable = writable = true;
    peer_closed = hangup = false;
}

bool Operation::begin() {
    if (!channel_.is_open()) {
        refuse(ErrorCode::canceled);
        return false;
    }
    assert(place() == nullptr);
    place() = this;
    if (timeout_ != forever) loop().arm(timer_, timeout_);
    return true;
}

void Operation::detach() {
    if (place() == this) place() = nullptr;
    timer_.disarm();
}

void Operation::progress() {
    if (timer_.armed()) loop().arm(timer_, timeout_);
}

}   // namespace gatehouse::loop
