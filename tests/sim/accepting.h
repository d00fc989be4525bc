#pragma once
// Accepting on a simulated listener.

#include "loop/channel.h"
#include "loop/loop.h"

#include <cerrno>

namespace gatehouse::simulation {

class AcceptOne final : public loop::Operation {
public:
    explicit AcceptOne(loop::Channel& channel) : Operation(channel, loop::Direction::read, loop::forever) {}
    [[nodiscard]] Result<int> await_resume() const {
        if (failure()) return fail(*failure(), "accept");
        if (result_ < 0) return fail_errno(-result_, "accept");
        return result_;
    }

private:
    bool attempt() override {
        sockaddr_storage peer;
        socklen_t length = 0;
        result_ = channel().loop().backend().accept(channel().fd(), peer, length);
        if (result_ == -EAGAIN) not_ready();
        return result_ != -EAGAIN;
    }
    int result_ = 0;
};

}   // namespace gatehouse::simulation
