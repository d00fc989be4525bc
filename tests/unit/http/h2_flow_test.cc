// Flow control (RFC 9113 5.2 and 6.9), in both directions.
#include <gtest/gtest.h>

#include "tests/unit/http/h2_frames.h"

namespace gatehouse::http {
namespace {

using namespace test;

constexpr std::uint32_t most = 0x7fff'ffff;

void answer(RawServer& server, StreamId id, std::string body) {
    server.session.respond(id, 200, {}, false);
    server.owner.streams.at(id).send(std::move(body));
}

TEST(h2_flow, a_window_of_one_byte) {
    RawServer server({}, setting(4, 1));
    (void)server.say(get(1));
    answer(server, 1, "abc");
    EXPECT_EQ(server.drain(), "HEADERS(1) DATA(1)1");
    EXPECT_TRUE(server.session.is_stalled(1));
    EXPECT_FALSE(server.session.has_output());
    EXPECT_EQ(server.say(window(1, 1)), "DATA(1)1");
    EXPECT_EQ(server.owner.streams.at(1).taken, 0U);
    EXPECT_EQ(server.say(window(1, 1)), "DATA(1)1.");
    EXPECT_EQ(server.owner.streams.at(1).taken, 3U);
    EXPECT_EQ(server.owner.streams.at(1).log, "end closed by both NO_ERROR");
}

TEST(h2_flow, no_window_at_all) {
    RawServer server({}, setting(4, 0));
    (void)server.say(get(1) + get(3));
    answer(server, 1, "abc");
    EXPECT_EQ(server.drain(), "HEADERS(1)");
    EXPECT_TRUE(server.session.is_stalled(1));
    server.session.respond(3, 204, {}, true);
    EXPECT_EQ(server.drain(), "HEADERS(3).") << "what needs no window goes on";
    EXPECT_EQ(server.say(frame(settings, none, 0, setting(4, 3))), "SETTINGS+ DATA(1)3.");
}

TEST(h2_flow, a_window_made_smaller_than_what_is_out) {
    RawServer server({}, setting(4, 10));
    (void)server.say(get(1));
    answer(server, 1, std::string(30, 'x'));
    EXPECT_EQ(server.drain(), "HEADERS(1) DATA(1)10");
    EXPECT_EQ(server.say(frame(settings, none, 0, setting(4, 0))), "SETTINGS+");
    EXPECT_EQ(server.say(window(1, 10)), "") << "-10 + 10";
    EXPECT_EQ(server.say(window(1, 20)), "DATA(1)20.");
}

TEST(h2_flow, the_connections_window_is_shared) {
    RawServer server({}, setting(4, 1 << 20));
    (void)server.say(get(1) + get(3));
    answer(server, 1, std::string(60'000, 'x'));
    answer(server, 3, std::string(60'000, 'x'));
    (void)server.drain();
    auto& streams = server.owner.streams;
    EXPECT_TRUE(server.session.is_stalled(1) || streams.at(1).closed);
    EXPECT_TRUE(server.session.is_stalled(3));
    (void)server.say(window(0, 100'000));
    EXPECT_TRUE(streams.at(1).closed && streams.at(3).closed);
}

TEST(h2_flow, a_window_that_overflows) {
    RawServer server;
    (void)server.say(get(1));
    answer(server, 1, "abc");
    EXPECT_EQ(server.say(window(1, most)), "RST(1)FLOW_CONTROL_ERROR");
    EXPECT_EQ(server.owner.streams.at(1).log, "end closed by session FLOW_CONTROL_ERROR");
    EXPECT_EQ(server.say(window(0, most)), "GOAWAY(1)FLOW_CONTROL_ERROR");
    EXPECT_TRUE(server.session.finished());
    EXPECT_EQ(server.session.failure()->code, H2Code::flow_control_error);
}

TEST(h2_flow, a_window_by_settings_that_overflows) {
    RawServer server;
    EXPECT_EQ(server.say(frame(settings, none, 0, setting(4, most + 1U))), "GOAWAY(0)FLOW_CONTROL_ERROR");
}

TEST(h2_flow, a_window_update_of_nothing) {
    RawServer server;
    (void)server.say(get(1));
    EXPECT_EQ(server.say(window(1, 0)), "GOAWAY(1)PROTOCOL_ERROR") << "stricter than RFC 9113 6.9 asks";
    RawServer other;
    EXPECT_EQ(other.say(window(0, 0)), "GOAWAY(0)PROTOCOL_ERROR");
}

TEST(h2_flow, more_data_than_the_window) {
    H2Limits limits;
    limits.stream_window_bytes = 1000;
    RawServer server(limits);
    (void)server.say(get(1, end_headers));
    server.owner.streams.at(1).consume_at_once = false;
    EXPECT_EQ(server.say(frame(data, none, 1, std::string(1000, 'x'))), "");
    EXPECT_EQ(server.say(frame(data, none, 1, "x")), "RST(1)FLOW_CONTROL_ERROR");
    EXPECT_EQ(server.owner.streams.at(1).log, "closed by session FLOW_CONTROL_ERROR");
}

TEST(h2_flow, more_data_than_the_connections_window) {
    H2Limits limits;
    limits.connection_window_bytes = 65'535;
    limits.stream_window_bytes = 65'535;
    RawServer server(limits);
    (void)server.say(get(1, end_headers) + get(3, end_headers));
    for (auto& [id, stream] : server.owner.streams) stream.consume_at_once = false;
    for (int i = 0; i < 4; ++i) EXPECT_EQ(server.say(frame(data, none, 1, std::string(16'000, 'x'))), "");
    EXPECT_EQ(server.say(frame(data, none, 3, std::string(2'000, 'x'))), "GOAWAY(3)FLOW_CONTROL_ERROR");
}

TEST(h2_flow, a_window_can_be_widened_for_one_stream) {
    RawServer server;
    (void)server.say(get(1, end_headers));
    server.session.set_window(1, 100'000);
    EXPECT_EQ(server.drain(), "WINDOW_UPDATE(1)34464");
    server.owner.streams.at(1).consume_at_once = false;
    for (int i = 0; i < 6; ++i) EXPECT_EQ(server.say(frame(data, none, 1, std::string(16'384, 'x'))), "");
    EXPECT_EQ(server.session.unconsumed(1), 6U * 16'384);
}

TEST(h2_flow, padding_costs_no_window_for_good) {
    H2Limits limits;
    limits.stream_window_bytes = 1000;
    RawServer server(limits);
    (void)server.say(get(1, end_headers));
    server.owner.streams.at(1).consume_at_once = false;
    const auto padded_data = number(200, 1) + "body" + std::string(200, '\0');
    std::size_t given_back = 0;
    for (int i = 0; i < 100; ++i) {
        const auto words = server.say(frame(data, padded, 1, padded_data));
        EXPECT_FALSE(words.starts_with("RST")) << i << ": " << words;
        given_back += words.empty() ? 0 : 1;
    }
    EXPECT_GT(given_back, 0U);
    EXPECT_EQ(server.session.unconsumed(1), 400U);
}

// However a stream with data that nobody consumed ends, the connection gets its window back.
enum class End { owner_resets, peer_resets, answered_early, content_length_wrong, owner_resets_late };

void end_stream_with_data(Pair& pair, End end, int round) {
    Arena arena;
    Fields fields;
    if (end == End::content_length_wrong) fields.add(arena, make_field(FieldId::content_length, "1000"));
    auto& request = pair.request("POST", "/", false, &fields);
    pair.run();
    auto& served = pair.server_owner.streams.at(request.id);
    served.consume_at_once = false;
    if (end == End::owner_resets_late) pair.server.reset(request.id, H2Code::cancel);
    request.send(std::string(50'000, 'x'));
    if (end == End::owner_resets_late) {   // what was under way arrives at a stream that is gone
        (void)Pair::move(pair.client, pair.server);
    } else {
        pair.run();
    }
    if (end != End::owner_resets_late && end != End::content_length_wrong) {
        ASSERT_EQ(served.body.size(), 50'000U) << "a window leaked; round " << round;
    }
    if (end == End::owner_resets) pair.server.reset(request.id, H2Code::cancel);
    if (end == End::peer_resets) pair.client.reset(request.id, H2Code::cancel);
    if (end == End::answered_early) pair.server.respond(request.id, 200, {}, true);
    pair.run();
    ASSERT_EQ(pair.server.open_streams(), 0U);
}

TEST(h2_flow, the_connections_window_comes_back_however_a_stream_ends) {
    for (const auto end : {End::owner_resets, End::peer_resets, End::answered_early,
                           End::content_length_wrong, End::owner_resets_late}) {
        H2Limits limits;
        limits.connection_window_bytes = 65'535;
        limits.concurrent_streams = 1;
        Pair pair(limits);
        pair.run();
        for (int round = 0; round < 10; ++round) end_stream_with_data(pair, end, round);
        auto& last = pair.request("POST", "/", false);
        pair.run();
        last.send(std::string(200'000, 'x'));
        pair.run();
        EXPECT_EQ(pair.server_owner.streams.at(last.id).body.size(), 200'000U) << static_cast<int>(end);
    }
}

TEST(h2_flow, a_client_gets_its_window_back_as_well) {
    H2Limits limits;
    limits.connection_window_bytes = 65'535;
    Pair pair({}, limits);
    for (int round = 0; round < 10; ++round) {
        auto& request = pair.request("GET", "/");
        request.consume_at_once = false;
        pair.run();
        pair.server.respond(request.id, 200, {}, false);
        pair.server_owner.streams.at(request.id).send(std::string(60'000, 'x'));
        pair.run();
        ASSERT_EQ(request.body.size(), 60'000U) << round;
        if (!request.closed) pair.client.reset(request.id, H2Code::cancel);
        pair.run();
    }
}

}   // namespace
}   // namespace gatehouse::http
