#include "load_options.h"

#include <strings.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>

#include "common.h"
#include "h2_request.h"

namespace gatehouse::bench {

namespace {

constexpr const char* usage =
    "usage: load --port P [options]\n"
    "  --connections N   keep-alive connections (1)\n"
    "  --seconds S       length of the measuring window; 0: until standard input ends (2)\n"
    "  --warmup S        before the window (0.5)\n"
    "  --path PATH       what to ask for (/)\n"
    "  --host NAME       Host field (localhost)\n"
    "  --targets FILE    lines of \"HOST PATH\", asked for in turn, instead of --host and --path\n"
    "  --bytes N         length every body must have (any)\n"
    "  --cpu PID,...     processes whose CPU time over the window is wanted\n"
    "  --idle            one request per connection, then hold all idle until standard input ends\n"
    "  --careful         look for a close before each request; not with --tls\n"
    "  --tls             through TLS 1.3\n"
    "  --h2              with --idle: over HTTP/2 through TLS\n"
    "  --websocket       with --idle: each becomes a WebSocket\n";

[[noreturn]] void show_usage() {
    std::fputs(usage, stderr);
    std::exit(2);
}

using Setter = void (*)(LoadOptions&, const std::string&);

const std::map<std::string_view, Setter> setters = {
    {"--port",
     [](LoadOptions& o, const std::string& v) { o.port = static_cast<std::uint16_t>(std::stoul(v)); }},
    {"--connections", [](LoadOptions& o, const std::string& v) { o.connections = std::stoul(v); }},
    {"--seconds", [](LoadOptions& o, const std::string& v) { o.seconds = std::stod(v); }},
    {"--warmup", [](LoadOptions& o, const std::string& v) { o.warmup = std::stod(v); }},
    {"--host", [](LoadOptions& o, const std::string& v) { o.host = v; }},
    {"--path", [](LoadOptions& o, const std::string& v) { o.path = v; }},
    {"--targets", [](LoadOptions& o, const std::string& v) { o.targets = v; }},
    {"--bytes", [](LoadOptions& o, const std::string& v) { o.bytes = std::stoll(v); }},
    {"--cpu", [](LoadOptions& o, const std::string& v) { o.cpu = parse_pids(v); }},
};

const std::map<std::string_view, bool LoadOptions::*> flags = {
    {"--idle", &LoadOptions::idle}, {"--careful", &LoadOptions::careful},     {"--tls", &LoadOptions::tls},
    {"--h2", &LoadOptions::h2},     {"--websocket", &LoadOptions::websocket},
};

std::string request(const LoadOptions& options, const std::string& host, const std::string& path) {
    if (options.h2) return h2_request(host, path);
    std::string text = "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n";
    if (options.websocket) {
        text += "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
        text.append("Sec-WebSocket-Key: ").append(websocket_key).append("\r\n");
    }
    return text + "User-Agent: gatehouse-bench/1\r\nAccept: */*\r\n\r\n";
}

}   // namespace

LoadOptions parse_load_options(int argc, char** argv) {
    LoadOptions options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        const auto setter = setters.find(name);
        const auto flag = flags.find(name);
        if (flag != flags.end()) {
            options.*flag->second = true;
        } else if (setter != setters.end() && i + 1 < argc) {
            setter->second(options, argv[++i]);
        } else {
            show_usage();
        }
    }
    options.tls = options.tls || options.h2;
    const bool only_idle = options.h2 || options.websocket;
    if (options.port == 0 || options.connections == 0 || (only_idle && !options.idle) ||
        (options.careful && options.tls) || (options.h2 && options.websocket)) {
        show_usage();
    }
    return options;
}

std::vector<std::string> make_requests(const LoadOptions& options) {
    if (options.targets.empty()) return {request(options, options.host, options.path)};
    std::vector<std::string> requests;
    std::ifstream file(options.targets);
    for (std::string host, path; file >> host >> path;) requests.push_back(request(options, host, path));
    if (requests.empty()) die("--targets");
    return requests;
}

ResponseHead parse_head(std::string_view head) {
    ResponseHead result;
    if (head.size() > 12) std::from_chars(head.data() + 9, head.data() + 12, result.status);
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
        at += 2;
        const std::string_view line = head.substr(at);
        const auto starts_with = [line](std::string_view name) {
            return line.size() >= name.size() && strncasecmp(line.data(), name.data(), name.size()) == 0;
        };
        if (starts_with("content-length: ")) {
            std::from_chars(line.data() + 16, line.data() + line.size(), result.length);
        } else if (starts_with("connection: close")) {
            result.close = true;
        } else if (starts_with("sec-websocket-accept: ")) {
            result.websocket = result.status == 101 && line.substr(22).starts_with(websocket_accept);
        }
    }
    return result;
}

}   // namespace gatehouse::bench
