#pragma once
// What is logged of a tunnel when it ends. The lines of its access logs are begun when it begins, as long as
// the exchange or session that made it can tell everything else; what the tunnel moves and how long it takes
// is filled in at the end. So a tunnel keeps a few hundred bytes of its past, and no snapshot.

#include "exchange/tunnel.h"
#include "log/error_log.h"
#include "model/log_format.h"
#include "model/snapshot.h"
#include "model/variable.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::exchange {

class WorkerState;
using AccessLogs = std::vector<std::shared_ptr<const model::AccessLog>>;

class TunnelLog {
public:
    struct Past {   // of what made the tunnel
        loop::TimePoint connection_opened, began, attempt_began;
        std::uint64_t head_bytes = 0;   // of what was sent to the client: not its body
    };
    explicit TunnelLog(Past past) : past_(past) {}

    // Whether lines of these logs can be begun: not where a map or a condition depends on what is known at
    // the end only, or the name of a file has variables. Then whoever can answer for it must be kept.
    [[nodiscard]] static bool can_begin(const AccessLogs& logs, const model::Model& model);
    // `earlier`: what a variable of upstream says of attempts before the one that led to the tunnel, with
    // what separates it from what is said of that ("0.001, ").
    using Earlier = std::function<std::string(model::VariableId)>;
    void begin(const AccessLogs& logs, model::VariableSource& source, const Earlier& earlier);
    // In the error log, at `info`, at the end: "TEXT, bytes from/to client:…".
    void note_end(log::ErrorLogs logs, std::uint64_t connection) {
        note_ = std::make_unique<Note>(Note{std::move(logs), connection});
    }

    // The tunnel is over.
    void finish(WorkerState& worker, const Tunnel::Facts& tunnel) const;

private:
    struct Late {   // a variable whose value belongs at this offset of the text
        std::size_t offset;
        const model::VariableRef* variable;   // in the log's format
    };
    struct Line {
        std::shared_ptr<const model::AccessLog> log;
        std::string text;   // escaped, without what is late
        std::vector<Late> late;
    };
    struct Note {
        log::ErrorLogs logs;
        std::uint64_t connection;
    };
    void write_note(const Tunnel::Facts& tunnel) const;

    Past past_;
    std::vector<Line> lines_;
    std::unique_ptr<const Note> note_;
};

}   // namespace gatehouse::exchange
