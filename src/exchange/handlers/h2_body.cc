#include "exchange/handlers/h2_body.h"

#include "exchange/rate_limit.h"

#include <algorithm>
#include <utility>

namespace gatehouse::exchange {

void H2Body::let_go() { stream_.consumed(std::exchange(lent_, 0)); }

loop::Task<Result<std::string_view>> H2Body::next() {
    let_go();
    if (rest_.empty()) {
        held_.release();
        const auto filled = co_await stream_.fill(read_timeout_);
        if (!filled) co_return Failure(filled.error());
        held_.swap(stream_.in);
        rest_ = held_.view();
        received_ += rest_.size();
        wire_bytes_ += rest_.size();
    }
    auto piece = rest_;
    if (rate_ > 0 && !rest_.empty()) {
        const auto allowed =
            co_await wait_for_allowance(*loop_, {.since = started_, .bytes_per_second = rate_}, taken_);
        if (!allowed) co_return Failure(allowed.error());
        piece = piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(*allowed, piece.size())));
    }
    rest_.remove_prefix(piece.size());
    taken_ += piece.size();
    lent_ = piece.size();
    co_return piece;
}

}   // namespace gatehouse::exchange
