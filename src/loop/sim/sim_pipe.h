#pragma once
// A simulated pipe: a bounded byte queue with two descriptors, used for splicing only. Its capacity may be a
// single page, as Linux gives to users who hold many pipes (pipe(7), pipe-user-pages-soft).

#include "base/buffer.h"
#include "loop/sim/sim_file.h"

#include <memory>

namespace gatehouse::loop {

struct SimPipe {
    Buffer content;
    std::size_t capacity;
    bool reader_open = true;
    bool writer_open = true;
};

class SimPipeEnd final : public SimFile {
public:
    enum class Side { reader, writer };
    SimPipeEnd(SimWorld& world, std::shared_ptr<SimPipe> pipe, Side side)
        : SimFile(world), pipe_(std::move(pipe)), side_(side) {}

    [[nodiscard]] Readiness poll() override {
        const bool reader = side_ == Side::reader;
        return {.readable = reader && (!pipe_->content.empty() || !pipe_->writer_open),
                .writable = !reader && room() > 0,
                .hangup = reader ? !pipe_->writer_open : !pipe_->reader_open};
    }
    [[nodiscard]] Side side() const { return side_; }
    [[nodiscard]] SimPipe& pipe() { return *pipe_; }
    [[nodiscard]] std::size_t room() const { return pipe_->capacity - pipe_->content.size(); }

private:
    void on_last_close() override {
        (side_ == Side::reader ? pipe_->reader_open : pipe_->writer_open) = false;
    }
    std::shared_ptr<SimPipe> pipe_;
    Side side_;
};

}   // namespace gatehouse::loop
