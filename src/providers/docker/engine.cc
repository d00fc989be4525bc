#include "providers/docker/engine.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace gatehouse::docker {
namespace {

constexpr std::size_t longest_message = 300;   // of an engine, in ours

EngineFailure failure_of(const Error& error) {
    if (error.code == ErrorCode::timed_out) return {error.code, "it does not answer"};
    return {error.code, error.describe()};
}

// An engine's error is {"message": "…"}; what goes into a log is one line of printable text.
EngineFailure refusal_of(int status, std::string_view body) {
    std::string message;
    const auto parsed = nlohmann::json::parse(body, nullptr, false);
    if (parsed.is_object() && parsed.contains("message") && parsed["message"].is_string())
        message = parsed["message"].get<std::string>().substr(0, longest_message);
    for (char& c : message) {
        if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
    }
    EngineFailure failure;
    failure.code = status == 404 ? ErrorCode::not_found : ErrorCode::unsupported;
    failure.text = fmt::format("it answered {}{}{}", status, message.empty() ? "" : ": ", message);
    failure.is_answer = true;
    return failure;
}

// One step of reading: more bytes into the response, under a deadline.
loop::Task<Result<>> read_some(EngineConversation* from, EngineResponse* into, loop::Duration patience) {
    loop::Strand& strand = co_await loop::this_strand();
    const loop::Deadline silence(strand, patience);
    const Result<std::string> bytes = co_await from->read();
    if (!bytes) co_return Failure(bytes.error());
    if (bytes->empty()) co_return into->finish();
    co_return into->feed(*bytes);
}

}   // namespace

loop::Task<tl::expected<EngineAnswer, EngineFailure>> Engine::ask(EngineRequest request) {
    const auto conversation = door_.ask(request);
    EngineResponse response(answer_limit(request.kind));
    loop::Strand& strand = co_await loop::this_strand();
    const loop::Deadline whole(strand, patience);
    while (!response.is_whole()) {
        const Result<> read = co_await read_some(conversation.get(), &response, patience_with_silence);
        if (!read) co_return tl::unexpected(failure_of(read.error()));
    }
    if (response.status() != 200) co_return tl::unexpected(refusal_of(response.status(), response.body()));
    EngineAnswer answer;
    answer.body = std::move(response.body());
    answer.date = response.date();
    co_return answer;
}

loop::Task<tl::expected<std::unique_ptr<EventStream>, EngineFailure>> Engine::follow(std::int64_t since) {
    EngineRequest request;
    request.kind = EngineRequest::Kind::events;
    request.since = since;
    auto conversation = door_.ask(request);
    auto response = std::make_unique<EngineResponse>(no_limit);
    while (!response->has_head() || (response->status() != 200 && !response->is_whole())) {
        const Result<> read = co_await read_some(conversation.get(), response.get(), patience_with_silence);
        if (!read) co_return tl::unexpected(failure_of(read.error()));
        if (response->body().size() > EventStream::longest_line) break;
    }
    if (response->status() != 200) co_return tl::unexpected(refusal_of(response->status(), response->body()));
    co_return std::make_unique<EventStream>(std::move(conversation), std::move(response));
}

EventStream::EventStream(std::unique_ptr<EngineConversation> conversation,
                         std::unique_ptr<EngineResponse> response)
    : conversation_(std::move(conversation)), response_(std::move(response)) {}

loop::Task<tl::expected<std::string, EngineFailure>> EventStream::next() {
    for (;;) {
        if (auto line = take_line()) co_return *std::move(line);
        if (response_->is_whole()) {
            EngineFailure ended;
            ended.code = ErrorCode::closed;
            ended.text = "it ended its events";
            co_return tl::unexpected(std::move(ended));
        }
        const Result<> read = co_await read_some(conversation_.get(), response_.get(), loop::forever);
        if (!read) co_return tl::unexpected(failure_of(read.error()));
    }
}

std::optional<std::string> EventStream::take_line() {
    std::string& body = response_->body();
    for (;;) {
        const std::size_t end = body.find('\n', scanned_);
        if (end == std::string::npos) {
            body.erase(0, std::exchange(taken_, 0));
            if (body.size() > longest_line) {
                passing_over_ = true;
                body.clear();
            }
            scanned_ = body.size();
            return std::nullopt;
        }
        std::string line = body.substr(taken_, end - taken_);
        taken_ = scanned_ = end + 1;
        if (std::exchange(passing_over_, false) || line.size() > longest_line) return std::string();
        if (line.ends_with('\r')) line.pop_back();
        if (!line.empty()) return line;   // engines may keep a stream alive with empty lines
    }
}

}   // namespace gatehouse::docker
