#pragma once
// Where a model part came from: a place in a file, or a container's label. Carried by every part, so that
// errors, the log and `explain` can say it. Cheap to copy: file names are shared.

#include <memory>
#include <string>

namespace gatehouse::model {

struct Origin {
    std::shared_ptr<const std::string> source;   // file path, or "container NAME, label KEY"; null: built in
    int line = 0;                                // 1-based; 0: not a place in a text
    int column = 0;

    [[nodiscard]] std::string describe() const;   // "proxy.conf:12:5"
};

}   // namespace gatehouse::model
