#pragma once
// What a check has to say: a finding has a severity, a code (one word that scripts may rely on), its place in
// a file, a sentence and a hint that says what to do. Findings that say the same are kept once. Plain values.

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace gatehouse::check {

enum class Severity : std::uint8_t { error, warning, notice };
[[nodiscard]] std::string_view word_for(Severity severity);   // "error", "warning", "notice"

// Lines and columns count from 1; a column is a byte offset. Line 0: about no place in particular.
struct Place {
    std::string file{};
    std::uint32_t line = 0, column = 0;
    std::uint32_t length = 1;   // bytes to underline
    std::uint32_t byte = 0;     // of the value behind a label's name, counting from 1; 0: the name is meant
};

struct Finding {
    Severity severity = Severity::error;
    std::string code{};
    Place place{};
    std::string message{};
    std::string hint{};
    std::string service{};   // of the compose files, that it is about; may be empty
};

class Findings {
public:
    static constexpr std::size_t most = 5000;   // further ones are only counted

    void add(Finding finding);
    void error(std::string code, Place place, std::string message, std::string hint = {});
    void warning(std::string code, Place place, std::string message, std::string hint = {});
    void notice(std::string code, Place place, std::string message, std::string hint = {});

    [[nodiscard]] std::vector<Finding>& items() { return items_; }
    [[nodiscard]] const std::vector<Finding>& items() const { return items_; }
    [[nodiscard]] std::size_t count(Severity severity) const;
    // Those of a file together, files in the order they were first spoken of, each by line.
    void sort(const std::vector<std::string>& files);

private:
    std::vector<Finding> items_;
    std::set<std::tuple<std::string, std::uint32_t, std::uint32_t, std::string>> said_;
};

}   // namespace gatehouse::check
