#pragma once
// Engine: questions to a container engine, answered whole and under a deadline; and its events, line by line.
// It knows HTTP and nothing of what the answers mean. Owned by whoever asks; every question must have been
// answered or given up before it dies. Loop's thread only.

#include "loop/loop.h"
#include "providers/docker/engine_door.h"
#include "providers/docker/engine_response.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace gatehouse::docker {

// Why a question has no answer. `text` is part of a sentence: "it answered 500: no space left on device".
struct EngineFailure {
    ErrorCode code = ErrorCode::system;
    std::string text;
    // The engine answered, and refused this one question; otherwise it may be that it answers none.
    bool is_answer = false;
};

struct EngineAnswer {
    std::string body;
    std::optional<std::time_t> date;   // the engine's clock
};

// The events from one conversation. One reader at a time.
class EventStream {
public:
    // Beyond this a line is passed over: an event repeats every label of its container.
    static constexpr std::size_t longest_line = 1024 * 1024;

    EventStream(std::unique_ptr<EngineConversation> conversation, std::unique_ptr<EngineResponse> response);
    // The next event as JSON; empty: one was too long, whatever it was. Waits as long as it takes.
    [[nodiscard]] loop::Task<tl::expected<std::string, EngineFailure>> next();

private:
    [[nodiscard]] std::optional<std::string> take_line();

    std::unique_ptr<EngineConversation> conversation_;
    std::unique_ptr<EngineResponse> response_;
    std::size_t taken_ = 0;       // of the body: lines handed out
    std::size_t scanned_ = 0;     // of the body: no line ends between taken_ and here
    bool passing_over_ = false;   // a line that is too long
};

class Engine {
public:
    static constexpr loop::Duration patience_with_silence = std::chrono::seconds(10);
    static constexpr loop::Duration patience = std::chrono::seconds(60);   // with a whole answer

    explicit Engine(EngineDoor& door) : door_(door) {}

    // The answer, if its status is 200. Failures: not_found (404), timed_out, too_large, malformed, closed,
    // canceled, or what the door says.
    [[nodiscard]] loop::Task<tl::expected<EngineAnswer, EngineFailure>> ask(EngineRequest request);
    // From `since` on (see EngineRequest), once the engine has said that it will tell.
    [[nodiscard]] loop::Task<tl::expected<std::unique_ptr<EventStream>, EngineFailure>> follow(
        std::int64_t since);

private:
    EngineDoor& door_;
};

}   // namespace gatehouse::docker
