#include "main/keeper_protocol.h"

#include "main/message_channel.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>

namespace gatehouse::process {
namespace {

Configure configure_message() {
    Configure message;
    message.generation = 7;
    message.files.texts = {{"/etc/nginx/nginx.conf", std::string("events {}\0http {}", 17)},
                           {"/etc/nginx/empty", ""}};
    message.files.globs = {{"/etc/nginx/conf.d/*.conf", {"/etc/nginx/conf.d/a.conf"}}, {"/none/*", {}}};
    message.listeners = {{1, "0.0.0.0:80"}, {2, "unix:/run/x"}};
    message.log_paths = {"/var/log/nginx/access.log", "stderr"};
    return message;
}

std::vector<Message> every_message() {
    return {
        configure_message(),
        Configure{},
        Reopen{{"a", "b"}},
        Quit{},
        Stop{},
        Applied{3},
        Failed{4, "why"},
        Drained{},
        EngineBytes{5, "HTTP/1.1 200 OK"},
        EngineEnd{6, EngineEnd::How::broken_connection, 104},
        AskEngine{7, "tcp://engine:2375", {"10.0.0.1", "::1"}, {docker::EngineRequest::Kind::inspect, "a"}},
        AskEngine{
            8, "unix:///run/x", {}, {docker::EngineRequest::Kind::events, "", 1'700'000'000'000'000'000}},
        LeaveEngine{7}};
}

std::optional<Message> decode_frame(const std::string& frame) {
    const auto head = FrameHead::decode(frame);
    if (!head) return std::nullopt;
    return decode(*head, std::string_view(frame).substr(FrameHead::bytes));
}

TEST(keeper_protocol, every_message_survives_the_way) {
    for (const Message& message : every_message()) {
        const auto again = decode_frame(encode(message, 0));
        ASSERT_TRUE(again);
        EXPECT_EQ(*again, message);
    }
}

TEST(keeper_protocol, a_body_cut_anywhere_is_refused) {
    const std::string frame = encode(configure_message(), 0);
    for (std::size_t length = FrameHead::bytes; length < frame.size(); ++length) {
        EXPECT_FALSE(decode_frame(frame.substr(0, length))) << length;
    }
    EXPECT_FALSE(decode_frame(frame + "x")) << "nor may anything follow";
}

TEST(keeper_protocol, a_damaged_frame_is_refused_or_read_without_harm) {
    const std::string frame = encode(configure_message(), 0);
    for (std::size_t at = 0; at < frame.size(); ++at) {
        for (const char byte : {'\0', '\x7f', '\xff'}) {
            std::string damaged = frame;
            damaged[at] = byte;
            [[maybe_unused]] const auto message = decode_frame(damaged);
        }
    }
}

TEST(keeper_protocol, a_request_of_an_unknown_kind_is_refused) {
    AskEngine message{1, "unix:///run/x", {}, {docker::EngineRequest::Kind::events}};
    message.request.kind = static_cast<docker::EngineRequest::Kind>(6);
    EXPECT_FALSE(decode_frame(encode(message, 0)));
}

TEST(keeper_protocol, an_unknown_type_and_a_huge_body_are_refused) {
    std::string frame = encode(Quit{}, 0);
    frame[8] = 99;
    EXPECT_FALSE(FrameHead::decode(frame));
    frame = encode(Quit{}, 0);
    frame[7] = 1;
    EXPECT_FALSE(FrameHead::decode(frame));
}

struct Pair {
    Pair() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
        left.reset(ends[0]);
        right.reset(ends[1]);
    }
    UniqueFd left, right;
};

// Both ends in one thread: what does not fit the socket waits in the queue.
Received pass(MessageChannel& from, MessageChannel& to) {
    for (;;) {
        EXPECT_TRUE(from.flush());
        auto received = to.receive();
        EXPECT_TRUE(received);
        if (!received) return {};
        if (*received) return std::move(**received);
    }
}

ino_t inode_of(int fd) {
    struct stat status {};
    EXPECT_EQ(::fstat(fd, &status), 0);
    return status.st_ino;
}

TEST(message_channel, passes_messages_in_order) {
    Pair pair;
    MessageChannel keeper(pair.left.get()), gateway(pair.right.get());
    for (const Message& message : every_message()) ASSERT_TRUE(keeper.send(message));
    for (const Message& message : every_message()) EXPECT_EQ(pass(keeper, gateway).message, message);
    EXPECT_FALSE(*gateway.receive()) << "nothing more is there";
}

TEST(message_channel, passes_descriptors_with_their_message) {
    Pair pair;
    MessageChannel keeper(pair.left.get()), gateway(pair.right.get());
    const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC)),
        zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(keeper.send(Quit{}));
    ASSERT_TRUE(keeper.send(Reopen{{"null", "zero"}}, {null.get(), zero.get()}));
    ASSERT_TRUE(keeper.send(Stop{}));
    EXPECT_TRUE(pass(keeper, gateway).descriptors.empty());
    const Received received = pass(keeper, gateway);
    ASSERT_EQ(received.descriptors.size(), 2U);
    EXPECT_EQ(inode_of(received.descriptors[0].get()), inode_of(null.get()));
    EXPECT_EQ(inode_of(received.descriptors[1].get()), inode_of(zero.get()));
    EXPECT_TRUE(pass(keeper, gateway).descriptors.empty());
}

TEST(message_channel,
     passes_more_descriptors_than_the_kernel_takes_at_once_and_more_bytes_than_a_socket_holds) {
    Pair pair;
    MessageChannel keeper(pair.left.get()), gateway(pair.right.get());
    Configure message = configure_message();
    message.files.texts["/big"] = std::string(4 << 20, 'x');
    const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(keeper.send(message, std::vector<int>(450, null.get())));
    EXPECT_TRUE(keeper.has_unsent());
    const Received received = pass(keeper, gateway);
    EXPECT_EQ(received.message, Message(message));
    EXPECT_EQ(received.descriptors.size(), 450U);
    EXPECT_FALSE(keeper.has_unsent());
}

TEST(message_channel, counts_the_bytes_that_wait) {
    Pair pair;
    MessageChannel keeper(pair.left.get()), gateway(pair.right.get());
    ASSERT_TRUE(keeper.send(EngineBytes{1, "small"}));
    EXPECT_EQ(keeper.unsent_bytes(), 0U);
    ASSERT_TRUE(keeper.send(EngineBytes{1, std::string(4 << 20, 'x')}));
    EXPECT_GT(keeper.unsent_bytes(), 2U << 20);
    pass(keeper, gateway);
    pass(keeper, gateway);
    EXPECT_EQ(keeper.unsent_bytes(), 0U);
}

TEST(message_channel, tells_that_the_other_end_is_gone) {
    Pair pair;
    MessageChannel keeper(pair.left.get()), gateway(pair.right.get());
    ASSERT_TRUE(keeper.send(Quit{}));
    pair.left.reset();
    EXPECT_EQ(pass(gateway, gateway).message, Message(Quit{}));
    const auto end = gateway.receive();
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, ErrorCode::closed);
}

}   // namespace
}   // namespace gatehouse::process
