#pragma once
// What the Traefik face has to say about a configuration: errors, which cost what they are about; warnings;
// and notices about what is accepted but not acted on. Each carries its origin (a label, a flag, a place in a
// file) and says what to do. The list is bounded, as labels are written by anybody who may start a container.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/origin.h"

namespace gatehouse::traefik {

enum class Severity : std::uint8_t { error, warning, notice };

struct Remark {
    Severity severity = Severity::error;
    model::Origin origin{};   // without a source: about no label or place in particular
    std::string message{};
    std::string hint{};   // what was expected, the nearest known name, what to do; may be empty

    // One line for logs and pages: `ORIGIN: message (hint)`. Control bytes are shown as `?`.
    [[nodiscard]] std::string describe() const;
};

class Remarks {
public:
    static constexpr std::size_t max_items = 500;   // further ones only count

    void add(Remark remark);
    void error(model::Origin origin, std::string message, std::string hint = {});
    void warning(model::Origin origin, std::string message, std::string hint = {});
    void notice(model::Origin origin, std::string message, std::string hint = {});
    void take(Remarks&& others);

    [[nodiscard]] const std::vector<Remark>& items() const { return items_; }
    [[nodiscard]] std::size_t errors() const { return errors_; }
    [[nodiscard]] bool has_errors() const { return errors_ > 0; }

private:
    std::vector<Remark> items_;
    std::size_t errors_ = 0;
};

[[nodiscard]] std::string_view word_for(Severity severity);   // "error", "warning", "notice"

}   // namespace gatehouse::traefik
