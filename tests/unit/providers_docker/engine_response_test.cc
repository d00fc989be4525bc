#include "providers/docker/engine_response.h"

#include <gtest/gtest.h>

#include <vector>

namespace gatehouse::docker {
namespace {

struct Read {
    int status = 0;
    std::string body;
    bool is_whole = false;
    std::string error;
};

// In two pieces; `ends`: then the connection ends.
Read read(std::string_view text, std::size_t cut, bool ends, std::size_t limit = 1000) {
    EngineResponse response(limit);
    Result<> fed = response.feed(text.substr(0, cut));
    if (fed) fed = response.feed(text.substr(cut));
    if (fed && ends) fed = response.finish();
    Read result{response.status(), response.body(), response.is_whole(), {}};
    if (!fed) result.error = fed.error().what;
    return result;
}

TEST(engine_response, is_the_same_however_it_is_cut) {
    const std::vector<std::string> texts = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello",
    };
    for (const std::string& text : texts) {
        for (std::size_t cut = 0; cut <= text.size(); ++cut) {
            const Read result = read(text, cut, true);
            EXPECT_EQ(result.status, 200);
            EXPECT_EQ(result.body, "hello") << cut << text;
            EXPECT_TRUE(result.is_whole);
            EXPECT_EQ(result.error, "");
        }
    }
}

TEST(engine_response, an_answer_that_ends_anywhere_before_its_end_is_none) {
    const std::vector<std::string> texts = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    };
    for (const std::string& text : texts) {
        for (std::size_t length = 0; length < text.size(); ++length)
            EXPECT_EQ(read(text.substr(0, length), 0, true).error, "an answer that ended half way") << length;
    }
}

TEST(engine_response, a_body_beyond_its_limit_is_refused_however_it_is_framed) {
    for (const char* head : {"Content-Length: 11", "Connection: close"})
        EXPECT_EQ(read("HTTP/1.1 200 OK\r\n" + std::string(head) + "\r\n\r\nhello world", 30, true, 10).error,
                  "an answer");
    EXPECT_EQ(
        read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n",
             30, true, 10)
            .error,
        "an answer");
    EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhelloworld", 30, true, 10).error, "");
}

TEST(engine_response, what_is_no_answer_is_refused) {
    for (const char* text :
         {"garbage\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"})
        EXPECT_NE(read(text, 3, false).error, "") << text;
}

TEST(engine_response, an_answer_without_a_body_is_whole_with_its_head) {
    const Read result = read("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 5, false);
    EXPECT_TRUE(result.is_whole);
    EXPECT_EQ(result.status, 404);
}

TEST(engine_response, tells_the_clock_of_the_engine) {
    EngineResponse response(10);
    EXPECT_TRUE(
        response.feed("HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_EQ(response.date(), 784111777);
}

}   // namespace
}   // namespace gatehouse::docker
