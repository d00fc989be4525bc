// Every limit on what a peer may do (H2Limits), each hit by frames written by hand.
#include <gtest/gtest.h>

#include "tests/unit/http/h2_frames.h"

namespace gatehouse::http {
namespace {

using namespace test;
using namespace std::chrono_literals;

// Says `bytes` again and again; after how many times the session had enough.
template <class Make>
int times_until_failure(RawServer& server, Make&& make, int most = 100'000) {
    for (int i = 0; i < most; ++i) {
        (void)server.say(make(i));
        if (server.session.failure()) return i;
    }
    return most;
}
std::string repeat(std::string_view text, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += text;
    return all;
}

#define EXPECT_CALMED(server, reason)                                                          \
    do {                                                                                       \
        EXPECT_EQ((server).why(), reason);                                                     \
        EXPECT_EQ((server).session.failure()->code, H2Code::enhance_your_calm);                \
        EXPECT_NE(describe((server).out.view()).find("ENHANCE_YOUR_CALM"), std::string::npos); \
        EXPECT_TRUE((server).session.finished());                                              \
        EXPECT_FALSE((server).session.feed("x"));                                              \
        EXPECT_EQ((server).session.open_streams(), 0U);                                        \
    } while (false)

StreamId nth(int i) { return 2 * i + 1; }

TEST(h2_abuse, rapid_reset) {   // CVE-2023-44487
    RawServer server;
    const auto request_and_reset = [](int i) { return get(nth(i)) + rst(nth(i), H2Code::cancel); };
    EXPECT_EQ(times_until_failure(server, request_and_reset), 256);
    EXPECT_CALMED(server, "too many resets");
    EXPECT_EQ(server.owner.streams.at(1).log, "end closed by peer CANCEL");
}

TEST(h2_abuse, rapid_reset_in_one_read_ends_in_the_middle) {
    RawServer server;
    std::string all;
    for (int i = 0; i < 5000; ++i) all += get(nth(i)) + rst(nth(i), H2Code::cancel);
    (void)server.say(all);
    EXPECT_CALMED(server, "too many resets");
    EXPECT_EQ(server.owner.streams.size(), 257U);
}

TEST(h2_abuse, resets_are_forgiven_with_time) {
    RawServer server;
    const auto request_and_reset = [](int i) { return get(nth(i)) + rst(nth(i), H2Code::cancel); };
    for (int i = 0; i < 256; ++i) (void)server.say(request_and_reset(i));
    server.session.pass_time(500ms);
    for (int i = 256; i < 256 + 16; ++i) (void)server.say(request_and_reset(i));
    EXPECT_FALSE(server.session.failure());
    (void)server.say(request_and_reset(300));
    EXPECT_CALMED(server, "too many resets");
}

TEST(h2_abuse, a_budget_never_exceeds_its_burst) {
    H2Limits limits;
    limits.pings = {3, 1};
    RawServer server(limits);
    server.session.pass_time(std::chrono::hours(1000));
    server.session.pass_time(-5s);
    EXPECT_EQ(times_until_failure(server, [](int) { return frame(ping, none, 0, "12345678"); }), 3);
}

TEST(h2_abuse, resets_that_we_are_made_to_send) {   // CVE-2025-8671
    const auto broken_request = [](int i) { return get(nth(i), end_stream | end_headers, {{"te", "gzip"}}); };
    const auto wrong_length = [](int i) {
        return get(nth(i), end_headers, {{"content-length", "5"}}) + frame(data, end_stream, nth(i), "1234");
    };
    const auto half_closed = [](int i) { return get(nth(i)) + window(nth(i), 0x7fff'ffff); };
    for (const auto& make :
         std::initializer_list<std::string (*)(int)>{broken_request, wrong_length, half_closed}) {
        RawServer server;
        EXPECT_EQ(times_until_failure(server, make), 256);
        EXPECT_CALMED(server, "too many resets");
    }
}

TEST(h2_abuse, a_reset_of_what_was_answered_costs_nothing) {
    RawServer server;
    server.owner.on_request = [](H2ServerSession& session, Owner& owner) {
        session.respond(owner.id, 200, {}, true);
    };
    for (int i = 0; i < 2000; ++i) {
        (void)server.say(get(nth(i), end_headers));
        (void)server.say(rst(nth(i), H2Code::no_error));
    }
    EXPECT_FALSE(server.session.failure()) << server.why();
}

TEST(h2_abuse, a_flood_of_continuations) {   // CVE-2024-24549 and its kin
    RawServer server;
    (void)server.say(frame(headers, end_stream, 1, get_block()) + repeat(frame(continuation, none, 1), 8));
    EXPECT_FALSE(server.session.failure());
    (void)server.say(frame(continuation, none, 1));
    EXPECT_CALMED(server, "too many CONTINUATION frames");
}

TEST(h2_abuse, a_head_in_a_few_continuations_is_fine_however_it_is_cut) {
    const auto bytes = frame(headers, end_stream, 1, get_block()) +
                       repeat(frame(continuation, none, 1, block({{"x", "1"}})), 7) +
                       frame(continuation, end_headers, 1);
    for (const std::size_t cut : {1, 5, 1000}) {
        RawServer server;
        for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(cut, rest.size())))
            (void)server.say(rest.substr(0, cut));
        ASSERT_FALSE(server.session.failure()) << server.why();
        EXPECT_EQ(server.owner.streams.at(1).request->head.fields.size(), 8U);
    }
}

TEST(h2_abuse, a_header_bomb) {
    RawServer server;
    auto insert = literal({"x", std::string(4000, 'x')});
    insert.front() = '\x40';   // with incremental indexing
    (void)server.say(frame(headers, end_stream, 1, get_block() + insert + repeat("\xbe", 30)));
    EXPECT_FALSE(server.session.failure()) << server.why();
    (void)server.say(frame(continuation, end_headers, 1));
    EXPECT_EQ(server.owner.streams.at(1).request->refusal.status, 431);
    EXPECT_LE(text_of(server.owner.streams.at(1).request->head.fields).size(), 33U * 1024)
        << "what is beyond the limit is not kept";
    (void)server.say(frame(headers, end_stream | end_headers, 3, get_block() + repeat("\xbe", 100)));
    EXPECT_CALMED(server, "header bomb");
}

TEST(h2_abuse, a_header_bomb_of_empty_fields) {
    RawServer server;
    const auto many = repeat(literal({"a", ""}), 2050);
    (void)server.say(frame(headers, end_stream, 1, get_block() + many) +
                     frame(continuation, end_headers, 1, many));
    EXPECT_CALMED(server, "header bomb");
}

TEST(h2_abuse, a_field_beyond_all_bounds) {
    RawServer server;
    auto rest = get_block() + literal({"x", std::string(70'000, 'x')});
    auto frames = frame(headers, end_stream, 1, std::string_view(rest).substr(0, 16'000));
    for (auto left = std::string_view(rest).substr(16'000); !left.empty();
         left.remove_prefix(std::min<std::size_t>(16'000, left.size())))
        frames += frame(continuation, left.size() <= 16'000 ? end_headers : none, 1, left.substr(0, 16'000));
    EXPECT_EQ(server.say(frames), "GOAWAY(1)COMPRESSION_ERROR");
    EXPECT_TRUE(server.session.finished());
}

TEST(h2_abuse, pings) {
    RawServer server;
    EXPECT_EQ(times_until_failure(server, [](int) { return frame(ping, none, 0, "12345678"); }), 128);
    EXPECT_CALMED(server, "too many PING frames");
}

TEST(h2_abuse, settings) {
    RawServer server;
    EXPECT_EQ(times_until_failure(server, [](int) { return frame(settings, none, 0); }), 31)
        << "with the first";
    EXPECT_CALMED(server, "too many SETTINGS frames");
}

TEST(h2_abuse, priorities) {
    for (const unsigned type : {2U, 0x10U}) {
        RawServer server;
        const auto make = [type](int i) {
            return frame(type, none, type == 2 ? nth(i) : 0, number(0x10, 5));
        };
        EXPECT_EQ(times_until_failure(server, make), 512);
        EXPECT_CALMED(server, "too many PRIORITY frames");
    }
}

TEST(h2_abuse, empty_data) {
    const auto empty = [](int) { return frame(data, none, 1); };
    const auto padding = [](int) { return frame(data, padded, 1, number(9, 1) + std::string(9, '\0')); };
    const auto no_padding = [](int) { return frame(data, padded, 1, number(0, 1)); };
    for (const auto& make : std::initializer_list<std::string (*)(int)>{empty, padding, no_padding}) {
        RawServer server;
        (void)server.say(get(1, end_headers));
        EXPECT_EQ(times_until_failure(server, make), 128);
        EXPECT_CALMED(server, "too many empty DATA frames");
        EXPECT_EQ(server.owner.streams.at(1).log, "closed by session ENHANCE_YOUR_CALM");
    }
}

TEST(h2_abuse, frames_without_effect) {
    const std::pair<const char*, std::string> cases[] = {
        {"unknown type", frame(0x77, none, 0, "x")},
        {"window update", window(0, 1)},
        {"window update of a stream", window(1, 1)},
        {"empty data on a closed stream", frame(data, padded, 3, number(3, 1) + "abc")},
        {"ping ack", frame(ping, ack, 0, "12345678")},
        {"reset of a closed stream", rst(3, H2Code::cancel)},
        {"trailers of a closed stream", frame(headers, end_stream | end_headers, 3, block({{"x", "1"}}))},
    };
    for (const auto& [name, bytes] : cases) {
        RawServer server;
        (void)server.say(get(1) + get(3));
        server.session.reset(3, H2Code::cancel);
        (void)server.drain();
        const auto times = times_until_failure(server, [&bytes](int) { return bytes; });
        EXPECT_GT(times, 4000) << name;
        EXPECT_LT(times, 4200) << name;
        EXPECT_CALMED(server, "too many frames without effect");
    }
}

// What a busy and honest peer does: it answers data with window updates.
TEST(h2_abuse, window_updates_for_what_was_sent_are_no_abuse) {
    RawServer server({}, setting(4, 1 << 20));
    server.owner.on_request = [](H2ServerSession& session, Owner& owner) {
        owner.piece_bytes = 10;
        session.respond(owner.id, 200, {}, false);
        owner.send(std::string(200'000, 'x'));
    };
    (void)server.say(get(1));
    for (int i = 0; i < 13'000; ++i) (void)server.say(window(0, 10) + (i % 2 == 0 ? window(1, 20) : ""));
    EXPECT_FALSE(server.session.failure()) << server.why();
}

// Windows opened one byte at a time make us send frames that are all overhead (CVE-2019-9511).
TEST(h2_abuse, windows_of_one_byte_for_ever) {
    RawServer server({}, setting(4, 0));
    (void)server.say(get(1));
    server.session.respond(1, 200, {}, false);
    server.owner.streams.at(1).send(std::string(100'000, 'x'));
    const auto times = times_until_failure(server, [](int) { return window(1, 1); });
    EXPECT_GT(times, 4000);
    EXPECT_LT(times, 4200);
    EXPECT_CALMED(server, "too many frames without effect");
}

TEST(h2_abuse, small_data_is_fine) {
    RawServer server;
    (void)server.say(get(1, end_headers));
    for (int i = 0; i < 20'000; ++i) (void)server.say(frame(data, none, 1, "message"));
    EXPECT_FALSE(server.session.failure()) << server.why();
    EXPECT_EQ(server.owner.streams.at(1).body.size(), 140'000U);
}

// A peer that asks and never reads the answers.
TEST(h2_abuse, control_frames_that_nobody_reads) {
    H2Limits limits;
    limits.queued_control_frames = 20;
    limits.concurrent_streams = 5;
    const auto ping_frame = [](int) { return frame(ping, none, 0, "12345678"); };
    const auto settings_frame = [](int) { return frame(settings, none, 0); };
    for (const auto& make : std::initializer_list<std::string (*)(int)>{ping_frame, settings_frame}) {
        RawServer server(limits);
        int i = 0;
        for (; i < 100 && !server.session.failure(); ++i) server.last = server.session.feed(make(i));
        EXPECT_LE(i, 26);
        (void)server.drain();
        EXPECT_CALMED(server, "too many control frames queued");
    }
}

TEST(h2_abuse, answers_that_nobody_reads) {
    H2Limits limits;
    limits.queued_control_frames = 20;
    limits.resets = {1'000'000, 0};
    RawServer server(limits);
    server.owner.on_request = [](H2ServerSession& session, Owner& owner) {
        session.respond(owner.id, 200, {}, true);
    };
    int i = 0;
    for (; i < 1000 && !server.session.failure(); ++i)
        server.last = server.session.feed(get(nth(i)) + rst(nth(i), H2Code::cancel));
    EXPECT_LE(i, 22);
    (void)server.drain();
    EXPECT_CALMED(server, "too many control frames queued");
}

TEST(h2_abuse, more_streams_than_announced) {
    H2Limits limits;
    limits.concurrent_streams = 3;
    RawServer server(limits);
    (void)server.say(get(1) + get(3) + get(5));
    EXPECT_EQ(server.say(get(7)), "GOAWAY(5)PROTOCOL_ERROR");
    EXPECT_EQ(server.owner.streams.size(), 3U);
    EXPECT_TRUE(server.session.finished());
    EXPECT_EQ(server.session.failure()->code, H2Code::protocol_error);
    EXPECT_NE(server.why(), "");
}

TEST(h2_abuse, a_peer_that_gives_no_window_is_seen) {
    RawServer server({}, setting(4, 0));
    (void)server.say(get(1));
    server.session.respond(1, 200, {}, false);
    EXPECT_FALSE(server.session.is_stalled(1)) << "nothing was offered";
    server.owner.streams.at(1).send("x");
    EXPECT_FALSE(server.session.is_stalled(1)) << "the head is not out";
    (void)server.drain();
    EXPECT_TRUE(server.session.is_stalled(1));
    EXPECT_FALSE(server.session.is_stalled(3));
}

TEST(h2_abuse, what_is_no_http2) {
    const auto outcome = [](std::string_view bytes) {
        test::ServerOwner owner;
        H2ServerSession session({}, owner);
        owner.session = &session;
        (void)session.feed(bytes);
        Buffer out;
        session.pull(out, 1 << 20);
        return describe(out.view()) + (session.finished() ? " over" : "") +
               (session.failure() ? std::string(": ") + session.failure()->why : "");
    };
    EXPECT_TRUE(outcome("GET / HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("over: no HTTP/2 connection preface"));
    EXPECT_TRUE(
        outcome(std::string("\x16\x03\x01\x02\x00", 5)).ends_with("over: no HTTP/2 connection preface"));
    EXPECT_FALSE(outcome("PRI * HTTP/2.0\r\n").ends_with("preface")) << "incomplete";
    EXPECT_NE(outcome(std::string(preface) + get(1)).find("GOAWAY(0)PROTOCOL_ERROR over"), std::string::npos)
        << "SETTINGS come first";
}

TEST(h2_abuse, frames_that_break_the_connection) {
    const std::pair<std::string, const char*> cases[] = {
        {frame(data, none, 0, "x"), "GOAWAY(0)PROTOCOL_ERROR"},
        {frame(data, none, 1, "x"), "GOAWAY(0)PROTOCOL_ERROR"},   // idle
        {frame(headers, end_headers, 2, get_block()), "GOAWAY(0)PROTOCOL_ERROR"},
        {frame(headers, end_headers, 1, "\xff\xff\xff\xff\xff\xff"), "GOAWAY(1)COMPRESSION_ERROR"},
        {frame(headers, none, 1, get_block()) + frame(ping, none, 0, "12345678"), "GOAWAY(1)PROTOCOL_ERROR"},
        {frame(continuation, end_headers, 1), "GOAWAY(0)PROTOCOL_ERROR"},
        {frame(push_promise, end_headers, 1, number(2, 4)), "GOAWAY(0)PROTOCOL_ERROR"},
        {frame(ping, none, 0, "1234567"), "GOAWAY(0)FRAME_SIZE_ERROR"},
        {frame(settings, none, 0, "12345"), "GOAWAY(0)FRAME_SIZE_ERROR"},
        {frame(settings, none, 1), "GOAWAY(0)PROTOCOL_ERROR"},
        {frame(settings, none, 0, setting(2, 2)), "GOAWAY(0)PROTOCOL_ERROR"},
        {frame(settings, none, 0, setting(5, 100)), "GOAWAY(0)PROTOCOL_ERROR"},
        {rst(1, H2Code::cancel), "GOAWAY(0)PROTOCOL_ERROR"},   // idle
        {frame(0x77, none, 0, std::string(16'385, 'x')), "GOAWAY(0)FRAME_SIZE_ERROR"},
    };
    for (const auto& [bytes, answer] : cases) {
        RawServer server;
        EXPECT_EQ(server.say(bytes), answer) << describe(bytes);
        EXPECT_TRUE(server.session.finished());
        EXPECT_TRUE(server.session.failure()) << describe(bytes);
        EXPECT_NE(server.why(), "");
        EXPECT_EQ(server.say(get(9)), "") << "nothing more is read";
        EXPECT_FALSE(server.owner.streams.contains(9));
    }
}

}   // namespace
}   // namespace gatehouse::http
