#include "main/health_line.h"

#include "base/text.h"
#include "faces/nginx/source.h"

#include <fmt/format.h>

#include <unistd.h>

namespace gatehouse::process {
namespace {

void say(int fd, const std::string& text) {
    [[maybe_unused]] const auto written = ::write(fd, text.data(), text.size());
}

}   // namespace

tl::expected<QuestionUrl, std::string> ping_url(const traefik::StaticSources& sources) {
    traefik::Remarks remarks;
    const auto configuration = traefik::load_static(sources, remarks);
    if (!configuration) {
        for (const traefik::Remark& remark : remarks.items()) {
            if (remark.severity == traefik::Severity::error) return tl::unexpected(remark.describe());
        }
        return tl::unexpected(std::string("the static configuration cannot be read"));
    }
    if (!configuration->ping)
        return tl::unexpected(std::string("please enable `ping` to use health check (add --ping)"));
    const auto entry_point = configuration->entry_points.find(configuration->ping->entry_point);
    if (entry_point == configuration->entry_points.end()) {
        return tl::unexpected(
            fmt::format("ping: missing entry point \"{}\"", configuration->ping->entry_point));
    }
    std::string_view address = entry_point->second.address;
    address = address.substr(0, address.find('/'));
    const bool tls = entry_point->second.http.tls.has_value();
    return parse_question_url(fmt::format("{}://{}/ping", tls ? "https" : "http", address));
}

int run_health_check(const std::vector<std::string>& arguments) {
    nginx::DiskFiles files;
    std::vector<std::string> environment;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
        environment.emplace_back(*entry);
    traefik::StaticSources sources;
    sources.arguments = arguments;
    sources.environment = environment;
    sources.read_file = [&](const std::string& path) -> std::optional<std::string> {
        auto text = files.read(path);
        if (!text) return std::nullopt;
        return std::move(*text);
    };
    const auto url = ping_url(sources);
    if (!url) {
        say(STDERR_FILENO, fmt::format("Error calling healthcheck: {}\n", url.error()));
        return 1;
    }
    const auto answer = ask(*url, "HEAD");
    if (!answer) {
        say(STDERR_FILENO,
            fmt::format("Error calling healthcheck: {}: {}\n", url->describe(), answer.error()));
        return 1;
    }
    if (answer->status != 200) {
        say(STDERR_FILENO, fmt::format("Bad healthcheck status: {}\n", answer->reason));
        return 1;
    }
    say(STDOUT_FILENO, fmt::format("OK: {}\n", url->describe()));
    return 0;
}

}   // namespace gatehouse::process
