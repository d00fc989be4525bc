#include "providers/docker/engine_request.h"

#include "providers/docker/engine_endpoint.h"

#include <gtest/gtest.h>

namespace gatehouse::docker {
namespace {

using Kind = EngineRequest::Kind;

std::string first_line(const EngineRequest& request) {
    const std::string text = request_text(request, "docker");
    return text.substr(0, text.find("\r\n"));
}

TEST(engine_request, is_written_as_the_engine_reads_it) {
    EXPECT_EQ(request_text({Kind::ping}, "docker"),
              "GET /_ping HTTP/1.1\r\nHost: docker\r\nUser-Agent: gatehouse\r\nAccept: "
              "application/json\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(first_line({Kind::version}), "GET /version HTTP/1.1");
    EXPECT_EQ(first_line({Kind::list}), "GET /containers/json?all=1 HTTP/1.1");
    EXPECT_EQ(first_line({Kind::inspect, "a1"}), "GET /containers/a1/json HTTP/1.1");
    EXPECT_TRUE(
        first_line({Kind::events}).starts_with("GET /events?filters=%7B%22type%22%3A%5B%22container"));
    EXPECT_EQ(first_line({Kind::events}).find("since"), std::string::npos);
}

TEST(engine_request, says_since_when_to_the_nanosecond) {
    const std::string line = first_line({Kind::events, "", 1'700'000'000'000'000'042});
    EXPECT_TRUE(line.ends_with("&since=1700000000.000000042 HTTP/1.1")) << line;
}

TEST(engine_request, takes_only_ids_that_can_mean_nothing_else_in_a_path) {
    for (const char* id : {"a", "0", "web-1", "web_1.2", "0123456789abcdefABCDEF"})
        EXPECT_TRUE(is_container_id(id));
    for (const char* id : {"", ".", "..", "-a", "_a", "a/b", "a?b", "a#b", "a b", "a%2f", "\xc3\xa4", "a\n"})
        EXPECT_FALSE(is_container_id(id)) << id;
    EXPECT_TRUE(is_container_id(std::string(longest_container_id, 'a')));
    EXPECT_FALSE(is_container_id(std::string(longest_container_id + 1, 'a')));
    EXPECT_FALSE(is_container_id(std::string_view("a\0b", 3)));
}

std::string parsed(std::string_view text) {
    const auto endpoint = parse_engine_endpoint(text);
    if (!endpoint) return endpoint.error();
    EXPECT_EQ(endpoint->text, text);
    if (!endpoint->unix_path.empty()) return endpoint->unix_path;
    return endpoint->host + " " + std::to_string(endpoint->port);
}

TEST(engine_endpoint, is_a_unix_socket_or_a_host_and_port) {
    EXPECT_EQ(parsed("unix:///var/run/docker.sock"), "/var/run/docker.sock");
    EXPECT_EQ(parsed("tcp://10.0.0.5:2375"), "10.0.0.5 2375");
    EXPECT_EQ(parsed("tcp://docker-proxy"), "docker-proxy 2375");
    EXPECT_EQ(parsed("TCP://docker-proxy:1/"), "docker-proxy 1");
    EXPECT_EQ(parsed("http://docker-proxy:2376"), "docker-proxy 2376");
    EXPECT_EQ(parsed("tcp://[::1]:2375"), "::1 2375");
    EXPECT_EQ(parsed("tcp://[::1]"), "::1 2375");
}

TEST(engine_endpoint, says_what_it_expected) {
    EXPECT_EQ(
        parsed("/var/run/docker.sock"),
        "\"/var/run/docker.sock\" is no address of an engine: expected unix:///PATH, tcp://HOST:PORT or "
        "http://HOST:PORT");
    for (const char* text : {"", "unix://", "unix:///", "unix://relative", "tcp://", "tcp://:2375",
                             "tcp://a:0", "tcp://a:65536", "tcp://a:x", "tcp://a:", "tcp://a/b", "tcp://[::1",
                             "tcp://[::1]x", "ssh://host", "https://host", "npipe:////./pipe/docker_engine"})
        EXPECT_FALSE(parse_engine_endpoint(text)) << text;
    EXPECT_FALSE(parse_engine_endpoint("unix:///" + std::string(107, 'x')));
    EXPECT_TRUE(parse_engine_endpoint("unix:///" + std::string(106, 'x')));
}

}   // namespace
}   // namespace gatehouse::docker
