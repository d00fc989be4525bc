#include "exchange/handlers/autoindex.h"

#include "base/text.h"
#include "exchange/system_facts.h"
#include "http/date.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::exchange {
namespace {

using Format = model::FileSettings::AutoindexFormat;

struct Item {
    std::string name;
    bool is_directory = false, is_file = false;
    std::uint64_t bytes = 0;
    std::time_t modified = 0;
};

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

int read_items(const std::string& path, std::vector<Item>& items) {
    const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(path.c_str()));
    if (directory == nullptr) return errno;
    while (const auto* entry = ::readdir(directory.get())) {
        const std::string_view name = entry->d_name;
        if (name.starts_with('.')) continue;
        struct stat status {};
        const std::string full = path + std::string(name);
        // a link to nowhere is still listed, as what it is
        if (::stat(full.c_str(), &status) != 0 && ::lstat(full.c_str(), &status) != 0) continue;
        items.push_back({std::string(name), S_ISDIR(status.st_mode), S_ISREG(status.st_mode),
                         static_cast<std::uint64_t>(status.st_size), status.st_mtime});
    }
    std::ranges::sort(items, [](const Item& a, const Item& b) {
        return a.is_directory != b.is_directory ? a.is_directory : a.name < b.name;
    });
    return 0;
}

std::string escape_markup(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '&': out += "&amp;"; break;
            case '"': out += "&quot;"; break;
            default: out += c;
        }
    }
    return out;
}

std::string escape_json(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) < 0x20)
            out += fmt::format("\\u{:04X}", c);
        else
            out += c;
    }
    return out;
}

// Characters, not bytes, so that columns line up: continuation bytes of UTF-8 do not count.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string_view first_characters(std::string_view text, std::size_t count) {
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
        if (begins && count-- == 0) break;
    }
    return text.substr(0, at);
}

// "12-Nov-2026 10:00"
std::string page_date(std::time_t time, bool local) {
    static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm parts{};
    local ? localtime_r(&time, &parts) : gmtime_r(&time, &parts);
    return fmt::format("{:02}-{}-{} {:02}:{:02}", parts.tm_mday,
                       months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour,
                       parts.tm_min);
}

std::string page_size(const Item& item, bool exact) {
    if (item.is_directory) return exact ? fmt::format("{:>19}", "-") : "      -";
    if (exact) return fmt::format("{:>19}", item.bytes);
    constexpr std::uint64_t kilo = 1024, mega = kilo * 1024, giga = mega * 1024;
    const auto rounded = [&](std::uint64_t unit) { return (item.bytes + unit / 2) / unit; };
    if (item.bytes > giga - 1) return fmt::format("{:>6}G", rounded(giga));
    if (item.bytes > mega - 1) return fmt::format("{:>6}M", rounded(mega));
    if (item.bytes > 9999) return fmt::format("{:>6}K", rounded(kilo));
    return fmt::format(" {:>6}", item.bytes);
}

std::string make_page(Exchange& exchange, const std::vector<Item>& items) {
    constexpr std::size_t name_width = 50;
    const auto& files = exchange.route->files;
    const auto title = escape_markup(exchange.uri);
    std::string out = "<html>\r\n<head><title>Index of " + title +
                      "</title></head>\r\n<body>\r\n<h1>Index of " + title +
                      "</h1><hr><pre><a href=\"../\">../</a>\r\n";
    for (const auto& item : items) {
        const std::string slash = item.is_directory ? "/" : "";
        const auto href = http::escape(item.name, http::Escape::component, exchange.arena());
        const auto width = width_of(item.name) + slash.size();
        out += fmt::format("<a href=\"{}{}\">", href, slash);
        if (width > name_width) {
            out += escape_markup(first_characters(item.name, name_width - 3)) + "..&gt;</a>";
        } else {
            out += escape_markup(item.name) + slash + "</a>" + std::string(name_width - width, ' ');
        }
        out += " " + page_date(item.modified, files.autoindex_localtime) + " " +
               page_size(item, files.autoindex_exact_size) + "\r\n";
    }
    return out + "</pre><hr></body>\r\n</html>\r\n";
}

std::string_view type_of(const Item& item) {
    return item.is_directory ? "directory" : item.is_file ? "file" : "other";
}

std::string make_xml(const std::vector<Item>& items) {
    std::string out = "<?xml version=\"1.0\"?>\r\n<list>\r\n";
    for (const auto& item : items) {
        std::tm parts{};
        gmtime_r(&item.modified, &parts);
        const auto type = type_of(item);
        out += fmt::format("<{} mtime=\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z\"", type, parts.tm_year + 1900,
                           parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
        if (item.is_file) out += fmt::format(" size=\"{}\"", item.bytes);
        out += fmt::format(">{}</{}>\r\n", escape_markup(item.name), type);
    }
    return out + "</list>\r\n";
}

std::string make_json(const std::vector<Item>& items) {
    std::string out = "[";
    for (const auto& item : items) {
        char date[http::http_date_bytes];
        out += fmt::format("{}\r\n{{ \"name\":\"{}\", \"type\":\"{}\", \"mtime\":\"{}\"",
                           out.size() > 1 ? "," : "", escape_json(item.name), type_of(item),
                           http::format_http_date(item.modified, date));
        if (item.is_file) out += fmt::format(", \"size\":{}", item.bytes);
        out += " }";
    }
    return out + "\r\n]";
}

// The callback's name comes from the request: nothing but an identifier path may become script.
std::string_view callback_of(Exchange& exchange) {
    const auto name = http::find_argument(exchange.args, "callback").value_or(std::string_view());
    const bool clean =
        std::ranges::all_of(name, [](char c) { return is_alpha(c) || is_digit(c) || c == '_' || c == '.'; });
    return clean ? name : std::string_view();
}

}   // namespace

int list_directory(Exchange& exchange, std::string_view path) {
    std::vector<Item> items;
    if (const int error = read_items(std::string(path), items); error != 0) return error;
    exchange.response = Response{};
    auto& response = exchange.response;
    std::string text;
    switch (exchange.route->files.autoindex_format) {
        case Format::html:
            text = make_page(exchange, items);
            response.content_type = "text/html";
            break;
        case Format::xml:
            text = make_xml(items);
            response.content_type = "text/xml; charset=utf-8";
            break;
        case Format::json:
            text = make_json(items);
            response.content_type = "application/json";
            break;
        case Format::jsonp: {
            const auto callback = callback_of(exchange);
            text = callback.empty() ? make_json(items)
                                    : fmt::format("/* callback */\r\n{}({});", callback, make_json(items));
            response.content_type = callback.empty() ? "application/json" : "application/javascript";
            break;
        }
    }
    const auto body = exchange.keep(text);
    response.body = body;
    response.length = body.size();
    return 0;
}

}   // namespace gatehouse::exchange
