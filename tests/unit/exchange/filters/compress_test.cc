// What is compressed, with what, and what its head then says.

#include "exchange/filters/compress.h"

#include "exchange/error_page.h"
#include "exchange/filters/encoder.h"
#include "tests/unit/exchange/filters/filtered.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

namespace gatehouse::exchange {
namespace {

using Coding = model::Compress::Coding;

std::string gunzip(std::string_view bytes) {
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    std::string out(4'000'000, '\0');
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&stream, Z_SYNC_FLUSH);
    EXPECT_TRUE(result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR) << result;
    out.resize(out.size() - stream.avail_out);
    inflateEnd(&stream);
    return out;
}

std::string decoded(Coding coding, std::string_view bytes) {
    if (coding == Coding::gzip) return gunzip(bytes);
    std::string out(4'000'000, '\0');
    if (coding == Coding::zstd) {
        ZSTD_inBuffer in{.src = bytes.data(), .size = bytes.size(), .pos = 0};
        ZSTD_outBuffer to{.dst = out.data(), .size = out.size(), .pos = 0};
        auto* context = ZSTD_createDCtx();
        EXPECT_EQ(ZSTD_isError(ZSTD_decompressStream(context, &to, &in)), 0U);
        ZSTD_freeDCtx(context);
        out.resize(to.pos);
        return out;
    }
    auto* state = BrotliDecoderCreateInstance(nullptr, nullptr, nullptr);
    const auto* next = reinterpret_cast<const std::uint8_t*>(bytes.data());
    auto* to = reinterpret_cast<std::uint8_t*>(out.data());
    std::size_t left = bytes.size(), room = out.size(), total = 0;
    EXPECT_NE(BrotliDecoderDecompressStream(state, &left, &next, &room, &to, &total),
              BROTLI_DECODER_RESULT_ERROR);
    BrotliDecoderDestroyInstance(state);
    out.resize(total);
    return out;
}

std::string some_text(std::size_t bytes) {
    std::string text;
    for (int line = 0; text.size() < bytes; ++line)
        text += "line " + std::to_string(line * 7919 % 1000) + "\n";
    text.resize(bytes);
    return text;
}

const std::string page = some_text(5000);

// A handler's answer: 200, the page, text/html.
Response& answer_page(Exchange& exchange) {
    auto& response = exchange.response;
    response = Response{};
    response.content_type = "text/html; charset=utf-8";
    response.body = std::string_view(page);
    response.length = page.size();
    return response;
}

// "200|fields" and what remains of the body, if that was encoded.
struct Compressed {
    Compressed(const model::Compress& settings, std::vector<std::string> fields,
               const std::function<void(Exchange&)>& change = {}, const std::string& line = "GET / HTTP/1.1")
        : world(forwards) {
        fields.insert(fields.begin(), "Host: shop.example");
        auto& exchange = world.request(line, fields);
        filtered = std::make_unique<Filtered>(world, exchange, std::vector<FilterSettings>{settings});
        EXPECT_EQ(filtered->enter(), 0);
        answer_page(exchange);
        if (change) change(exchange);
        head = filtered->answer();
        const auto* text = std::get_if<std::string_view>(&exchange.response.body);
        if (text != nullptr) body = *text;
        length = exchange.response.length;
    }
    ExchangeWorld world;
    std::unique_ptr<Filtered> filtered;
    std::string head, body;
    std::optional<std::uint64_t> length;
};

constexpr auto plain = "200|Vary: Accept-Encoding";
const std::vector<std::string> takes_gzip = {"Accept-Encoding: gzip"};

std::string head_of(const model::Compress& settings, const std::vector<std::string>& fields,
                    const std::function<void(Exchange&)>& change = {}) {
    return Compressed(settings, fields, change).head;
}

void add(Exchange& exchange, std::string_view name, std::string_view value) {
    exchange.response.fields.add(exchange.arena(), http::make_field(name, value));
}

TEST(compress, encodes_a_whole_body_at_once_and_keeps_a_length) {
    for (const auto& [name, coding] : std::vector<std::pair<std::string, Coding>>{
             {"gzip", Coding::gzip}, {"br", Coding::brotli}, {"zstd", Coding::zstd}}) {
        const Compressed made({}, {"Accept-Encoding: " + name});
        EXPECT_EQ(made.head, "200|Vary: Accept-Encoding|Content-Encoding: " + name);
        EXPECT_EQ(made.length, made.body.size());
        EXPECT_LT(made.body.size(), page.size() / 2);
        EXPECT_EQ(decoded(coding, made.body), page) << name;
    }
}

std::optional<Coding> chosen(const std::string& wish, const model::Compress& settings = {}) {
    ExchangeWorld world(forwards);
    auto& exchange = world.get("/", {"Accept-Encoding: " + wish});
    return choose_coding(exchange.request.fields, settings);
}

TEST(compress, does_what_the_client_likes_best) {
    EXPECT_EQ(chosen("br, gzip, zstd"), Coding::gzip) << "the first of its own where they are liked alike";
    EXPECT_EQ(chosen("gzip;q=0.5, br;q=0.8"), Coding::brotli);
    EXPECT_EQ(chosen("gzip;q=0, *"), Coding::brotli);
    EXPECT_EQ(chosen("gzip;q=0"), std::nullopt);
    EXPECT_EQ(chosen("identity, gzip;q=0.5"), std::nullopt);
    EXPECT_EQ(chosen("deflate"), std::nullopt);
    model::Compress only_zstd;
    only_zstd.codings = {Coding::zstd};
    EXPECT_EQ(chosen("gzip, zstd;q=0.1", only_zstd), Coding::zstd);
}

TEST(compress, asks_what_to_do_without_a_wish) {
    model::Compress settings;
    EXPECT_EQ(head_of(settings, {}), plain);
    settings.without_wish = Coding::gzip;
    EXPECT_EQ(head_of(settings, {}), "200|Vary: Accept-Encoding|Content-Encoding: gzip");
}

TEST(compress, makes_the_entity_tag_weak_and_offers_no_ranges) {
    const auto change = [](Exchange& exchange) {
        add(exchange, "ETag", "\"x\"");
        add(exchange, "Accept-Ranges", "bytes");
    };
    EXPECT_EQ(head_of({}, takes_gzip, change),
              "200|ETag: W/\"x\"|Vary: Accept-Encoding|Content-Encoding: gzip");
    EXPECT_EQ(head_of({}, {}, change), "200|ETag: \"x\"|Accept-Ranges: bytes|Vary: Accept-Encoding");
}

TEST(compress, leaves_alone_what_must_stay_as_it_is) {
    const auto with = [](std::string_view name, std::string_view value) {
        return [=](Exchange& exchange) { add(exchange, name, value); };
    };
    EXPECT_EQ(head_of({}, takes_gzip, with("Content-Encoding", "br")), "200|Content-Encoding: br");
    EXPECT_EQ(head_of({}, takes_gzip, with("Cache-Control", "no-transform")),
              "200|Cache-Control: no-transform");
    EXPECT_EQ(head_of({}, takes_gzip, with("Content-Range", "bytes 0-1/2")),
              "200|Content-Range: bytes 0-1/2");
    const auto status = [](int value) {
        return [=](Exchange& exchange) { exchange.response.status = value; };
    };
    EXPECT_EQ(head_of({}, takes_gzip, status(206)), "206");
    EXPECT_EQ(head_of({}, takes_gzip, status(304)), "304");
    EXPECT_EQ(head_of({}, takes_gzip, status(404)), "404|Vary: Accept-Encoding|Content-Encoding: gzip");
    model::Compress as_nginx;
    as_nginx.all_statuses = false;
    EXPECT_EQ(head_of(as_nginx, takes_gzip, status(500)), "500");
}

TEST(compress, leaves_small_bodies_alone) {
    model::Compress settings;
    settings.min_bytes = page.size() + 1;
    EXPECT_EQ(head_of(settings, takes_gzip), "200");
    settings.min_bytes = page.size();
    EXPECT_EQ(head_of(settings, takes_gzip), "200|Vary: Accept-Encoding|Content-Encoding: gzip");
}

TEST(compress, knows_types) {
    model::Compress settings;
    settings.excluded = {"text/html"};
    EXPECT_EQ(head_of(settings, takes_gzip), "200");
    settings.excluded = {"application/grpc"};
    EXPECT_EQ(head_of(settings, {"Accept-Encoding: gzip", "Content-Type: Application/gRPC; x"}), "200");
    settings = {};
    settings.included = {"text/css"};
    EXPECT_EQ(head_of(settings, takes_gzip), "200");
    settings.included.insert("text/html");
    EXPECT_EQ(head_of(settings, takes_gzip), "200|Vary: Accept-Encoding|Content-Encoding: gzip");
}

TEST(compress, of_head_says_only_that_it_varies) {
    const Compressed made(
        {}, takes_gzip, [](Exchange& exchange) { exchange.response.body = std::monostate(); },
        "HEAD / HTTP/1.1");
    EXPECT_EQ(made.head, plain);
    EXPECT_EQ(made.length, page.size());
}

TEST(compress, may_leave_old_clients_alone) {
    model::Compress settings;
    settings.http_1_0 = false;
    settings.vary = false;
    EXPECT_EQ(Compressed(settings, takes_gzip, {}, "GET / HTTP/1.0").head, "200");
    EXPECT_EQ(Compressed(settings, takes_gzip).head, "200|Content-Encoding: gzip");
}

TEST(compress, of_answers_to_proxies_only_those_that_are_meant_for_one) {
    model::Compress settings;
    settings.proxied = {.any = false};
    const std::vector<std::string> via = {"Accept-Encoding: gzip", "Via: 1.1 x", "Authorization: x"};
    const auto is_encoded = [&](const std::function<void(Exchange&)>& change = {}) {
        return head_of(settings, via, change).find("Content-Encoding") != std::string::npos;
    };
    const auto control = [](std::string_view value) {
        return [=](Exchange& exchange) { add(exchange, "Cache-Control", value); };
    };
    EXPECT_FALSE(is_encoded());
    settings.proxied.auth = true;
    EXPECT_TRUE(is_encoded());
    settings.proxied = {
        .any = false, .expired = false, .no_cache = true, .no_store = true, .is_private = true};
    for (const auto* value : {"no-cache", "max-age=0, no-store", "private"})
        EXPECT_TRUE(is_encoded(control(value)));
    EXPECT_FALSE(is_encoded(control("public")));
    settings.proxied = {.any = false, .expired = true};
    EXPECT_TRUE(is_encoded([](Exchange& e) { add(e, "Expires", "Thu, 01 Jan 1970 00:00:00 GMT"); }));
    EXPECT_FALSE(is_encoded([](Exchange& e) { add(e, "Expires", "Thu, 01 Jan 2099 00:00:00 GMT"); }));
    settings.proxied = {.any = false};
    settings.proxied.no_etag = true;
    EXPECT_TRUE(is_encoded());
    EXPECT_FALSE(is_encoded([](Exchange& e) { add(e, "ETag", "\"x\""); }));
}

TEST(compress, may_concern_what_was_answered_before_it_was_reached) {
    ExchangeWorld world(forwards);
    for (const bool always : {false, true}) {
        auto& exchange = world.get("/", {"Accept-Encoding: gzip"});
        auto route = *exchange.route;
        model::Compress settings;
        settings.min_bytes = 20;
        const model::Filter filter{.name = "gzip", .origin = {}, .always = always, .settings = settings};
        route.filters = {std::make_shared<const model::Filter>(filter)};
        exchange.route = &route;
        make_status_response(exchange, 403);
        run_response_steps(exchange);
        EXPECT_EQ(exchange.response.fields.contains(http::FieldId::content_encoding), always);
    }
}

// Pieces that come one by one; before each but the first there is a wait.
class SlowSource final : public BodySource {
public:
    explicit SlowSource(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
    loop::Task<Result<std::string_view>> next() override {
        if (at_ == pieces_.size()) co_return std::string_view();
        co_return std::string_view(pieces_[at_++]);
    }
    [[nodiscard]] bool has_arrived() const override { return is_here; }
    bool is_here = false;

private:
    std::vector<std::string> pieces_;
    std::size_t at_ = 0;
};

loop::Task<void> read_all(BodySource& source, std::vector<std::string>& pieces) {
    while (true) {
        const auto piece = co_await source.next();
        if (!piece || piece->empty()) co_return;
        pieces.emplace_back(*piece);
    }
}

std::vector<std::string> pieces_of(Compressed& made) {
    std::vector<std::string> pieces;
    auto* source = std::get<BodySource*>(made.filtered->exchange.response.body);
    loop::Scope scope(made.world.worker().loop);
    scope.spawn(read_all(*source, pieces));
    EXPECT_TRUE(made.world.run_until([&] { return scope.empty(); }));
    return pieces;
}

TEST(compress, lets_out_what_came_when_more_must_be_waited_for) {
    for (const auto& [name, coding] : std::vector<std::pair<std::string, Coding>>{
             {"gzip", Coding::gzip}, {"br", Coding::brotli}, {"zstd", Coding::zstd}}) {
        SlowSource source({"first ", "second ", "third"});
        Compressed made({}, {"Accept-Encoding: " + name}, [&](Exchange& exchange) {
            exchange.response.body = &source;
            exchange.response.length.reset();
        });
        const auto pieces = pieces_of(made);
        EXPECT_EQ(made.length, std::nullopt);
        ASSERT_GE(pieces.size(), 3U) << name;
        EXPECT_EQ(decoded(coding, pieces[0]), "first ") << name;
        EXPECT_EQ(decoded(coding, pieces[0] + pieces[1]), "first second ") << name;
        std::string all;
        for (const auto& piece : pieces) all += piece;
        EXPECT_EQ(decoded(coding, all), "first second third") << name;
    }
}

TEST(compress, holds_together_what_has_arrived) {
    std::vector<std::string> texts(200, some_text(10'000));
    std::string whole;
    for (const auto& text : texts) whole += text;
    for (const auto& [name, coding] : std::vector<std::pair<std::string, Coding>>{
             {"gzip", Coding::gzip}, {"br", Coding::brotli}, {"zstd", Coding::zstd}}) {
        SlowSource source(texts);
        source.is_here = true;
        Compressed made({}, {"Accept-Encoding: " + name}, [&](Exchange& exchange) {
            exchange.response.body = &source;
            exchange.response.length.reset();
        });
        std::string all;
        for (const auto& piece : pieces_of(made)) all += piece;
        EXPECT_EQ(decoded(coding, all), whole) << name;
        EXPECT_LT(all.size(), whole.size() / 4) << name;
    }
}

}   // namespace
}   // namespace gatehouse::exchange
