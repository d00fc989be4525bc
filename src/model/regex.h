#pragma once
// A compiled Perl-compatible regular expression (PCRE2, JIT where the platform has it), as nginx's
// configurations use them. Immutable and shared by threads; matching uses per-thread scratch memory. Match
// work is bounded (match limit), so that a bad expression costs an error, not a worker.

#include "base/result.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::model {

// Numbered captures of the latest match of an exchange; views into the subject.
struct Captures {
    static constexpr std::size_t limit = 16;
    std::size_t count = 0;
    [[nodiscard]] std::string_view at(std::size_t number) const {
        return number < count ? std::string_view(groups_[number].data, groups_[number].bytes)
                              : std::string_view();
    }
    void set(std::size_t number, std::string_view text) { groups_[number] = {text.data(), text.size()}; }

private:
    struct Group {
        const char* data;
        std::size_t bytes;
    };
    std::array<Group, limit> groups_;   // those beyond count hold nothing: every request has some of these
};

struct NamedCapture {
    std::string name;
    std::uint16_t group = 0;   // number of the group
    std::uint16_t slot = 0;    // the variable slot it fills, assigned by the face
};

class Regex {
public:
    struct CompileError {
        std::string message;
        std::size_t offset = 0;   // into the pattern
    };
    static tl::expected<std::shared_ptr<Regex>, CompileError> compile(std::string pattern, bool ignore_case);

    enum class Outcome : std::uint8_t { no_match, match, gave_up };
    [[nodiscard]] Outcome match(std::string_view subject, Captures& captures) const;
    [[nodiscard]] const std::string& pattern() const { return pattern_; }
    [[nodiscard]] std::vector<NamedCapture>& named() { return named_; }
    [[nodiscard]] const std::vector<NamedCapture>& named() const { return named_; }

private:
    struct Free {
        void operator()(void* code) const;
    };
    std::string pattern_;
    std::unique_ptr<void, Free> code_;
    std::vector<NamedCapture> named_;
};

}   // namespace gatehouse::model
