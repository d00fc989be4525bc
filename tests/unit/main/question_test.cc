#include "main/question.h"
#include "main/health_line.h"
#include "main/status_line.h"

#include <gtest/gtest.h>

namespace gatehouse::process {
namespace {

TEST(question, urls_are_read_and_shown) {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"http://127.0.0.1:8080/api", "http://127.0.0.1:8080/api"},
        {"http://:8080/ping", "http://:8080/ping"},
        {"localhost:9000", "http://localhost:9000/"},
        {"https://[::1]/x?y", "https://[::1]:443/x?y"},
    };
    for (const auto& [text, shown] : table) {
        const auto url = parse_question_url(text);
        ASSERT_TRUE(url) << text;
        EXPECT_EQ(url->describe(), shown);
    }
    for (const char* text :
         {"", "http://", "http://a:0", "http://a:99999", "http://a:b", "http://u@a/", "a b"})
        EXPECT_FALSE(parse_question_url(text)) << text;
}

TEST(question, answers_are_taken_apart) {
    const auto answer = parse_answer("HTTP/1.1 404 Not Found\r\nA: b\r\n\r\nbody\r\n\r\n");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 404);
    EXPECT_EQ(answer->reason, "404 Not Found");
    EXPECT_EQ(answer->body, "body\r\n\r\n");
    for (const char* bytes : {"", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 abc Not\r\n\r\n", "HTTP/1.1 200 OK\r\n"})
        EXPECT_FALSE(parse_answer(bytes)) << bytes;
}

std::string ping_of(std::vector<std::string> arguments) {
    traefik::StaticSources sources;
    sources.arguments = arguments;
    const auto url = ping_url(sources);
    return url ? url->describe() : "error: " + url.error();
}

TEST(health_check, asks_where_the_ping_is) {
    EXPECT_EQ(ping_of({"--ping"}), "http://:8080/ping");
    EXPECT_EQ(ping_of({"--ping=true", "--entrypoints.traefik.address=10.0.0.1:9000/tcp"}),
              "http://10.0.0.1:9000/ping");
    EXPECT_EQ(ping_of({"--ping.entrypoint=web", "--entrypoints.web.address=:80"}), "http://:80/ping");
    EXPECT_EQ(
        ping_of({"--ping.entrypoint=web", "--entrypoints.web.address=:443", "--entrypoints.web.http.tls"}),
        "https://:443/ping");
    EXPECT_TRUE(ping_of({"--api"}).starts_with("error: please enable"));
    EXPECT_TRUE(ping_of({"--pnig"}).starts_with("error: "));
}

TEST(status, is_shown_with_what_is_refused) {
    const StatusAnswers answers = {
        {"version", R"({"Version":"0.1.0"})"},
        {"containers", R"([{"name":"a-1","outcome":"routed","reason":"routed","routers":["http router a"]},
            {"name":"b-1","outcome":"refused","reason":"no-port","message":"no port is known",
             "advice":"name one"}])"},
        {"http/routers", R"json([{"name":"a@docker","status":"enabled","rule":"Host(`a`)","using":["web"],
                              "service":"a"}])json"},
        {"http/services", R"json([{"name":"a@docker","status":"enabled",
                               "serverStatus":{"http://10.0.0.1:80":"DOWN"}}])json"},
    };
    const auto shown = show_status(answers, false);
    ASSERT_TRUE(shown);
    EXPECT_TRUE(shown->is_refused);
    for (const char* line :
         {"gatehouse 0.1.0", "a-1  routed    http router a", "b-1  refused   no port is known", "name one",
          "a@docker  enabled   Host(`a`)  at web  → a", "http://10.0.0.1:80  DOWN"})
        EXPECT_NE(shown->text.find(line), std::string::npos) << line << "\n" << shown->text;
    const auto json = show_status(answers, true);
    ASSERT_TRUE(json);
    EXPECT_NE(json->text.find("\"routers\""), std::string::npos);
    EXPECT_FALSE(show_status({{"containers", "<html>"}}, false));
    EXPECT_FALSE(show_status({{"containers", "[1, {}, null]"}, {"http/routers", "{}"}}, false)->is_refused);
}

}   // namespace
}   // namespace gatehouse::process
