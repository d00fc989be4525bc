// What the loop promises about sockets, in every world.

#include "operations.h"
#include "worlds.h"

#include <unistd.h>

#include <cstdio>

namespace gatehouse::loop {
namespace {

using namespace std::chrono_literals;

std::string pattern(std::size_t bytes) {
    std::string text(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
    return text;
}

template <class World>
class SocketContract : public ::testing::Test {
protected:
    // Runs until every strand of the scope is done.
    void finish() {
        ASSERT_TRUE(world_.run_until([this] { return scope_.empty(); }));
    }

    World world_;
    Loop& loop_ = world_.make_loop();
    Scope scope_{loop_};
    TestListener listener_{loop_};
    Channel client_{loop_, -1};
    Channel server_{loop_, -1};

    static Task<void> accept_into(Channel& listener, Channel& server, ssize_t& status) {
        const ssize_t fd = co_await accept_one(listener);
        status = fd;
        if (fd < 0) co_return;
        server.adopt(static_cast<int>(fd));
        EXPECT_TRUE(server.watch().has_value());
    }
    static Task<void> connect_into(Channel& client, SocketAddress address, ssize_t& status) {
        status = co_await connect_to(client, address);
    }
    void connect_both() {
        ssize_t accepted = -1;
        ssize_t connected_status = -1;
        scope_.spawn(accept_into(listener_.channel, server_, accepted));
        scope_.spawn(connect_into(client_, listener_.address, connected_status));
        finish();
        ASSERT_GE(accepted, 0);
        ASSERT_EQ(connected_status, 0);
    }
    static Task<void> send_and_shut(Channel& channel, std::string_view text, ssize_t& status) {
        status = co_await write_all(channel, text);
        channel.loop().backend().shutdown_write(channel.fd());
    }
    static Task<void> receive(Channel& channel, std::string& text) { text = co_await read_all(channel); }
    static Task<void> read_once(Channel& channel, ssize_t& status, Duration timeout = forever) {
        char piece[100];
        status = co_await read_some(channel, piece, timeout);
    }
    static Task<void> fill(Channel& channel, ssize_t& status, Duration timeout = forever) {
        const std::string piece(10'000, 'x');
        do {
            status = co_await write_some(channel, piece, timeout);
        } while (status > 0);
    }
};
TYPED_TEST_SUITE(SocketContract, Worlds, WorldNames);

TYPED_TEST(SocketContract, AcceptsWhatConnects) {
    this->connect_both();
    EXPECT_TRUE(this->client_.is_open());
    EXPECT_TRUE(this->server_.is_open());
}

TYPED_TEST(SocketContract, SaysRefusedWhereNobodyListens) {
    const auto address = this->listener_.address;
    this->listener_.channel.close();
    ssize_t status = 1;
    this->scope_.spawn(this->connect_into(this->client_, address, status));
    this->finish();
    EXPECT_EQ(status, -ECONNREFUSED);
}

TYPED_TEST(SocketContract, SaysAddressInUseForASecondListener) {
    auto& backend = this->loop_.backend();
    const int fd = backend.socket(AF_INET, SOCK_STREAM);
    const auto& address = this->listener_.address;
    EXPECT_EQ(backend.listen(fd, address.get(), address.length, 5), -EADDRINUSE);
    backend.close(fd);
}

TYPED_TEST(SocketContract, DeliversAllBytesInOrderUnderBackPressure) {
    this->connect_both();
    const auto text = pattern(1'000'000);
    ssize_t sent = 0;
    std::string received;
    this->scope_.spawn(this->send_and_shut(this->client_, text, sent));
    this->scope_.spawn(this->receive(this->server_, received));
    this->finish();
    EXPECT_EQ(sent, static_cast<ssize_t>(text.size()));
    EXPECT_TRUE(received == text);
}

TYPED_TEST(SocketContract, CarriesBothDirectionsAtOnce) {
    this->connect_both();
    const auto up = pattern(300'000);
    const auto down = pattern(200'001);
    ssize_t sent_up = 0;
    ssize_t sent_down = 0;
    std::string at_server;
    std::string at_client;
    this->scope_.spawn(this->send_and_shut(this->client_, up, sent_up));
    this->scope_.spawn(this->send_and_shut(this->server_, down, sent_down));
    this->scope_.spawn(this->receive(this->server_, at_server));
    this->scope_.spawn(this->receive(this->client_, at_client));
    this->finish();
    EXPECT_TRUE(at_server == up);
    EXPECT_TRUE(at_client == down);
}

Task<void> write_pieces(Channel& channel, ssize_t& status) {
    static char pieces[3][4] = {"one", "two", "six"};
    const std::array<iovec, 3> vector{{{pieces[0], 3}, {pieces[1], 3}, {pieces[2], 3}}};
    std::size_t done = 0;
    while (done < 9) {   // a rough world may take less than all
        std::array<iovec, 3> left{};
        std::size_t count = 0;
        std::size_t skip = done;
        for (const auto& piece : vector) {
            const auto step = std::min(skip, piece.iov_len);
            skip -= step;
            if (step < piece.iov_len)
                left[count++] = {static_cast<char*>(piece.iov_base) + step, piece.iov_len - step};
        }
        const auto view = std::span<const iovec>(left).first(count);
        auto operation = Attempt(channel, Direction::write, forever,
                                 [view](Backend& backend, int fd) { return backend.write(fd, view, true); });
        const ssize_t n = co_await operation;
        if (n < 0) break;
        done += static_cast<std::size_t>(n);
    }
    status = static_cast<ssize_t>(done);
    channel.loop().backend().shutdown_write(channel.fd());
}

TYPED_TEST(SocketContract, WritesSeveralPiecesInOneCall) {
    this->connect_both();
    ssize_t sent = 0;
    std::string received;
    this->scope_.spawn(write_pieces(this->client_, sent));
    this->scope_.spawn(this->receive(this->server_, received));
    this->finish();
    EXPECT_EQ(received, "onetwosix");
}

Task<void> send_file(Channel& channel, int file, off_t offset, std::size_t bytes, ssize_t& status) {
    status = 0;
    while (bytes > 0) {
        auto operation = Attempt(channel, Direction::write, forever, [=](Backend& backend, int fd) {
            return backend.sendfile(fd, file, offset, bytes);
        });
        const ssize_t n = co_await operation;
        if (n <= 0) {
            status = n;
            break;
        }
        offset += n;
        bytes -= static_cast<std::size_t>(n);
    }
    channel.loop().backend().shutdown_write(channel.fd());
}

TYPED_TEST(SocketContract, SendsAFileFromAnOffset) {
    this->connect_both();
    const auto text = pattern(300'000);
    std::FILE* file = std::tmpfile();
    ASSERT_NE(file, nullptr);
    ASSERT_EQ(std::fwrite(text.data(), 1, text.size(), file), text.size());
    std::fflush(file);
    ssize_t status = -1;
    std::string received;
    this->scope_.spawn(send_file(this->client_, fileno(file), 1000, text.size() - 1000, status));
    this->scope_.spawn(this->receive(this->server_, received));
    this->finish();
    std::fclose(file);
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(received == text.substr(1000));
}

TYPED_TEST(SocketContract, SendfileSaysZeroPastTheEndOfTheFile) {
    this->connect_both();
    std::FILE* file = std::tmpfile();
    ASSERT_NE(file, nullptr);
    EXPECT_EQ(this->loop_.backend().sendfile(this->client_.fd(), fileno(file), 0, 10), 0);
    std::fclose(file);
}

// Everything that arrives on `from` leaves on `to`, by way of a pipe.
Task<void> splice_through(Channel& from, Channel& to, ssize_t& status) {
    auto& backend = from.loop().backend();
    int pipe[2];
    status = backend.open_pipe(pipe);
    while (status == 0) {
        auto in = Attempt(from, Direction::read, forever,
                          [=](Backend& kernel, int fd) { return kernel.splice(fd, pipe[1], 65'536, true); });
        ssize_t held = co_await in;
        if (held <= 0) {
            status = held == 0 ? 1 : held;
            break;
        }
        while (held > 0) {
            auto out = Attempt(to, Direction::write, forever, [=](Backend& kernel, int fd) {
                return kernel.splice(pipe[0], fd, static_cast<std::size_t>(held), true);
            });
            const ssize_t n = co_await out;
            if (n <= 0) {
                status = n;
                break;
            }
            held -= n;
        }
    }
    backend.close(pipe[0]);
    backend.close(pipe[1]);
    backend.shutdown_write(to.fd());
}

TYPED_TEST(SocketContract, SplicesThroughAPipe) {
    this->connect_both();
    const auto text = pattern(500'000);
    ssize_t sent = 0;
    ssize_t spliced = 0;
    std::string echoed;
    this->scope_.spawn(this->send_and_shut(this->client_, text, sent));
    this->scope_.spawn(splice_through(this->server_, this->server_, spliced));
    this->scope_.spawn(this->receive(this->client_, echoed));
    this->finish();
    EXPECT_EQ(spliced, 1);
    EXPECT_TRUE(echoed == text);
}

TYPED_TEST(SocketContract, AHalfClosedPeerStillReads) {
    this->connect_both();
    ssize_t sent = 0;
    std::string request;
    this->scope_.spawn(this->send_and_shut(this->client_, "question", sent));
    this->scope_.spawn(this->receive(this->server_, request));
    this->finish();
    EXPECT_EQ(request, "question");
    EXPECT_TRUE(this->world_.run_until([this] { return this->server_.peer_closed; }));
    EXPECT_FALSE(this->server_.hangup);
    std::string answer;
    this->scope_.spawn(this->send_and_shut(this->server_, "answer", sent));
    this->scope_.spawn(this->receive(this->client_, answer));
    this->finish();
    EXPECT_EQ(answer, "answer");
    EXPECT_TRUE(this->world_.run_until([this] { return this->client_.hangup; }));
}

TYPED_TEST(SocketContract, ClosingWithUnreadDataResetsThePeer) {
    this->connect_both();
    ssize_t sent = 0;
    this->scope_.spawn(this->send_and_shut(this->client_, "unread", sent));
    ASSERT_TRUE(this->world_.run_until([this] { return this->server_.peer_closed; }));
    this->server_.close();
    ssize_t status = 1;
    this->scope_.spawn(this->read_once(this->client_, status));
    this->finish();
    EXPECT_EQ(status, -ECONNRESET);
    EXPECT_TRUE(this->client_.hangup);
}

TYPED_TEST(SocketContract, WritingToAClosedPeerFailsInTheEnd) {
    this->connect_both();
    this->server_.close();
    ssize_t status = 1;
    this->scope_.spawn(this->fill(this->client_, status));
    this->finish();
    EXPECT_TRUE(status == -EPIPE || status == -ECONNRESET) << status;
}

TYPED_TEST(SocketContract, WhatArrivedBeforeAResetCanStillBeRead) {
    this->connect_both();
    ssize_t status = 0;
    std::string received;
    const auto linger =
        [this] {   // server sends, then closes with the client's data unread: RST after the data
            this->server_.close();
        };
    std::string_view text = "last words";
    this->scope_.spawn(this->send_and_shut(this->client_, "unread", status));
    ASSERT_TRUE(this->world_.run_until([this] { return this->server_.peer_closed; }));
    ssize_t sent = 0;
    this->scope_.spawn(this->send_and_shut(this->server_, text, sent));
    ASSERT_TRUE(this->world_.run_until([this] { return this->client_.peer_closed; }));
    linger();
    ASSERT_TRUE(this->world_.run_until([this] { return this->client_.hangup; }));
    this->scope_.spawn(this->receive(this->client_, received));
    this->finish();
    EXPECT_EQ(received.substr(0, text.size()), text);
}

TYPED_TEST(SocketContract, AWatchedSocketReportsWhatWasThereBefore) {
    this->connect_both();
    ssize_t sent = 0;
    this->scope_.spawn(this->send_and_shut(this->client_, "early", sent));
    ASSERT_TRUE(this->world_.run_until([this] { return this->server_.peer_closed; }));
    const int fd = this->server_.release();
    this->server_.adopt(fd);
    this->server_.readable = false;
    ASSERT_TRUE(this->server_.watch().has_value());
    EXPECT_TRUE(this->world_.run_until([this] { return this->server_.readable; }));
    EXPECT_TRUE(this->server_.peer_closed);
}

TYPED_TEST(SocketContract, AReadTimesOutWithoutData) {
    this->connect_both();
    ssize_t status = 0;
    this->scope_.spawn(this->read_once(this->server_, status, 20ms));
    this->finish();
    EXPECT_EQ(status, ended_by(ErrorCode::timed_out));
    EXPECT_EQ(this->loop_.armed_timers(), 0U);
}

TYPED_TEST(SocketContract, AWriteTimesOutWhenNobodyReads) {
    this->connect_both();
    ssize_t status = 0;
    this->scope_.spawn(this->fill(this->client_, status, 6s));
    if (!TypeParam::simulated) {   // the kernel's clock is real: cancel instead of waiting
        ASSERT_TRUE(this->world_.run_until([this] { return !this->client_.writable; }));
        this->scope_.cancel();
    }
    this->finish();
    EXPECT_EQ(status, ended_by(TypeParam::simulated ? ErrorCode::timed_out : ErrorCode::canceled));
}

TYPED_TEST(SocketContract, ClosingAChannelEndsItsWaits) {
    this->connect_both();
    ssize_t read_status = 0;
    ssize_t write_status = 0;
    this->scope_.spawn(this->read_once(this->server_, read_status));
    this->scope_.spawn(this->fill(this->server_, write_status));
    ASSERT_TRUE(this->world_.run_until([this] { return !this->server_.writable; }));
    this->server_.close();
    this->finish();
    EXPECT_EQ(read_status, ended_by(ErrorCode::canceled));
    EXPECT_EQ(write_status, ended_by(ErrorCode::canceled));
    this->scope_.spawn(this->read_once(this->server_, read_status));   // of a closed channel
    EXPECT_EQ(read_status, ended_by(ErrorCode::canceled));
}

Task<void> accept_and_count(Channel& listener, int& count, int total) {
    while (count < total) {
        const ssize_t fd = co_await accept_one(listener);
        if (fd < 0) break;
        ++count;
        listener.loop().backend().close(static_cast<int>(fd));
    }
}

TYPED_TEST(SocketContract, LoopsSharingAListenerAcceptEveryConnectionOnce) {
    Loop& other_loop = this->world_.make_loop();
    Scope other_scope(other_loop);
    Channel other(other_loop, this->listener_.channel.fd());
    ASSERT_TRUE(other.watch(true).has_value());
    constexpr int total = 40;
    int here = 0;
    int there = 0;
    this->scope_.spawn(accept_and_count(this->listener_.channel, here, total));
    other_scope.spawn(accept_and_count(other, there, total));
    std::vector<std::unique_ptr<Channel>> clients;
    std::vector<ssize_t> statuses(total, 1);
    Scope connecting(this->loop_);
    for (auto& status : statuses) {
        auto& client = *clients.emplace_back(std::make_unique<Channel>(this->loop_, -1));
        connecting.spawn(this->connect_into(client, this->listener_.address, status));
    }
    EXPECT_TRUE(this->world_.run_until([&] { return here + there == total && connecting.empty(); }));
    for (const auto status : statuses) EXPECT_EQ(status, 0);
    EXPECT_EQ(other.release(), this->listener_.channel.fd());
    this->scope_.cancel();
    other_scope.cancel();
    EXPECT_TRUE(this->world_.run_until([&] { return this->scope_.empty() && other_scope.empty(); }));
}

TYPED_TEST(SocketContract, AUnixSocketConnectsAtOnce) {
    char name[] = "/tmp/gatehouse-loop-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    const auto path = std::string(name) + "/socket";
    const auto address = SocketAddress::from_unix_path(path);
    auto& backend = this->loop_.backend();
    Channel listener(this->loop_, backend.socket(AF_UNIX, SOCK_STREAM));
    ASSERT_EQ(backend.listen(listener.fd(), address.get(), address.length, 5), 0);
    ASSERT_TRUE(listener.watch(true).has_value());
    this->client_.adopt(backend.socket(AF_UNIX, SOCK_STREAM));
    EXPECT_EQ(backend.connect(this->client_.fd(), address.get(), address.length), 0);
    ssize_t accepted = -1;
    this->scope_.spawn(this->accept_into(listener, this->server_, accepted));
    this->finish();
    EXPECT_GE(accepted, 0);
    ::unlink(path.c_str());
    ::rmdir(name);
}

}   // namespace
}   // namespace gatehouse::loop
