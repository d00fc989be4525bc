#pragma once
// DockerDoor: the keeper's part of talking to container engines. Whoever may write to an engine's socket owns
// the machine, so the gateway, which reads what strangers send, never gets it: it names a typed question
// about a configured engine, and only this turns it into a request. The answers' bytes go to the gateway
// unread. Nothing here waits: the keeper's poll() waits for its sockets too. Owned by the Keeper.

#include "base/socket_address.h"
#include "main/keeper_protocol.h"
#include "main/unique_fd.h"
#include "providers/docker/engine_endpoint.h"

#include <poll.h>

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace gatehouse::process {

class DockerDoor {
public:
    using Send = std::function<void(const Message&)>;   // to the gateway

    static constexpr std::size_t most_conversations = 64;
    static constexpr std::size_t most_addresses = 16;   // of one question
    // More than this may not wait for the gateway: then engines are not read on.
    static constexpr std::size_t most_unsent_bytes = 1024 * 1024;

    explicit DockerDoor(Send send) : send_(std::move(send)) {}

    // Only these may be asked from now on; what is no endpoint is left out. Conversations under way go on.
    void allow(const std::vector<std::string>& endpoints);
    void ask(const AskEngine& message);
    void leave(std::uint64_t question);
    void close();   // the gateway is gone

    // What poll() is to wait for. `unsent_bytes`: what waits for the gateway.
    void add_waits(std::vector<pollfd>& waits, std::size_t unsent_bytes) const;
    // Goes on with those of `waits` that are ready and its own.
    void proceed(std::span<const pollfd> waits);
    [[nodiscard]] std::size_t size() const { return conversations_.size(); }

private:
    struct Conversation {
        std::uint64_t question = 0;
        UniqueFd fd;
        std::vector<SocketAddress> addresses;   // to be tried yet, the next one last
        std::string unsent;                     // of the request
        std::size_t may_receive = 0;            // bytes
        bool is_connecting = false;
    };
    using Place = std::list<Conversation>::iterator;

    void connect(Place conversation);
    void proceed(Place conversation);
    [[nodiscard]] bool finish_connecting(Place conversation);   // false: go on no further
    [[nodiscard]] bool write(Place conversation);
    void read(Place conversation);
    void end(Place conversation, EngineEnd::How how, int os_error = 0);

    Send send_;
    std::map<std::string, docker::EngineEndpoint> allowed_;   // by their text
    std::list<Conversation> conversations_;
};

}   // namespace gatehouse::process
