#pragma once
// Whether a connection may be passed on (model/tcp_filters.h), and counting it while it is.

#include "model/filters/source_table.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::exchange {

class TcpSession;

// Counted with its source as long as this lives.
class CountedConnection {
public:
    CountedConnection(std::shared_ptr<model::SourceCounts> counts, std::string source)
        : counts_(std::move(counts)), source_(std::move(source)) {}
    CountedConnection(CountedConnection&&) = default;
    CountedConnection& operator=(CountedConnection&&) = delete;
    ~CountedConnection() {
        if (counts_ != nullptr) counts_->remove(source_);
    }

private:
    std::shared_ptr<model::SourceCounts> counts_;   // null: moved from
    std::string source_;
};
using CountedConnections = std::vector<CountedConnection>;

// By the filters of its site, in order. False: it is not let in; why was logged.
[[nodiscard]] bool pass_filters(TcpSession& session);

}   // namespace gatehouse::exchange
