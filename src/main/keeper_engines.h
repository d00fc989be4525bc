#pragma once
// KeeperEngines: the gateway's part of talking to container engines: doors whose questions go to the keeper
// as typed messages and whose answers come back from there. The names of engines behind TCP are looked up
// here. Owned by the Gateway; every conversation must have ended before it dies. Loop's thread only.

#include "control/name_watch.h"
#include "loop/loop.h"
#include "main/keeper_protocol.h"
#include "net/resolver.h"
#include "providers/docker/engine_door.h"
#include "providers/docker/engine_endpoint.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

namespace gatehouse::process {

class KeeperEngines {
public:
    using Send = std::function<void(const Message&)>;   // to the keeper

    KeeperEngines(loop::Loop& loop, Send send, control::MakeResolver make_resolver);

    // The door lives no longer than this.
    [[nodiscard]] std::unique_ptr<docker::EngineDoor> door(docker::EngineEndpoint endpoint);
    void heard(EngineBytes message);
    void heard(const EngineEnd& message);
    void keeper_is_gone();   // every conversation ends
    [[nodiscard]] loop::Task<void> close();

private:
    class Door;
    class Conversation;

    [[nodiscard]] net::Resolver& resolver();

    Send send_;
    control::MakeResolver make_resolver_;
    std::unique_ptr<net::Resolver> resolver_;   // null until a name must be looked up
    std::unordered_map<std::uint64_t, Conversation*> conversations_;
    std::uint64_t latest_question_ = 0;
    bool has_keeper_ = true;
    loop::Scope scope_;   // the resolver's
};

}   // namespace gatehouse::process
