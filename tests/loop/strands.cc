// Strands, scopes and what ends a wait, in every world.

#include "operations.h"
#include "worlds.h"

#include <vector>

namespace gatehouse::loop {
namespace {

using namespace std::chrono_literals;

constexpr ErrorCode no_error{255};

ErrorCode code_of(const Result<>& result) { return result ? no_error : result.error().code; }

template <class World>
class Strands : public ::testing::Test {
protected:
    void finish() {
        ASSERT_TRUE(world_.run_until([this] { return scope_.empty(); }));
    }
    World world_;
    Loop& loop_ = world_.make_loop();
    Scope scope_{loop_};
};
TYPED_TEST_SUITE(Strands, Worlds, WorldNames);

Task<void> sleep_for(Duration duration, ErrorCode& code) {
    const auto slept = co_await sleep(duration);
    code = code_of(slept);
}

Task<int> answer() { co_return 42; }
Task<int> late_answer() {
    [[maybe_unused]] const auto slept = co_await sleep(1ms);
    co_return 42;
}
Task<void> ask(int& now, int& later) {
    now = co_await answer();
    later = co_await late_answer();
}

TYPED_TEST(Strands, ATaskGivesItsValueAtOnceOrLater) {
    int now = 0;
    int later = 0;
    this->scope_.spawn(ask(now, later));
    EXPECT_EQ(now, 42);
    EXPECT_EQ(later, 0);
    this->finish();
    EXPECT_EQ(later, 42);
}

// Born ready, unless it must wait.
Task<int> doubled(int value, bool late) {
    if (!late) return 2 * value;
    return [](int of) -> Task<int> {
        [[maybe_unused]] const auto slept = co_await sleep(1ms);
        co_return 2 * of;
    }(value);
}
Task<void> nothing() { return {}; }
Task<void> add_up(int& sum) {
    co_await nothing();
    sum += co_await doubled(3, false);
    sum += co_await doubled(4, true);
    Task<int> kept = doubled(5, false);
    Task<int> moved = std::move(kept);
    sum += co_await std::move(moved);
}

TYPED_TEST(Strands, ATaskMayBeBornReady) {
    int sum = 0;
    this->scope_.spawn(add_up(sum));
    this->scope_.spawn(nothing());
    EXPECT_EQ(sum, 6);
    this->finish();
    EXPECT_EQ(sum, 24);
}

Task<void> ask_often(int times, std::uint64_t& sum) {
    for (int i = 0; i < times; ++i) sum += static_cast<std::uint64_t>(co_await answer());
}

TYPED_TEST(Strands, AMillionSynchronousCompletionsNeedNoStack) {
    std::uint64_t sum = 0;
    this->scope_.spawn(ask_often(1'000'000, sum));
    EXPECT_EQ(sum, 42'000'000U);
    EXPECT_TRUE(this->scope_.empty());
}

Task<void> yield_often(int times, int& count) {
    for (; count < times; ++count) [[maybe_unused]] const auto slept = co_await sleep(1ns);
}

TYPED_TEST(Strands, ManySuspensionsNeedNoStack) {
    int count = 0;
    const int times = TypeParam::simulated ? 20'000 : 200;   // one millisecond each
    this->scope_.spawn(yield_often(times, count));
    this->finish();
    EXPECT_EQ(count, times);
}

TYPED_TEST(Strands, SleepIsNeverShort) {
    ErrorCode code{};
    const auto start = this->loop_.now();
    this->scope_.spawn(sleep_for(15ms, code));
    this->finish();
    EXPECT_EQ(code, no_error);
    EXPECT_GE(this->loop_.now() - start, 15ms);
}

TYPED_TEST(Strands, CancelEndsASleep) {
    ErrorCode code = no_error;
    this->scope_.spawn(sleep_for(1h, code));
    this->scope_.cancel();
    this->finish();
    EXPECT_EQ(code, ErrorCode::canceled);
    EXPECT_EQ(this->loop_.armed_timers(), 0U);
}

Task<void> wait_thrice(std::vector<ErrorCode>& codes) {
    for (int i = 0; i < 3; ++i) {
        const auto slept = co_await sleep(1h);
        codes.push_back(code_of(slept));
    }
}

TYPED_TEST(Strands, CancelIsSticky) {
    std::vector<ErrorCode> codes;
    this->scope_.spawn(wait_thrice(codes));
    this->scope_.cancel();
    this->finish();
    EXPECT_EQ(codes, std::vector(3, ErrorCode::canceled));
}

Task<void> wait_for(Event& event, Duration timeout, ErrorCode& code) {
    const auto waited = co_await event.wait(timeout);
    code = code_of(waited);
}

TYPED_TEST(Strands, AnEventWakesItsWaiters) {
    Event event;
    ErrorCode first{};
    ErrorCode second{};
    ErrorCode third{};
    this->scope_.spawn(wait_for(event, forever, first));
    this->scope_.spawn(wait_for(event, 1h, second));
    event.notify_one();
    ASSERT_TRUE(this->world_.run_until([&] { return this->scope_.size() == 1; }));
    EXPECT_EQ(first, no_error);
    event.set();
    this->finish();
    EXPECT_EQ(second, no_error);
    this->scope_.spawn(wait_for(event, forever, third));   // it stays set
    EXPECT_EQ(third, no_error);
    EXPECT_EQ(this->loop_.armed_timers(), 0U);
}

TYPED_TEST(Strands, AWaitForAnEventTimesOut) {
    Event event;
    ErrorCode code{};
    this->scope_.spawn(wait_for(event, 5ms, code));
    this->finish();
    EXPECT_EQ(code, ErrorCode::timed_out);
    EXPECT_FALSE(event.has_waiters());
}

TYPED_TEST(Strands, CancelEndsAWaitForAnEvent) {
    Event event;
    ErrorCode code{};
    this->scope_.spawn(wait_for(event, 1h, code));
    this->scope_.cancel();
    EXPECT_FALSE(event.has_waiters());
    this->finish();
    EXPECT_EQ(code, ErrorCode::canceled);
}

Task<void> close_scope(Scope& inner, bool& closed) {
    co_await inner.close();
    closed = true;
}

TYPED_TEST(Strands, ClosingAScopeCancelsJoinsAndAdmitsNoMore) {
    Scope inner(this->loop_);
    std::vector<ErrorCode> codes(5, no_error);
    for (auto& code : codes) inner.spawn(sleep_for(1h, code));
    bool closed = false;
    this->scope_.spawn(close_scope(inner, closed));
    EXPECT_FALSE(closed);
    ErrorCode late = no_error;
    inner.spawn(sleep_for(1h, late));
    this->finish();
    EXPECT_TRUE(closed);
    EXPECT_TRUE(inner.empty());
    EXPECT_EQ(codes, std::vector(5, ErrorCode::canceled));
    EXPECT_EQ(late, no_error) << "a task spawned into a closing scope never starts";
}

TYPED_TEST(Strands, ClosingAnEmptyScopeEndsAtOnce) {
    Scope inner(this->loop_);
    bool closed = false;
    this->scope_.spawn(close_scope(inner, closed));
    EXPECT_TRUE(closed);
}

// Tidies up for a while after it was cancelled, in spite of the cancellation.
Task<void> linger(Event& release, bool& ended) {
    [[maybe_unused]] const auto slept = co_await sleep(1h);
    while (!release.is_set()) {
        Strand& strand = co_await this_strand();
        strand.loop().post([] {});
        Scope nested(strand.loop());
        ErrorCode code{};
        nested.spawn(sleep_for(1ms, code));
        co_await nested.join();
    }
    ended = true;
}

TYPED_TEST(Strands, ACancelledJoinerStillWaits) {
    Scope inner(this->loop_);
    Event release;
    bool ended = false;
    bool closed = false;
    inner.spawn(linger(release, ended));
    this->scope_.spawn(close_scope(inner, closed));
    this->scope_.cancel();
    bool turned = false;
    this->loop_.post([&turned] { turned = true; });
    ASSERT_TRUE(this->world_.run_until([&] { return turned; }));
    EXPECT_FALSE(closed);
    release.set();
    this->finish();
    EXPECT_TRUE(ended);
    EXPECT_TRUE(closed);
}

Task<void> sleep_under_deadline(Duration deadline, Duration nap, int naps, std::vector<ErrorCode>& codes) {
    Strand& strand = co_await this_strand();
    const Deadline limit(strand, deadline);
    for (int i = 0; i < naps; ++i) {
        const auto slept = co_await sleep(nap);
        codes.push_back(code_of(slept));
        if (!slept) co_return;
    }
}

TYPED_TEST(Strands, ADeadlineEndsTheWait) {
    std::vector<ErrorCode> codes;
    this->scope_.spawn(sleep_under_deadline(5ms, 1h, 1, codes));
    this->finish();
    EXPECT_EQ(codes, std::vector{ErrorCode::timed_out});
}

TYPED_TEST(Strands, ADeadlineThatIsMetLeavesNothingBehind) {
    std::vector<ErrorCode> codes;
    this->scope_.spawn(sleep_under_deadline(1h, 1ms, 2, codes));
    this->finish();
    EXPECT_EQ(codes, std::vector(2, no_error));
    EXPECT_EQ(this->loop_.armed_timers(), 0U);
}

// The nap and the deadline end in the same millisecond: the first nap may have its answer already.
TYPED_TEST(Strands, ADeadlineBetweenTwoWaitsEndsTheNextOne) {
    std::vector<ErrorCode> codes;
    for (int i = 0; i < 20; ++i) {
        codes.clear();
        this->scope_.spawn(sleep_under_deadline(2ms, 2ms, 2, codes));
        this->finish();
        EXPECT_EQ(codes.back(), ErrorCode::timed_out);
    }
}

Task<void> wait_then_sleep(Event& event, std::vector<ErrorCode>& codes) {
    Strand& strand = co_await this_strand();
    {
        const Deadline limit(strand, 1ms);
        const auto waited = co_await event.wait();
        codes.push_back(code_of(waited));
    }
    const auto slept = co_await sleep(3ms);   // not the deadline's business any more
    codes.push_back(code_of(slept));
}

struct Setter final : Timer {
    Event& event;
    explicit Setter(Event& of) : event(of) {}
    void fire() override { event.set(); }
};

TYPED_TEST(Strands, ADeadlineIsWithdrawnWhenItsBlockEnds) {
    Event event;
    Setter setter(event);
    this->loop_.arm(setter, 1ms);   // fires in the same slot as the deadline, and before it
    std::vector<ErrorCode> codes;
    this->scope_.spawn(wait_then_sleep(event, codes));
    this->finish();
    EXPECT_EQ(codes, std::vector(2, no_error));
}

// A connected pair on one loop.
Task<void> make_pair(TestListener& listener, Channel& client, Channel& server) {
    const ssize_t status = co_await connect_to(client, listener.address);
    EXPECT_EQ(status, 0);
    const ssize_t fd = co_await accept_one(listener.channel);
    EXPECT_GE(fd, 0);
    if (fd < 0) co_return;
    server.adopt(static_cast<int>(fd));
    EXPECT_TRUE(server.watch().has_value());
}

Task<void> wait_guarded(Channel& channel, ErrorCode& code) {
    Strand& strand = co_await this_strand();
    const HangupGuard guard(channel, strand);
    const auto slept = co_await sleep(1h);
    code = code_of(slept);
}

// Closing with unread data resets, which hangs up the other end.
Task<void> reset(Channel& mine, Channel& peer) {
    [[maybe_unused]] const ssize_t sent = co_await write_all(peer, "unread");
    [[maybe_unused]] const auto arrived = co_await Readable(mine, forever);
    char piece[1];
    [[maybe_unused]] const ssize_t got = co_await read_some(mine, piece);
    mine.close();
}

TYPED_TEST(Strands, AHangUpInterruptsAGuardedStrand) {
    TestListener listener(this->loop_);
    Channel client(this->loop_, -1);
    Channel server(this->loop_, -1);
    this->scope_.spawn(make_pair(listener, client, server));
    this->finish();
    ErrorCode code = no_error;
    this->scope_.spawn(wait_guarded(server, code));
    this->scope_.spawn(reset(client, server));
    this->finish();
    EXPECT_EQ(code, ErrorCode::closed);
}

TYPED_TEST(Strands, AGuardSetAfterTheHangUpStrikesToo) {
    TestListener listener(this->loop_);
    Channel client(this->loop_, -1);
    Channel server(this->loop_, -1);
    this->scope_.spawn(make_pair(listener, client, server));
    this->finish();
    this->scope_.spawn(reset(client, server));
    ASSERT_TRUE(this->world_.run_until([&] { return server.hangup; }));
    ErrorCode code = no_error;
    this->scope_.spawn(wait_guarded(server, code));
    this->finish();
    EXPECT_EQ(code, ErrorCode::closed);
}

Task<void> accept_status(Channel& listener, ssize_t& status) { status = co_await accept_one(listener); }
Task<void> connect_status(Channel& client, SocketAddress address, ssize_t& status) {
    status = co_await connect_to(client, address);
}

TYPED_TEST(Strands, CancelEndsAcceptConnectReadAndReadable) {
    TestListener listener(this->loop_);
    Channel client(this->loop_, -1);
    Channel server(this->loop_, -1);
    this->scope_.spawn(make_pair(listener, client, server));
    this->finish();
    ssize_t accepted = 0;
    ssize_t connecting = 0;
    ErrorCode readable = no_error;
    Channel other(this->loop_, -1);
    this->scope_.spawn(accept_status(listener.channel, accepted));
    this->scope_.spawn(connect_status(other, listener.address, connecting));
    struct Wait {
        static Task<void> run(Channel& channel, ErrorCode& code) {
            const auto waited = co_await Readable(channel, 1h);
            code = code_of(waited);
        }
    };
    server.readable = false;   // as after a read that found nothing
    this->scope_.spawn(Wait::run(server, readable));
    this->scope_.cancel();
    this->finish();
    EXPECT_EQ(accepted, ended_by(ErrorCode::canceled));
    EXPECT_TRUE(connecting == ended_by(ErrorCode::canceled) || connecting == 0);
    EXPECT_EQ(readable, ErrorCode::canceled);
    EXPECT_EQ(this->loop_.armed_timers(), 0U);
}

// A wait that is over at once, for work of either kind.
class Turnstile final : public Waiter {
public:
    enum class For : std::uint8_t { begun_work, fresh_work };
    explicit Turnstile(For what) : Waiter(what == For::fresh_work ? Work::fresh : Work::begun) {}
    [[nodiscard]] bool await_ready() const { return false; }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> handle) {
        return park(handle, *handle.promise().strand);
    }
    void await_resume() const {}

private:
    bool begin() override {
        complete();
        return true;
    }
    void detach() override {}
};

Task<void> pass(Turnstile::For what, int& passed) {
    co_await Turnstile(what);
    ++passed;
}

TYPED_TEST(Strands, WorkThatHasBegunIsFinishedBeforeMoreIsBegun) {
    constexpr int many = 1000;
    int fresh = 0;
    int begun = 0;
    for (int i = 0; i < many; ++i) this->scope_.spawn(pass(Turnstile::For::fresh_work, fresh));
    for (int i = 0; i < many; ++i) this->scope_.spawn(pass(Turnstile::For::begun_work, begun));
    this->loop_.turn(0ms);
    EXPECT_EQ(begun, many);
    EXPECT_GT(fresh, 0) << "nothing starves";
    EXPECT_LT(fresh, many / 10);
    this->finish();
    EXPECT_EQ(fresh, many);
}

Task<void> go_round(int times, int& turns) {
    for (int i = 0; i < times; ++i) {
        [[maybe_unused]] const auto again = co_await yield();
        ++turns;
    }
}

TYPED_TEST(Strands, AStrandThatYieldsLeavesTheTurnToTheOthers) {
    int first = 0;
    int second = 0;
    this->scope_.spawn(go_round(3, first));
    this->scope_.spawn(go_round(3, second));
    this->loop_.turn(0ms);
    EXPECT_EQ(first, 1);
    EXPECT_EQ(second, 1);
    this->finish();
    EXPECT_EQ(first, 3);
}

Task<void> spend(Share& share, int times, int& spent, ErrorCode& code) {
    for (int i = 0; i < times; ++i) {
        const auto on = co_await share.spend(1);
        if (!on) {
            code = on.error().code;
            co_return;
        }
        ++spent;
    }
}

TYPED_TEST(Strands, AShareOfATurnIsSpentAndThenTheOthersGoOn) {
    Share share(10);
    int spent = 0;
    ErrorCode code = no_error;
    this->scope_.spawn(spend(share, 25, spent, code));
    EXPECT_EQ(spent, 9);
    this->loop_.turn(0ms);
    EXPECT_EQ(spent, 19);
    this->finish();
    EXPECT_EQ(spent, 25);
}

TYPED_TEST(Strands, CancelEndsAWaitForTheNextTurn) {
    Share share(1);
    int spent = 0;
    ErrorCode code = no_error;
    this->scope_.spawn(spend(share, 1'000'000, spent, code));
    this->loop_.turn(0ms);
    this->scope_.cancel();
    this->finish();
    EXPECT_LT(spent, 1'000'000);
    EXPECT_EQ(code, ErrorCode::canceled);
}

TYPED_TEST(Strands, MessagesArriveInTheOrderPosted) {
    std::vector<int> order;
    for (int i = 0; i < 5; ++i) this->loop_.post([&order, i] { order.push_back(i); });
    ASSERT_TRUE(this->world_.run_until([&] { return order.size() == 5; }));
    EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4}));
}

}   // namespace
}   // namespace gatehouse::loop
