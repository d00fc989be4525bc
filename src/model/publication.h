#pragma once
// What control hands to the workers, and the one thing workers ask of control. Both sides know only these
// types.

#include "base/result.h"
#include "model/snapshot.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::model {

// A snapshot and the listening sockets that go with it. Workers accept on exactly these from now on. The
// descriptors stay open, owned by the process, until every worker has applied a publication without them.
struct Publication {
    struct Socket {
        int fd = -1;
        const Snapshot::CompiledListener* listener = nullptr;   // of this snapshot
    };
    std::shared_ptr<const Snapshot> snapshot;
    std::vector<Socket> sockets;
};

// Services named only at run time (proxy_pass with variables). Thread-safe; implemented by control.
class ServiceDirectory {
public:
    using Answer = std::function<void(Result<std::shared_ptr<const Service>>)>;
    virtual ~ServiceDirectory() = default;
    // Answers on control's thread once the name was resolved or could not be (ErrorCode::unresolved); at once
    // for address literals and names known already. The service's state is bound and stays up to date while
    // somebody holds it.
    virtual void find(std::string host, std::uint16_t port, Answer answer) = 0;
    // An endpoint refused: have the names of this service looked up again now (rate-limited by control).
    virtual void suspect(const ServiceState& state) = 0;
};

}   // namespace gatehouse::model
