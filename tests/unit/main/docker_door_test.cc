#include "main/docker_door.h"

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdlib>
#include <functional>

namespace gatehouse::process {
namespace {

using Kind = docker::EngineRequest::Kind;
using How = EngineEnd::How;

// An engine's listening socket; the test accepts, reads and answers by hand.
class Engine {
public:
    explicit Engine(const SocketAddress& address, int backlog = 100) {
        socket_.reset(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
        EXPECT_EQ(::bind(socket_.get(), address.get(), address.length), 0);
        EXPECT_EQ(::listen(socket_.get(), backlog), 0);
    }
    [[nodiscard]] std::uint16_t port() const {
        sockaddr_storage address{};
        socklen_t length = sizeof address;
        ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &length);
        return SocketAddress::from(reinterpret_cast<sockaddr*>(&address), length).port();
    }
    UniqueFd accept() { return UniqueFd(::accept(socket_.get(), nullptr, nullptr)); }

private:
    UniqueFd socket_;
};

std::string receive(const UniqueFd& fd) {
    std::string text(100'000, '\0');
    const ssize_t count = ::recv(fd.get(), text.data(), text.size(), 0);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
}

void send(const UniqueFd& fd, const std::string& text) {
    EXPECT_EQ(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}

class DockerDoorTest : public testing::Test {
protected:
    DockerDoorTest() {
        std::string pattern = testing::TempDir() + "gatehouse-door-XXXXXX";
        directory_ = ::mkdtemp(pattern.data());
        path_ = directory_ + "/engine.sock";
        endpoint_ = "unix://" + path_;
        door_.allow({endpoint_, "nonsense"});
    }
    ~DockerDoorTest() override {
        ::unlink(path_.c_str());
        ::rmdir(directory_.c_str());
    }

    Engine listen(int backlog = 100) { return Engine(SocketAddress::from_unix_path(path_), backlog); }
    void ask(std::uint64_t question, docker::EngineRequest request = {Kind::ping}) {
        door_.ask({question, endpoint_, {}, std::move(request)});
    }
    // As the keeper does, until nothing is ready any more.
    void turn(std::size_t unsent_bytes = 0) {
        for (;;) {
            std::vector<pollfd> waits;
            door_.add_waits(waits, unsent_bytes);
            if (::poll(waits.data(), waits.size(), 20) <= 0) return;
            door_.proceed(waits);
        }
    }
    [[nodiscard]] std::string bytes(std::uint64_t question) const {
        std::string text;
        for (const Message& message : sent_) {
            const auto* piece = std::get_if<EngineBytes>(&message);
            if (piece != nullptr && piece->question == question) text += piece->bytes;
        }
        return text;
    }
    [[nodiscard]] std::optional<EngineEnd> end(std::uint64_t question) const {
        for (const Message& message : sent_) {
            const auto* end = std::get_if<EngineEnd>(&message);
            if (end != nullptr && end->question == question) return *end;
        }
        return std::nullopt;
    }

    std::string directory_, path_, endpoint_;
    std::vector<Message> sent_;
    DockerDoor door_{[this](const Message& message) { sent_.push_back(message); }};
};

TEST_F(DockerDoorTest, asks_in_the_words_of_the_engine_and_passes_its_bytes_on) {
    Engine engine = listen();
    ask(7, {Kind::inspect, "0123abc"});
    const UniqueFd connection = engine.accept();
    EXPECT_EQ(receive(connection).substr(0, 51), "GET /containers/0123abc/json HTTP/1.1\r\nHost: docker");
    send(connection, "HTTP/1.1 200 OK\r\n");
    turn();
    EXPECT_EQ(bytes(7), "HTTP/1.1 200 OK\r\n");
    EXPECT_FALSE(end(7));
    send(connection, "whatever\0it is");
    ::shutdown(connection.get(), SHUT_WR);
    turn();
    EXPECT_EQ(bytes(7), "HTTP/1.1 200 OK\r\nwhatever\0it is");
    EXPECT_EQ(end(7), (EngineEnd{7, How::closed, 0}));
    EXPECT_EQ(door_.size(), 0U);
}

TEST_F(DockerDoorTest, asks_nobody_who_is_not_configured) {
    Engine engine = listen();
    door_.ask({1, "unix:///run/other.sock", {}, {Kind::ping}});
    door_.ask({2, "nonsense", {}, {Kind::ping}});
    door_.allow({});
    ask(3);
    for (const std::uint64_t question : {1U, 2U, 3U})
        EXPECT_EQ(end(question), (EngineEnd{question, How::not_allowed, 0}));
}

TEST_F(DockerDoorTest, asks_nothing_that_is_no_typed_question) {
    Engine engine = listen();
    std::uint64_t question = 0;
    for (const char* id : {"", ".", "..", "../x", "a/b", "a b", "a?b", "a%2fb", "a\r\nb", "-a"}) {
        ask(++question, {Kind::inspect, id});
        EXPECT_EQ(end(question), (EngineEnd{question, How::not_allowed, 0})) << id;
    }
    ask(++question, {Kind::inspect, std::string(docker::longest_container_id + 1, 'a')});
    ask(++question, {Kind::list, "a"});
    ask(++question, {Kind::list, "", 5});
    ask(++question, {Kind::events, "", -5});
    ask(++question, {static_cast<Kind>(99)});
    EXPECT_EQ(sent_.size(), question);
    EXPECT_EQ(door_.size(), 0U);
}

TEST_F(DockerDoorTest, says_why_an_engine_cannot_be_reached) {
    ask(1);
    EXPECT_EQ(end(1), (EngineEnd{1, How::no_connection, ENOENT}));
    { const Engine gone = listen(); }
    ask(2);
    EXPECT_EQ(end(2), (EngineEnd{2, How::no_connection, ECONNREFUSED}));
}

TEST_F(DockerDoorTest, does_not_wait_for_an_engine_that_accepts_nobody) {
    Engine engine = listen(1);
    for (std::uint64_t question = 1; question <= 5; ++question) ask(question);
    EXPECT_EQ(end(5), (EngineEnd{5, How::no_connection, EAGAIN}));
}

TEST_F(DockerDoorTest, has_no_more_conversations_than_its_limit) {
    Engine engine = listen();
    for (std::uint64_t question = 1; question <= DockerDoor::most_conversations; ++question) ask(question);
    EXPECT_TRUE(sent_.empty());
    ask(1000);
    EXPECT_EQ(end(1000), (EngineEnd{1000, How::too_many, 0}));
    door_.leave(1);
    ask(1001);
    EXPECT_FALSE(end(1001));
    door_.close();
    EXPECT_EQ(door_.size(), 0U);
}

TEST_F(DockerDoorTest, a_question_that_is_left_ends_its_connection_and_says_nothing) {
    Engine engine = listen();
    ask(1, {Kind::events});
    const UniqueFd connection = engine.accept();
    EXPECT_FALSE(receive(connection).empty());
    door_.leave(1);
    EXPECT_EQ(receive(connection), "");
    turn();
    EXPECT_TRUE(sent_.empty());
}

TEST_F(DockerDoorTest, an_answer_without_end_is_cut_off_and_events_are_not) {
    Engine engine = listen();
    ask(1, {Kind::ping});
    const UniqueFd ping = engine.accept();
    ask(2, {Kind::events});
    const UniqueFd events = engine.accept();
    const std::string piece(50'000, 'x');
    for (int i = 0; i < 4; ++i) {
        send(events, piece);
        if (!end(1)) send(ping, piece);
        turn();
    }
    EXPECT_EQ(end(1), (EngineEnd{1, How::too_large, 0}));
    EXPECT_EQ(bytes(2).size(), 4 * piece.size());
}

TEST_F(DockerDoorTest, does_not_read_on_while_too_much_waits_for_the_gateway) {
    Engine engine = listen();
    ask(1, {Kind::events});
    const UniqueFd connection = engine.accept();
    send(connection, "event");
    turn(DockerDoor::most_unsent_bytes);
    EXPECT_EQ(bytes(1), "");
    turn();
    EXPECT_EQ(bytes(1), "event");
}

TEST_F(DockerDoorTest, tries_the_addresses_of_an_engine_behind_tcp_in_turn) {
    SocketAddress any, other;
    ASSERT_TRUE(SocketAddress::parse("127.0.0.1", 0, any));
    Engine engine(any);
    const std::string endpoint = "tcp://engine:" + std::to_string(engine.port());
    door_.allow({endpoint});
    door_.ask({1, endpoint, {"nonsense", "127.0.0.77", "127.0.0.1", "127.0.0.78"}, {Kind::version}});
    turn();
    const UniqueFd connection = engine.accept();
    EXPECT_EQ(receive(connection).substr(0, 42),
              "GET /version HTTP/1.1\r\nHost: engine:" + std::to_string(engine.port()) + "\r");
    send(connection, "answer");
    turn();
    EXPECT_EQ(bytes(1), "answer");
    door_.ask({2, endpoint, {"127.0.0.77"}, {Kind::version}});
    turn();
    EXPECT_EQ(end(2), (EngineEnd{2, How::no_connection, ECONNREFUSED}));
    door_.ask({3, endpoint, {}, {Kind::version}});
    EXPECT_EQ(end(3), (EngineEnd{3, How::no_connection, EADDRNOTAVAIL}));
}

}   // namespace
}   // namespace gatehouse::process
