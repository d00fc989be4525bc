#include "start.h"

#include "files.h"
#include "templates.h"

#include <fmt/format.h>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace gatehouse::image {
namespace {

constexpr int cannot_run = 126, not_found = 127;   // a shell's exit codes for the same
constexpr std::string_view templates_step = "20-envsubst-on-templates.sh";   // nginx's name for it
constexpr const char* scripts_directory = "/docker-entrypoint.d";

std::string_view name_of_program(std::string_view path) { return path.substr(path.rfind('/') + 1); }

void say(std::string_view text) {
    const std::string line = fmt::format("gatehouse: {}\n", text);
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

Environment read_environment() {
    Environment environment;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t equals = text.find('=');
        if (equals == std::string_view::npos) continue;
        environment.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return environment;
}

// Not any TRAEFIK_…: Kubernetes tells containers of a service "traefik" by variables that begin so.
bool is_traefik_configured(const Environment& environment) {
    const auto names_providers = [](const auto& entry) {
        return entry.first.starts_with("TRAEFIK_PROVIDERS_");
    };
    if (std::ranges::any_of(environment, names_providers)) return true;
    constexpr std::array files = {"/etc/traefik/traefik.toml", "/etc/traefik/traefik.yaml",
                                  "/etc/traefik/traefik.yml"};
    return std::ranges::any_of(files, [](const char* path) { return ::access(path, F_OK) == 0; });
}

// As `sort -V` would have it.
std::vector<std::string> scripts() {
    std::vector<std::string> names = {std::string(templates_step)};
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(scripts_directory, ignored)) {
        if (entry.path().filename() != templates_step) names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names,
                      [](const auto& a, const auto& b) { return ::strverscmp(a.c_str(), b.c_str()) < 0; });
    return names;
}

int exit_code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

// A script's exit code.
int run_script(const std::string& path) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::execl(path.c_str(), path.c_str(), nullptr);
        say(
            fmt::format("running \"{}\" failed ({}); a script needs a shell, which only an image on a base "
                        "with one has",
                        path, std::strerror(errno)));
        std::_Exit(cannot_run);
    }
    int status = 0;
    if (pid < 0 || ::waitpid(pid, &status, 0) != pid) return cannot_run;
    return exit_code_of(status);
}

// 0, or the exit code to end with.
int run_step(const std::string& name, const Environment& environment, bool is_quiet) {
    const std::string path = fmt::format("{}/{}", scripts_directory, name);
    const bool is_there = ::access(path.c_str(), F_OK) == 0;
    if (name == templates_step && !is_there) {
        const auto tell = [&](const std::string& text) {
            if (!is_quiet) say(text);
        };
        const auto made = make_from_templates(environment, "/etc/nginx/nginx.conf", tell);
        if (!made) say(made.error());
        return made ? 0 : 1;
    }
    if (name.ends_with(".envsh")) {
        say(
            fmt::format("\"{}\" would have to be read by a shell, which this entry point is not: make it a "
                        ".sh that writes files, or set the variables of the container",
                        path));
        return 1;
    }
    if (!name.ends_with(".sh") || ::access(path.c_str(), X_OK) != 0) {
        say(fmt::format("\"{}\" is not run: it is no executable .sh", path));
        return 0;
    }
    if (const int code = run_script(path); code != 0) {
        say(fmt::format("\"{}\" ended with {}: nothing is started", path, code));
        return code;
    }
    return 0;
}

int prepare_for_nginx() {
    Environment environment = read_environment();
    if (environment.contains("NGINX_ENTRYPOINT_LOCAL_RESOLVERS")) {
        const std::string servers = name_servers(read_file("/etc/resolv.conf").value_or(""));
        ::setenv("NGINX_LOCAL_RESOLVERS", servers.c_str(), 1);
        environment.insert_or_assign("NGINX_LOCAL_RESOLVERS", servers);
    }
    const bool is_quiet = environment.contains("NGINX_ENTRYPOINT_QUIET_LOGS");
    for (const std::string& name : scripts()) {
        if (const int code = run_step(name, environment, is_quiet); code != 0) return code;
    }
    return 0;
}

}   // namespace

std::vector<std::string> command_of(std::vector<std::string> arguments, bool is_traefik_configured) {
    if (arguments.empty()) {
        if (is_traefik_configured) return {"traefik"};
        return {"nginx", "-g", "daemon off;"};
    }
    constexpr std::array<std::string_view, 3> commands = {"serve", "check", "status"};
    const std::string& first = arguments.front();
    if (first == "version" || first == "healthcheck") {
        arguments.insert(arguments.begin(), "traefik");
    } else if (first.starts_with('-') || std::ranges::find(commands, first) != commands.end()) {
        arguments.insert(arguments.begin(), "gatehouse");
    }
    return arguments;
}

bool is_nginx_command(const std::vector<std::string>& command) {
    const std::string_view name = command.empty() ? std::string_view() : name_of_program(command.front());
    if (name == "nginx" || name == "nginx-debug") return true;
    // -c FILE and the like; two dashes are Traefik's
    return name == "gatehouse" && command.size() > 1 && command[1].starts_with('-') &&
           !command[1].starts_with("--");
}

int start(std::vector<std::string> arguments) {
    const auto command = command_of(std::move(arguments), is_traefik_configured(read_environment()));
    if (is_nginx_command(command)) {
        if (const int code = prepare_for_nginx(); code != 0) return code;
    }
    std::vector<char*> words;
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    ::execvp(words.front(), words.data());
    const int error = errno;
    std::string text = fmt::format("running \"{}\" failed ({})", command.front(), std::strerror(error));
    if (error == ENOENT && ::access("/bin/sh", F_OK) != 0)
        text += ": this image holds the gateway and nothing else, no shell either; the one on Debian does";
    say(text);
    return error == ENOENT ? not_found : cannot_run;
}

}   // namespace gatehouse::image
