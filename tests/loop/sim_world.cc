// The simulated world itself: the same seed is the same run, faults happen, and what cannot go on is noticed.

#include "operations.h"
#include "worlds.h"

namespace gatehouse::loop {
namespace {

using namespace std::chrono_literals;
using Outcome = SimWorld::Outcome;

Task<void> echo(Loop& loop, int fd) {
    Channel channel(loop, fd);
    if (!channel.watch()) co_return;
    char piece[512];
    while (true) {
        const ssize_t n = co_await read_some(channel, piece, 30s);
        if (n <= 0) co_return;
        const ssize_t written = co_await write_all(channel, {piece, static_cast<std::size_t>(n)}, 30s);
        if (written < 0) co_return;
    }
}

Task<void> serve(Channel& listener, Scope& scope) {
    while (true) {
        const ssize_t fd = co_await accept_one(listener);
        if (fd >= 0) {
            scope.spawn(echo(listener.loop(), static_cast<int>(fd)));
        } else if (fd == -EMFILE) {
            const auto slept = co_await sleep(10ms);
            if (!slept) co_return;
        } else {
            co_return;
        }
    }
}

Task<void> close_scope(Scope& scope) { co_await scope.close(); }

struct Tally {
    int echoed = 0;
    int failed = 0;
    int done = 0;
};

Task<void> ask(Loop& loop, SocketAddress address, Tally& tally) {
    Channel channel(loop, -1);
    const ssize_t connected_status = co_await connect_to(channel, address, 20s);
    bool good = false;
    if (connected_status == 0) {
        const std::string text(3000, 'q');
        const ssize_t sent = co_await write_all(channel, text, 30s);
        std::size_t got = 0;
        char piece[700];
        while (sent > 0 && got < text.size()) {
            const ssize_t n = co_await read_some(channel, piece, 30s);
            if (n <= 0) break;
            got += static_cast<std::size_t>(n);
        }
        good = got == text.size();
    }
    ++(good ? tally.echoed : tally.failed);
    ++tally.done;
}

std::uint64_t run_echo(std::uint64_t seed, Tally& tally) {
    SimWorld world(seed);
    const auto plan = FaultPlan::draw(world.random());
    Loop& server = world.make_loop(plan);
    Loop& clients = world.make_loop(plan);
    Scope serving(server);
    Scope asking(clients);
    TestListener listener(server);
    if (!listener.channel.is_open()) return world.trace_hash();
    serving.spawn(serve(listener.channel, serving));
    for (int i = 0; i < 20; ++i) asking.spawn(ask(clients, listener.address, tally));
    const auto outcome = world.run_until([&] { return tally.done == 20; }, 1h);
    EXPECT_EQ(outcome, Outcome::met) << "seed " << seed;
    Scope closing(server);
    closing.spawn(close_scope(serving));
    EXPECT_EQ(world.run_until([&] { return closing.empty() && asking.empty(); }, 1h), Outcome::met);
    listener.channel.close();
    EXPECT_EQ(world.descriptors().open_count(), 0U);
    EXPECT_EQ(world.descriptors().misuses(), 0U);
    return world.trace_hash();
}

TEST(SimWorld, TheSameSeedIsTheSameRun) {
    Tally all;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        Tally first;
        Tally second;
        const auto hash = run_echo(seed, first);
        EXPECT_EQ(hash, run_echo(seed, second)) << "seed " << seed;
        EXPECT_EQ(first.echoed, second.echoed);
        Tally other;
        EXPECT_NE(hash, run_echo(seed + 1000, other));
        all.echoed += first.echoed;
        all.failed += first.failed;
    }
    EXPECT_GT(all.echoed, 300);   // faults are neither everywhere nor nowhere
    EXPECT_GT(all.failed, 30);
}

Task<void> sleep_once(Duration duration) { [[maybe_unused]] const auto slept = co_await sleep(duration); }
Task<void> wait_on(Event& event) { [[maybe_unused]] const auto waited = co_await event.wait(); }

TEST(SimWorld, ADayPassesInNoTime) {
    SimWorld world(1);
    Loop& loop = world.make_loop();
    Scope scope(loop);
    const auto before = world.now();
    const auto wall_before = world.wall_time();
    scope.spawn(sleep_once(24h));
    EXPECT_EQ(world.run_until([&] { return scope.empty(); }, 48h), Outcome::met);
    EXPECT_EQ(world.now() - before, 24h);
    EXPECT_EQ(world.wall_time() - wall_before, 24h);
    world.shift_wall_time(-5h);
    EXPECT_EQ(world.wall_time() - wall_before, 19h);
}

TEST(SimWorld, NoticesThatNothingWillEverHappen) {
    SimWorld world(1);
    Loop& loop = world.make_loop();
    Scope scope(loop);
    Event event;
    scope.spawn(wait_on(event));
    EXPECT_EQ(world.run_until([&] { return scope.empty(); }, 1h), Outcome::idle);
    scope.cancel();
    EXPECT_EQ(world.run_until([&] { return scope.empty(); }, 1h), Outcome::met);
}

TEST(SimWorld, StopsAtTheLimitOfTime) {
    SimWorld world(1);
    Loop& loop = world.make_loop();
    Scope scope(loop);
    const auto before = world.now();
    scope.spawn(sleep_once(2h));
    EXPECT_EQ(world.run_until([&] { return scope.empty(); }, 1h), Outcome::time_limit);
    EXPECT_EQ(world.now() - before, 1h);
    EXPECT_EQ(world.run_until([&] { return scope.empty(); }, 2h), Outcome::met);
}

TEST(SimWorld, NoticesALoopThatNeverRests) {
    SimWorld world(1);
    Loop& loop = world.make_loop();
    bool enough = false;
    std::function<void()> message = [&] {
        if (!enough) loop.post(message);
    };
    loop.post(message);
    EXPECT_EQ(world.run_until([] { return false; }, 1h), Outcome::spinning);
    enough = true;
    EXPECT_EQ(world.run_until([] { return false; }, 1h), Outcome::idle);
}

Task<void> connect_only(Loop& loop, SocketAddress address, Duration timeout, ssize_t& status) {
    Channel channel(loop, -1);
    status = co_await connect_to(channel, address, timeout);
}

TEST(SimWorld, AddressesCanBeUnreachableOrSilent) {
    SimWorld world(1);
    Loop& loop = world.make_loop();
    Scope scope(loop);
    ssize_t unreachable = 0;
    ssize_t silent = 0;
    ssize_t impatient = 0;
    world.network().set_fate(loopback(1), SimNetwork::Fate::unreachable);
    world.network().set_fate(loopback(2), SimNetwork::Fate::silent);
    scope.spawn(connect_only(loop, loopback(1), forever, unreachable));
    scope.spawn(connect_only(loop, loopback(2), forever, silent));
    scope.spawn(connect_only(loop, loopback(2), 5s, impatient));
    EXPECT_EQ(world.run_until([&] { return scope.empty(); }, 1h), Outcome::met);
    EXPECT_EQ(unreachable, -EHOSTUNREACH);
    EXPECT_EQ(silent, -ETIMEDOUT);
    EXPECT_EQ(impatient, ended_by(ErrorCode::timed_out));
}

TEST(SimWorld, DescriptorsRunOutWhereALimitSaysSo) {
    SimWorld world(1);
    auto backend = world.make_backend();
    backend->descriptor_limit = 2;
    EXPECT_GE(backend->socket(AF_INET, SOCK_STREAM), 0);
    const int second = backend->socket(AF_INET, SOCK_STREAM);
    EXPECT_EQ(backend->socket(AF_INET, SOCK_STREAM), -EMFILE);
    backend->close(second);
    EXPECT_EQ(backend->socket(AF_INET, SOCK_STREAM), second) << "the lowest free number is used again";
}

TEST(SimWorld, AFullAcceptQueueMakesConnectsWaitForTheNextSyn) {
    SimWorld world(1);
    Loop& loop = world.make_loop();
    Scope scope(loop);
    TestListener listener(loop, 1);
    listener.channel.close();
    auto& backend = loop.backend();
    Channel quiet(loop, backend.socket(AF_INET, SOCK_STREAM));   // not watched, so that nothing spins
    const auto any = loopback();
    ASSERT_EQ(backend.listen(quiet.fd(), any.get(), any.length, 1), 0);
    SocketAddress address;
    backend.local_address(quiet.fd(), address.storage, address.length);
    std::vector<ssize_t> statuses(3, 1);
    for (auto& status : statuses) scope.spawn(connect_only(loop, address, forever, status));
    EXPECT_EQ(world.run_until([&] { return scope.size() == 1; }, 500ms), Outcome::met);
    sockaddr_storage peer;
    socklen_t length = 0;
    backend.close(backend.accept(quiet.fd(), peer, length));
    EXPECT_EQ(world.run_until([&] { return scope.empty(); }, 10s), Outcome::met);
    for (const auto status : statuses) EXPECT_EQ(status, 0);
}

}   // namespace
}   // namespace gatehouse::loop
