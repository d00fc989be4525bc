// Files, their ranges and conditions, as a response before it is sent.

#include "exchange/handlers/files.h"

#include "http/date.h"
#include "tests/unit/exchange/fixture.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

namespace gatehouse::exchange {
namespace {

constexpr std::time_t modified = 784111777;   // Sun, 06 Nov 1994 08:49:37 GMT
constexpr std::string_view modified_text = "Sun, 06 Nov 1994 08:49:37 GMT";

// A directory for the whole program: /page.html of 100 bytes, /empty.txt, /folder/ with an index, /bare/
// without.
class Folder {
public:
    Folder() {
        std::string pattern = std::filesystem::temp_directory_path() / "gatehouse-files-XXXXXX";
        if (mkdtemp(pattern.data()) == nullptr) std::abort();
        path = pattern;
        for (int i = 0; i < 100; ++i) content += static_cast<char>('!' + i % 90);
        std::filesystem::create_directory(path + "/folder");
        std::filesystem::create_directory(path + "/bare");
        add("/page.html", content);
        add("/empty.txt", "");
        add("/folder/index.html", "index");
    }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string path, content;

private:
    void add(const std::string& name, const std::string& text) const {
        std::ofstream(path + name, std::ios::binary) << text;
        const timespec time{.tv_sec = modified, .tv_nsec = 0};
        const std::array times = {time, time};
        if (::utimensat(AT_FDCWD, (path + name).c_str(), times.data(), 0) != 0) std::abort();
    }
};

const Folder& folder() {
    static const Folder made;
    return made;
}

class Files {
public:
    explicit Files(const std::string& directives = "")
        : world_("server { root " + folder().path + "; " + directives + " location / { } }") {}

    Exchange& serve(std::string_view target, const std::vector<std::string>& fields = {},
                    std::string_view method = "GET") {
        std::vector<std::string> all = {"Host: shop.example"};
        all.insert(all.end(), fields.begin(), fields.end());
        auto& exchange = world_.request(fmt::format("{} {} HTTP/1.1", method, target), all);
        outcome = serve_files(exchange);
        return exchange;
    }
    // The status the client would be told.
    int status(std::string_view target, const std::vector<std::string>& fields = {},
               std::string_view method = "GET") {
        const auto& exchange = serve(target, fields, method);
        return outcome.kind == Outcome::Kind::respond ? exchange.response.status : outcome.status;
    }
    Outcome outcome;

private:
    ExchangeWorld world_;
};

// What would be sent of the file, with the heads around it.
std::string body_of(const Exchange& exchange) {
    if (const auto* text = std::get_if<std::string_view>(&exchange.response.body)) return std::string(*text);
    const auto& body = std::get<FileBody>(exchange.response.body);
    std::string out;
    for (const auto& part : body.parts) {
        out += part.head;
        std::string bytes(part.bytes, '\0');
        EXPECT_EQ(::pread(body.file->fd, bytes.data(), bytes.size(), part.offset),
                  static_cast<ssize_t>(bytes.size()));
        out += bytes;
    }
    return out + std::string(body.tail);
}

std::string field_of(const Exchange& exchange, http::FieldId id) {
    return std::string(exchange.response.fields.value_of(id));
}

TEST(files, are_answered_with_what_is_known_of_them) {
    Files files;
    const auto& exchange = files.serve("/page.html");
    ASSERT_EQ(files.outcome.kind, Outcome::Kind::respond);
    EXPECT_EQ(exchange.response.status, 200);
    EXPECT_EQ(exchange.response.content_type, "text/html");
    EXPECT_EQ(exchange.response.length, 100U);
    EXPECT_EQ(exchange.response.last_modified, modified);
    EXPECT_EQ(field_of(exchange, http::FieldId::etag), "\"2ebc98a1-64\"");
    EXPECT_EQ(field_of(exchange, http::FieldId::accept_ranges), "bytes");
    EXPECT_EQ(body_of(exchange), folder().content);
}

TEST(files, that_are_empty_have_an_empty_body) {
    Files files;
    const auto& exchange = files.serve("/empty.txt");
    EXPECT_EQ(exchange.response.length, 0U);
    EXPECT_EQ(body_of(exchange), "");
}

TEST(files, that_are_not_there_or_not_for_this_method_are_refused) {
    Files files;
    EXPECT_EQ(files.status("/none"), 404);
    EXPECT_EQ(files.status("/page.html/none"), 404);
    EXPECT_EQ(files.status("/bare/"), 403);
    EXPECT_EQ(files.status("/page.html", {"Content-Length: 0"}, "POST"), 405);
    EXPECT_EQ(files.status("/none", {"Content-Length: 0"}, "POST"), 404);
    EXPECT_EQ(files.status("/page.html", {}, "DELETE"), 405);
    EXPECT_EQ(files.status("/page.html", {}, "HEAD"), 200);
}

TEST(files, a_directory_leads_to_its_slash_and_its_index) {
    Files files;
    const auto& without = files.serve("/folder?a=b");
    EXPECT_EQ(files.outcome.status, 301);
    EXPECT_EQ(field_of(without, http::FieldId::location), "/folder/?a=b");
    const auto& with = files.serve("/folder/");
    EXPECT_EQ(files.outcome.kind, Outcome::Kind::redirect);
    EXPECT_EQ(with.uri, "/folder/index.html");
}

TEST(range, of_one_piece_is_that_piece) {
    Files files;
    const auto& all = folder().content;
    const std::vector<std::tuple<std::string, std::string, std::string>> cases = {
        {"bytes=0-0", "bytes 0-0/100", all.substr(0, 1)},
        {"bytes=10-19", "bytes 10-19/100", all.substr(10, 10)},
        {"bytes=90-", "bytes 90-99/100", all.substr(90)},
        {"bytes=90-1000", "bytes 90-99/100", all.substr(90)},
        {"bytes=-7", "bytes 93-99/100", all.substr(93)},
        {"bytes=-1000", "bytes 0-99/100", all},
    };
    for (const auto& [range, content_range, body] : cases) {
        const auto& exchange = files.serve("/page.html", {"Range: " + range});
        ASSERT_EQ(files.outcome.kind, Outcome::Kind::respond) << range;
        EXPECT_EQ(exchange.response.status, 206) << range;
        EXPECT_EQ(field_of(exchange, http::FieldId::content_range), content_range);
        EXPECT_EQ(exchange.response.length, body.size()) << range;
        EXPECT_EQ(body_of(exchange), body) << range;
        EXPECT_EQ(exchange.response.content_type, "text/html");
    }
}

TEST(range, of_several_pieces_is_multipart_of_the_length_it_says) {
    Files files;
    const auto& exchange = files.serve("/page.html", {"Range: bytes=0-4, 50-54,-5"});
    EXPECT_EQ(exchange.response.status, 206);
    const auto type = std::string(exchange.response.content_type);
    constexpr std::string_view before = "multipart/byteranges; boundary=";
    ASSERT_TRUE(type.starts_with(before)) << type;
    const auto boundary = type.substr(before.size());
    const auto& all = folder().content;
    std::string wanted;
    for (const std::size_t first : {0, 50, 95}) {
        wanted +=
            fmt::format("\r\n--{}\r\nContent-Type: text/html\r\nContent-Range: bytes {}-{}/100\r\n\r\n{}",
                        boundary, first, first + 4, all.substr(first, 5));
    }
    wanted += "\r\n--" + boundary + "--\r\n";
    EXPECT_EQ(body_of(exchange), wanted);
    EXPECT_EQ(exchange.response.length, wanted.size());
    EXPECT_EQ(all.find(boundary), std::string::npos);
}

TEST(range, that_cannot_be_satisfied_is_416_with_the_size) {
    Files files;
    for (const auto* range : {"bytes=100-", "bytes=200-300", "bytes=x", "bytes=5-4"}) {
        const auto& exchange = files.serve("/page.html", {std::string("Range: ") + range});
        EXPECT_EQ(files.outcome.status, 416) << range;
        EXPECT_EQ(field_of(exchange, http::FieldId::content_range), "bytes */100");
        EXPECT_EQ(exchange.response.fields.size(), 1U) << "nothing of the file it is not";
    }
}

TEST(range, is_ignored_where_it_does_not_apply) {
    Files files;
    for (const auto& fields : std::vector<std::vector<std::string>>{
             {"Range: lines=1-2"},
             {"Range: bytes=0-1", "If-Range: \"another\""},
             {"Range: bytes=0-1", "If-Range: Sun, 06 Nov 1994 08:49:36 GMT"}}) {
        const auto& exchange = files.serve("/page.html", fields);
        EXPECT_EQ(exchange.response.status, 200) << fields.back();
        EXPECT_EQ(body_of(exchange), folder().content);
    }
    EXPECT_EQ(files.status("/page.html", {"Range: bytes=0-1", "If-Range: \"2ebc98a1-64\""}), 206);
    EXPECT_EQ(files.status("/page.html", {"Range: bytes=0-1", "If-Range: " + std::string(modified_text)}),
              206);
}

TEST(range, has_the_limit_of_max_ranges) {
    Files none("max_ranges 0;");
    const auto& exchange = none.serve("/page.html", {"Range: bytes=0-1"});
    EXPECT_EQ(exchange.response.status, 200);
    EXPECT_FALSE(exchange.response.fields.contains(http::FieldId::accept_ranges));
    Files one("max_ranges 1;");
    EXPECT_EQ(one.status("/page.html", {"Range: bytes=0-1"}), 206);
    EXPECT_EQ(one.status("/page.html", {"Range: bytes=0-1,5-6"}), 200);
}

RC_GTEST_PROP(range, any_answer_has_the_bytes_its_head_says, ()) {
    Files files;
    const auto number =
        rc::gen::map(rc::gen::inRange(-1, 130), [](int n) { return n < 0 ? "" : std::to_string(n); });
    const auto pieces = *rc::gen::nonEmpty(
        rc::gen::container<std::vector<std::pair<std::string, std::string>>>(rc::gen::pair(number, number)));
    std::string range = "Range: bytes=";
    for (const auto& [first, last] : pieces) range += first + "-" + last + ",";
    range.pop_back();
    const auto& exchange = files.serve("/page.html", {range});
    if (files.outcome.kind != Outcome::Kind::respond) {
        RC_ASSERT(files.outcome.status == 416);
        return;
    }
    RC_ASSERT(exchange.response.length == body_of(exchange).size());
    RC_ASSERT(exchange.response.status == 206 || body_of(exchange) == folder().content);
}

TEST(conditions, of_an_unchanged_file_are_answered_with_304) {
    Files files;
    for (const auto& field : {std::string("If-None-Match: \"2ebc98a1-64\""), std::string("If-None-Match: *"),
                              "If-Modified-Since: " + std::string(modified_text)}) {
        const auto& exchange = files.serve("/page.html", {field, "Range: bytes=0-1"});
        EXPECT_EQ(exchange.response.status, 304) << field;
        EXPECT_EQ(exchange.response.length, std::nullopt);
        EXPECT_EQ(exchange.response.content_type, "");
        EXPECT_EQ(field_of(exchange, http::FieldId::etag), "\"2ebc98a1-64\"");
        EXPECT_FALSE(exchange.response.fields.contains(http::FieldId::content_range));
        EXPECT_TRUE(std::holds_alternative<std::monostate>(exchange.response.body));
    }
}

TEST(conditions, that_fail_are_answered_with_412) {
    Files files;
    EXPECT_EQ(files.status("/page.html", {"If-Match: \"another\""}), 412);
    EXPECT_EQ(files.status("/page.html", {"If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT"}), 412);
    EXPECT_EQ(files.status("/page.html", {"If-Match: \"2ebc98a1-64\""}), 200);
}

TEST(conditions, go_by_what_is_configured) {
    const auto since = [](const std::string& mode, std::string_view date) {
        Files files(mode);
        return files.status("/page.html", {"If-Modified-Since: " + std::string(date)});
    };
    constexpr auto later = "Mon, 07 Nov 1994 08:49:37 GMT";
    EXPECT_EQ(since("", later), 200) << "exactly, as nginx";
    EXPECT_EQ(since("if_modified_since before;", later), 304);
    EXPECT_EQ(since("if_modified_since off;", modified_text), 200);
    Files files("etag off;");
    EXPECT_FALSE(files.serve("/page.html").response.fields.contains(http::FieldId::etag));
}

TEST(try_files, takes_the_first_that_is_there_and_else_the_last) {
    ExchangeWorld world("server { root " + folder().path +
                        "; location / { try_files $uri $uri/ /x?u=$uri; } "
                        "location /s { try_files /none =404; } }");
    const auto tried = [&](std::string_view target) {
        auto& exchange = world.get(target);
        const auto outcome = try_files(exchange, *exchange.route->try_files);
        const auto where = std::string(exchange.uri) + "?" + std::string(exchange.args);
        if (outcome.kind == Outcome::Kind::go_on) return "found " + where;
        return outcome.kind == Outcome::Kind::redirect ? "to " + where : std::to_string(outcome.status);
    };
    EXPECT_EQ(tried("/page.html?a"), "found /page.html?a");
    EXPECT_EQ(tried("/folder"), "found /folder?") << "its handler redirects to the slash";
    EXPECT_EQ(tried("/none?a"), "to /x?u=/none");
    EXPECT_EQ(tried("/s"), "404");
}

}   // namespace
}   // namespace gatehouse::exchange
