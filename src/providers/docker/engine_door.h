#pragma once
// EngineDoor: the way to an engine, whoever holds its socket: the keeper behind a socket pair, or a test. One
// conversation per question; an answer is bytes as the engine wrote them (HTTP/1.1). Loop's thread only.

#include "base/result.h"
#include "loop/task.h"
#include "providers/docker/engine_request.h"

#include <memory>
#include <string>

namespace gatehouse::docker {

// Its end, at any time, gives the question up. Not while read() is under way.
class EngineConversation {
public:
    virtual ~EngineConversation() = default;
    // The next bytes, as soon as there are some; empty: the engine closed the connection. Errors: what kept
    // the question from being asked (not_found, refused, no_permission, unresolved …) or the answer from
    // coming.
    [[nodiscard]] virtual loop::Task<Result<std::string>> read() = 0;
};

class EngineDoor {
public:
    virtual ~EngineDoor() = default;
    [[nodiscard]] virtual std::unique_ptr<EngineConversation> ask(const EngineRequest& request) = 0;
};

}   // namespace gatehouse::docker
