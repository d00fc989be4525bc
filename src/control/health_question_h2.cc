#include "base/text.h"
#include "control/health_question.h"
#include "http/h2_client.h"

#include <fmt/format.h>

namespace gatehouse::control {
namespace {

using Refusal = tl::unexpected<std::string>;

// A message of gRPC without content: that it is not compressed, and its length.
constexpr std::string_view empty_message("\0\0\0\0\0", 5);

// One request on a connection of its own.
class Asking final : public http::H2SessionEvents, public http::H2StreamEvents {
public:
    Asking(net::Stream& stream, const HealthQuestion& question)
        : stream_(stream), question_(question), session_(http::H2Limits{}, *this) {}

    loop::Task<HealthAnswered> run() {
        if (!submit()) co_return Refusal("it cannot be asked over HTTP/2");
        Buffer in;
        while (true) {
            const auto flushed = co_await flush();
            if (!flushed)
                co_return Refusal(fmt::format("it takes no request: {}", flushed.error().describe()));
            if (is_over_ || is_closed_) break;
            if (session_.finished()) co_return Refusal("it does not speak HTTP/2");
            const auto read = co_await stream_.read(in, Buffer::standard_bytes, loop::forever);
            if (!read) co_return Refusal(fmt::format("it does not answer: {}", read.error().describe()));
            if (*read == 0) break;
            [[maybe_unused]] const auto fed = session_.feed(in.view());   // then the session is finished
            in.clear();
        }
        session_.connection_lost();
        if (answer_.status == 0) co_return Refusal("it closes the stream without an answer");
        co_return std::move(answer_);
    }

private:
    [[nodiscard]] bool submit() {
        Arena arena;
        http::Fields fields;
        const bool is_grpc = question_.check.is_grpc;
        for (const auto& [name, value] : question_.check.fields)
            fields.add(arena, http::make_field(arena.copy(lower(name)), value));
        if (fields.find("user-agent") == nullptr)
            fields.add(arena, http::make_field("user-agent", "Gatehouse-HealthCheck"));
        if (is_grpc) {
            fields.add(arena, http::make_field("content-type", "application/grpc"));
            fields.add(arena, http::make_field("te", "trailers"));
        }
        const auto id = session_.submit({.method = question_.method,
                                         .scheme = question_.is_secure ? "https" : "http",
                                         .authority = question_.host,
                                         .path = question_.path,
                                         .protocol = {},
                                         .fields = &fields,
                                         .ends = !is_grpc},
                                        *this);
        if (!id) return false;
        id_ = *id;
        if (is_grpc) session_.offer(id_, empty_message, true);
        return true;
    }

    loop::Task<Result<>> flush() {
        while (session_.has_output()) {
            Buffer out;
            session_.pull(out, Buffer::standard_bytes);
            const auto written = co_await stream_.write(out.view(), loop::forever);
            if (!written) co_return written;
        }
        co_return Result<>();
    }

    void head_arrived(std::unique_ptr<http::H2Response> head) override {
        if (head->head.status < 200) return;
        answer_.status = head->head.status;
        answer_.location = head->head.fields.value_of(http::FieldId::location);
        take_status(head->head.fields);
    }
    void data_arrived(std::string_view bytes) override {
        session_.consume(id_, bytes.size());
        read_bytes_ += bytes.size();
        if (question_.check.is_grpc && answer_.message.size() < largest_grpc_message)
            answer_.message += bytes.substr(0, largest_grpc_message - answer_.message.size());
        if (read_bytes_ > largest_health_body) is_over_ = true;
    }
    void end_arrived(std::unique_ptr<http::H2Trailers> trailers) override {
        if (trailers != nullptr) take_status(trailers->fields);
        is_over_ = true;
    }
    void piece_taken() override {}
    void stream_closed(const http::H2Closed&) override { is_closed_ = true; }

    void take_status(const http::Fields& fields) {
        if (const auto* status = fields.find("grpc-status")) answer_.grpc_status = status->value;
    }

    static constexpr std::size_t largest_grpc_message = 256;
    net::Stream& stream_;
    const HealthQuestion& question_;
    http::H2ClientSession session_;
    http::StreamId id_ = 0;
    HealthAnswer answer_;
    std::size_t read_bytes_ = 0;
    bool is_over_ = false, is_closed_ = false;
};

}   // namespace

loop::Task<HealthAnswered> ask_over_http_2(net::Stream& stream, const HealthQuestion& question) {
    Asking asking(stream, question);
    co_return co_await asking.run();
}

}   // namespace gatehouse::control
