#include "main/status_line.h"

#include "main/question.h"

#include <fmt/format.h>

#include <unistd.h>

#include <array>

namespace gatehouse::process {
namespace {

constexpr std::string_view help = R"(usage: gatehouse status [options]

Asks the running gateway what it serves and why not: containers, routers, services with the state of
each server. It needs the API (--api.insecure=true, or a router to api@internal).

  --url URL      where the API is                      [http://127.0.0.1:8080/api]
  --format json  for programs                          [text]
  -h, --help     this page

Exit status: 0 all is served, 1 something is refused, 2 nothing answers.
)";

constexpr std::array parts = {"version",         "entrypoints",      "containers",  "http/routers",
                              "http/services",   "http/middlewares", "tcp/routers", "tcp/services",
                              "tcp/middlewares", "udp/routers",      "udp/services"};

int fail(const std::string& text) {
    const std::string line = fmt::format("gatehouse: {}\n", text);
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
    return 2;
}

}   // namespace

tl::expected<CommandLine, std::string> parse_status_line(std::span<const char* const> arguments) {
    CommandLine line;
    line.action = Action::status;
    const auto refuse = [](const std::string& text) {
        return tl::unexpected(text + "; \"gatehouse status --help\" shows what there is");
    };
    for (std::size_t at = 0; at < arguments.size(); ++at) {
        const std::string_view argument = arguments[at];
        const auto equals = argument.find('=');
        const std::string_view name = argument.substr(0, equals);
        if (argument == "-h" || argument == "--help") {
            line.action = Action::status_help;
            return line;
        }
        if (name != "--url" && name != "--format")
            return refuse(fmt::format("unknown option \"{}\"", argument));
        if (equals == std::string_view::npos && at + 1 == arguments.size())
            return refuse(fmt::format("option \"{}\" requires a value", name));
        const std::string value(equals == std::string_view::npos ? arguments[++at]
                                                                 : argument.substr(equals + 1));
        if (name == "--url") {
            line.status.url = value;
        } else if (value == "json" || value == "text") {
            line.status.json = value == "json";
        } else {
            return refuse(fmt::format("invalid option: \"--format {}\": use text or json", value));
        }
    }
    return line;
}

std::string status_help_text() { return std::string(help); }

int run_status_command(const StatusLine& line) {
    auto base = parse_question_url(line.url);
    if (!base) return fail(base.error());
    while (base->path.ends_with('/')) base->path.pop_back();
    if (base->path.empty()) base->path = "/api";
    StatusAnswers answers;
    for (const std::string part : parts) {
        QuestionUrl url = *base;
        url.path += "/" + part;
        if (part != "version") url.path += "?per_page=1000000";
        const auto answer = ask(url, "GET");
        if (!answer) {
            return fail(
                fmt::format("nothing answers at {}: {}. Does a gateway run there, with its API on "
                            "(--api.insecure=true)? --url names another place",
                            base->describe(), answer.error()));
        }
        // other programs have this API without all of its parts
        if (answer->status == 404 && part != "version") continue;
        if (answer->status != 200) {
            return fail(fmt::format("{} answers {}: is the API there? --url names another place",
                                    url.describe(), answer->reason));
        }
        answers.emplace(part, answer->body);
    }
    const auto shown = show_status(answers, line.json);
    if (!shown) return fail(fmt::format("{}: {}", base->describe(), shown.error()));
    [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, shown->text.data(), shown->text.size());
    return shown->is_refused ? 1 : 0;
}

}   // namespace gatehouse::process
