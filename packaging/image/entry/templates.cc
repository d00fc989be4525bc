#include "templates.h"

#include "files.h"

#include "base/text.h"

#include <fmt/format.h>
#include <regex.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <vector>

namespace gatehouse::image {
namespace {

using Path = std::filesystem::path;
using Say = std::function<void(std::string)>;

bool begins_name(char c) { return is_alpha(c) || c == '_'; }
bool continues_name(char c) { return begins_name(c) || is_digit(c); }

std::string value_or(const Environment& environment, std::string_view name, std::string_view otherwise) {
    const auto found = environment.find(name);
    return found == environment.end() || found->second.empty() ? std::string(otherwise) : found->second;
}

// Files below `directory` that end in `suffix`, also behind links, sorted.
std::vector<Path> templates_in(const Path& directory, std::string_view suffix) {
    std::vector<Path> found;
    std::error_code error;
    using Walk = std::filesystem::recursive_directory_iterator;
    Walk walk(directory, std::filesystem::directory_options::follow_directory_symlink, error);
    for (; !error && walk != Walk(); walk.increment(error)) {
        const std::string name = walk->path().string();
        if (name.ends_with(suffix) && walk->is_regular_file(error)) found.push_back(walk->path());
    }
    std::ranges::sort(found);
    return found;
}

struct Kind {
    Path from;
    std::string suffix;
    Path to;
};

// True: there were some, and they were made.
tl::expected<bool, std::string> make_all(const Kind& kind, const Environment& variables, const Say& say) {
    const auto templates = templates_in(kind.from, kind.suffix);
    if (templates.empty()) return false;
    std::error_code error;
    std::filesystem::create_directories(kind.to, error);
    if (::access(kind.to.c_str(), W_OK) != 0) {
        say(fmt::format("\"{}\" cannot be written ({}): the templates in \"{}\" are not used",
                        kind.to.string(), std::strerror(errno), kind.from.string()));
        return false;
    }
    for (const Path& path : templates) {
        std::string relative = path.lexically_relative(kind.from).string();
        relative.resize(relative.size() - kind.suffix.size());
        const Path output = kind.to / relative;
        std::filesystem::create_directories(output.parent_path(), error);
        const auto text = read_file(path);
        std::ofstream file;
        if (text) file.open(output, std::ios::binary | std::ios::trunc);
        if (!text || !(file << fill_in(*text, variables)) || !file.flush()) {
            return tl::unexpected(
                fmt::format("making \"{}\" from \"{}\" failed", output.string(), path.string()));
        }
        say(fmt::format("\"{}\" is made from \"{}\"", output.string(), path.string()));
    }
    return true;
}

// Looks at the beginnings of lines only, as nginx's entry point does.
bool has_stream_block(std::string_view config) {
    for (std::string_view line : split(config, '\n')) {
        line = trim(line);
        constexpr std::string_view name = "stream";
        if (line.starts_with(name) && trim(line.substr(name.size())).starts_with('{')) return true;
    }
    return false;
}

// nginx's main file names conf.d inside http only.
void add_stream_block(const std::string& config, const Path& directory, const Say& say) {
    const auto text = read_file(config);
    const std::string include = fmt::format("include {}/*.conf;", directory.string());
    if (text && has_stream_block(*text)) {
        return say(
            fmt::format("\"{}\" has a stream block of its own: it needs \"{}\" to use what was made "
                        "from templates",
                        config, include));
    }
    std::ofstream file(config, std::ios::binary | std::ios::app);
    if (file << "\nstream {\n    " << include << "\n}\n" && file.flush())
        return say(fmt::format("\"{}\" is given a stream block", config));
    say(fmt::format("\"{}\" cannot be written: without a stream block, what was made for it is not used",
                    config));
}

}   // namespace

std::string fill_in(std::string_view text, const Environment& environment) {
    std::string out;
    while (!text.empty()) {
        const std::size_t dollar = text.find('$');
        out += text.substr(0, dollar);
        if (dollar == std::string_view::npos) break;
        text.remove_prefix(dollar);
        const bool is_braced = text.size() > 1 && text[1] == '{';
        const std::size_t start = is_braced ? 2 : 1;
        std::size_t end = start;
        if (end < text.size() && begins_name(text[end])) {
            while (end < text.size() && continues_name(text[end])) ++end;
        }
        const bool is_closed = !is_braced || (end < text.size() && text[end] == '}');
        const auto found = environment.find(text.substr(start, end - start));
        const bool is_known = end > start && is_closed && found != environment.end();
        const std::size_t length = is_known ? end + (is_braced ? 1 : 0) : 1;
        out += is_known ? std::string_view(found->second) : text.substr(0, length);
        text.remove_prefix(length);
    }
    return out;
}

tl::expected<Environment, std::string> filtered(const Environment& environment, const std::string& filter) {
    if (filter.empty()) return environment;
    regex_t expression;
    if (const int code = ::regcomp(&expression, filter.c_str(), REG_EXTENDED | REG_NOSUB); code != 0) {
        std::array<char, 128> why{};
        ::regerror(code, &expression, why.data(), why.size());
        return tl::unexpected(fmt::format("NGINX_ENVSUBST_FILTER \"{}\": {}", filter, why.data()));
    }
    Environment kept;
    for (const auto& [name, value] : environment) {
        if (::regexec(&expression, name.c_str(), 0, nullptr, 0) == 0) kept.emplace(name, value);
    }
    ::regfree(&expression);
    return kept;
}

std::string name_servers(std::string_view resolv_conf) {
    std::string servers;
    for (std::string_view line : split(resolv_conf, '\n')) {
        line = trim(line);
        constexpr std::string_view keyword = "nameserver";
        if (!line.starts_with(keyword)) continue;
        const std::string_view rest = line.substr(keyword.size());
        const std::string_view address = trim(rest);
        if (address.empty() || address.size() == rest.size()) continue;   // no space between
        if (!servers.empty()) servers += ' ';
        const bool is_ipv6 = address.find(':') != std::string_view::npos;
        servers += is_ipv6 ? fmt::format("[{}]", address) : std::string(address);
    }
    return servers;
}

tl::expected<void, std::string> make_from_templates(const Environment& environment, const std::string& config,
                                                    const Say& say) {
    const auto setting = [&](std::string_view name, std::string_view otherwise) {
        return value_or(environment, fmt::format("NGINX_ENVSUBST_{}", name), otherwise);
    };
    const auto variables = filtered(environment, setting("FILTER", ""));
    if (!variables) return tl::unexpected(variables.error());
    const Path from = setting("TEMPLATE_DIR", "/etc/nginx/templates");
    const Kind http = {from, setting("TEMPLATE_SUFFIX", ".template"),
                       setting("OUTPUT_DIR", "/etc/nginx/conf.d")};
    const Kind stream = {from, setting("STREAM_TEMPLATE_SUFFIX", ".stream-template"),
                         setting("STREAM_OUTPUT_DIR", "/etc/nginx/stream-conf.d")};
    if (const auto made = make_all(http, *variables, say); !made) return tl::unexpected(made.error());
    const auto made = make_all(stream, *variables, say);
    if (!made) return tl::unexpected(made.error());
    if (*made) add_stream_block(config, stream.to, say);
    return {};
}

}   // namespace gatehouse::image
