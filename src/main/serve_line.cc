#include "main/serve_line.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace gatehouse::process {
namespace {

constexpr std::string_view help = R"(usage: gatehouse serve [DIR] [/PREFIX=URL …] [options]

Serves DIR (here, if none is given) and forwards what is under a PREFIX to the app at URL:

  gatehouse serve                                   this directory, on http://localhost:8080
  gatehouse serve dist /api=http://localhost:3000   a built site and its API
  gatehouse serve /=http://localhost:3000 --tls     an app behind HTTPS

  --listen ADDRESS  port, address:port or unix:/path; several may be given      [8080, with --tls 8443]
  --tls             HTTPS and HTTP/2, with a self-signed certificate that is kept
  --name NAME       a host name the certificate is for; several may be given
  --user NAME       started by root, serve as this account                       [nobody]
  --list            show directories without an index.html as lists
  -T                print the configuration that this stands for, and serve nothing
  -h, --help        this page
)";

struct App {
    std::string prefix, url;
};

struct Wishes {
    std::string root, user;
    std::vector<App> apps;
    std::vector<std::string> listens, names;
    bool tls = false, list = false, print = false, help = false;
};

// As a word of nginx's grammar.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

class Reader {
public:
    Reader(std::span<const char* const> arguments, std::string_view directory)
        : arguments_(arguments), directory_(directory) {}

    tl::expected<Wishes, std::string> read() {
        while (next_ < arguments_.size() && error_.empty()) read_argument(arguments_[next_++]);
        if (!error_.empty())
            return tl::unexpected(error_ + "; \"gatehouse serve --help\" shows what there is");
        if (wishes_.root.empty()) wishes_.root = directory_;
        if (wishes_.listens.empty()) wishes_.listens.emplace_back(wishes_.tls ? "8443" : "8080");
        return wishes_;
    }

private:
    void read_argument(std::string_view argument) {
        if (argument == "-h" || argument == "--help") {
            wishes_.help = true;
        } else if (argument == "-T") {
            wishes_.print = true;
        } else if (argument == "--tls") {
            wishes_.tls = true;
        } else if (argument == "--list") {
            wishes_.list = true;
        } else if (argument == "--listen") {
            take_value(wishes_.listens, argument, "a port or an address");
        } else if (argument == "--name") {
            take_value(wishes_.names, argument, "a host name");
        } else if (argument == "--user") {
            std::vector<std::string> user;
            take_value(user, argument, "an account's name");
            if (!user.empty()) wishes_.user = user.front();
        } else if (argument.starts_with('-')) {
            error_ = fmt::format("unknown option \"{}\"", argument);
        } else if (argument.starts_with('/') && argument.find('=') != std::string_view::npos) {
            read_app(argument);
        } else {
            read_root(argument);
        }
    }

    void take_value(std::vector<std::string>& into, std::string_view option, std::string_view what) {
        if (next_ == arguments_.size()) {
            error_ = fmt::format("option \"{}\" requires {}", option, what);
        } else {
            into.emplace_back(arguments_[next_++]);
        }
    }

    void read_app(std::string_view argument) {
        const auto equals = argument.find('=');
        const auto url = argument.substr(equals + 1);
        if (!url.starts_with("http://") && !url.starts_with("https://")) {
            error_ = fmt::format("\"{}\" is no URL of an app: expected \"http://host:port\"", url);
            return;
        }
        wishes_.apps.push_back({std::string(argument.substr(0, equals)), std::string(url)});
    }

    void read_root(std::string_view argument) {
        if (!wishes_.root.empty()) {
            error_ = fmt::format("two directories: \"{}\" and \"{}\"", wishes_.root, argument);
            return;
        }
        wishes_.root =
            argument.starts_with('/') ? std::string(argument) : fmt::format("{}/{}", directory_, argument);
    }

    std::span<const char* const> arguments_;
    std::string_view directory_;
    std::size_t next_ = 0;
    Wishes wishes_;
    std::string error_;
};

std::string configuration_of(const Wishes& wishes) {
    std::string text =
        "# what `gatehouse serve` was asked for\ndaemon off;\nworker_processes auto;\n"
        "error_log stderr notice;\nevents {}\nhttp {\n    access_log /dev/stdout;\n"
        "    server {\n";
    if (!wishes.user.empty())
        text.insert(text.find("daemon"), fmt::format("user {};\n", quoted(wishes.user)));
    const auto line = [&](std::string_view directive) { text += fmt::format("        {};\n", directive); };
    for (const auto& listen : wishes.listens)
        line(fmt::format("listen {}{}", listen, wishes.tls ? " ssl" : ""));
    std::string names;
    for (const auto& name : wishes.names) names += ' ' + quoted(name);
    if (!names.empty()) line("server_name" + names);
    if (wishes.tls) {
        line("http2 on");
        line("ssl_certificate self-signed");
    }
    line("root " + quoted(wishes.root));
    if (wishes.list) line("autoindex on");
    for (const auto& app : wishes.apps) {
        text += fmt::format("        location {} {{\n", quoted(app.prefix));
        text += fmt::format("            proxy_pass {};\n", quoted(app.url));
        text +=
            "            proxy_set_header Host $http_host;\n"
            "            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
            "            proxy_set_header X-Forwarded-Proto $scheme;\n        }\n";
    }
    return text + "    }\n}\n";
}

// Where a browser finds it.
std::string greeting_for(const Wishes& wishes) {
    std::string text = fmt::format("gatehouse: serving {} on", wishes.root);
    for (const auto& listen : wishes.listens) {
        const bool is_port = listen.find_first_not_of("0123456789") == std::string::npos;
        const std::string scheme = wishes.tls ? "https://" : "http://";
        text += listen.starts_with("unix:") ? ' ' + listen
                                            : ' ' + scheme + (is_port ? "localhost:" : "") + listen;
    }
    return text + '\n';
}

}   // namespace

tl::expected<CommandLine, std::string> parse_serve_line(std::span<const char* const> arguments,
                                                        std::string_view directory) {
    const auto wishes = Reader(arguments, directory).read();
    if (!wishes) return tl::unexpected(wishes.error());
    CommandLine line;
    line.served = configuration_of(*wishes);
    line.greeting = greeting_for(*wishes);
    if (wishes->print) {
        line.action = Action::dump;
        line.quiet = true;
    }
    if (wishes->help) line.action = Action::serve_help;
    return line;
}

std::string serve_help_text() { return std::string(help); }

}   // namespace gatehouse::process
