#pragma once
// TableResolver: answers from a table that may change at any time, at once or after a while of the loop's own
// time. For tests and for the simulated world, where there is no name server. Loop's thread only.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "loop/loop.h"
#include "net/resolver.h"

namespace gatehouse::net {

class TableResolver final : public Resolver {
public:
    struct Row {
        std::vector<std::string> addresses{};   // literals; empty: no such name
        loop::Duration ttl = std::chrono::seconds(600);
        bool from_docker = false;
        loop::Duration delay{};                 // until the answer; zero: at once
        const char* failure = "no such name";   // said when there are no addresses
    };

    // Taken when a look-up begins, so that an answer under way is still the old one.
    void set(const std::string& name, Row row) { rows_[name] = std::move(row); }
    void change_files() { files_changed_ = true; }
    [[nodiscard]] unsigned times_asked(const std::string& name) const;

    [[nodiscard]] loop::Task<Result<Resolution>> resolve(std::string name) override;
    bool reread_if_changed() override { return std::exchange(files_changed_, false); }

private:
    std::unordered_map<std::string, Row> rows_;
    std::unordered_map<std::string, unsigned> asked_;
    bool files_changed_ = false;
};

}   // namespace gatehouse::net
