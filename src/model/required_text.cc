#include "model/required_text.h"

#include "base/text.h"

#include <optional>
#include <utility>

namespace gatehouse::model {
namespace {

// Goes over the top level of an expression once and collects its runs of literal bytes. Groups and classes
// are stepped over. `nullopt` everywhere: something that this does not understand, so nothing can be said.
class Reader {
public:
    explicit Reader(std::string_view pattern) : pattern_(pattern) {}

    RequiredText run() {
        if (pattern_.starts_with("(?i)")) {
            found_.ignores_case = true;
            at_ = 4;
        }
        if (at_ < pattern_.size() && pattern_[at_] == '^') {
            ++at_;
            const char next = at_ < pattern_.size() ? pattern_[at_] : '\0';
            at_start_ = next != '*' && next != '?' && next != '{' && next != '+';
        }
        while (at_ < pattern_.size()) {
            if (!step()) return {};
        }
        end_run();
        return std::move(found_);
    }

private:
    // One atom or operator; false: not understood.
    bool step() {
        const char c = pattern_[at_];
        switch (c) {
            case '\\': return step_escape();
            case '[': end_run(); return skip_class();
            case '(': end_run(); return skip_group();
            case '|':
            case ')': return false;
            case '.':
            case '^':
            case '$':
                end_run();
                ++at_;
                return true;
            case '*':
            case '?':
                drop_last();
                ++at_;
                return true;
            case '+':
                end_run();
                ++at_;
                return true;
            case '{': step_brace(); return true;
            default: add(c); return true;
        }
    }

    bool step_escape() {
        if (at_ + 1 >= pattern_.size()) return false;
        const char c = pattern_[at_ + 1];
        if (is_digit(c)) return false;
        if (is_alpha(c)) {   // classes, assertions, control characters: one letter each
            if (std::string_view("dDsSwWbBAzntrfva").find(c) == std::string_view::npos) return false;
            end_run();
            at_ += 2;
            return true;
        }
        ++at_;
        add(c);
        return true;
    }

    void add(char c) {
        const char low = found_.ignores_case ? to_lower(c) : c;
        if (static_cast<unsigned char>(c) >= 0x80) {   // part of a character that an operator takes whole
            end_run();
        } else if (found_.ignores_case && (low == 'k' || low == 's')) {
            end_run();   // these have a third form in Unicode: the Kelvin sign and the long s
        } else {
            run_ += low;
        }
        ++at_;
    }

    // "{2}", "{2,}", "{2,3}" repeat what is before; any other brace is itself.
    void step_brace() {
        const auto end = pattern_.find('}', at_);
        const auto inside =
            end == std::string_view::npos ? std::string_view() : pattern_.substr(at_ + 1, end - at_ - 1);
        const bool repeats = !inside.empty() && is_digit(inside.front()) &&
                             inside.find_first_not_of("0123456789,") == std::string_view::npos;
        if (!repeats) return add('{');
        drop_last();
        at_ = end + 1;
    }

    bool skip_class() {
        ++at_;
        if (at_ < pattern_.size() && pattern_[at_] == '^') ++at_;
        if (at_ < pattern_.size() && pattern_[at_] == ']') ++at_;   // the first one is a member
        while (at_ < pattern_.size() && pattern_[at_] != ']') {
            if (pattern_.substr(at_).starts_with("[:")) {
                const auto end = pattern_.find(":]", at_ + 2);
                if (end != std::string_view::npos) {
                    at_ = end + 2;
                    continue;
                }
            }
            at_ += pattern_[at_] == '\\' ? 2 : 1;
        }
        return at_++ < pattern_.size();
    }

    bool skip_group() {
        std::size_t depth = 0;
        while (at_ < pattern_.size()) {
            switch (pattern_[at_]) {
                case '(':
                    if (changes_flags()) return false;
                    ++depth;
                    ++at_;
                    continue;
                case ')':
                    ++at_;
                    if (--depth == 0) return true;
                    continue;
                case '[':
                    if (!skip_class()) return false;
                    continue;
                case '\\':
                    if (at_ + 1 < pattern_.size() && pattern_[at_ + 1] == 'Q') return false;
                    at_ += 2;
                    continue;
                default: ++at_; continue;
            }
        }
        return false;
    }

    // "(?i)", "(?s-m)": for all that follows.
    [[nodiscard]] bool changes_flags() const {
        const auto rest = pattern_.substr(at_);
        if (!rest.starts_with("(?")) return false;
        const auto end = rest.find_first_not_of("imsU-", 2);
        return end != std::string_view::npos && rest[end] == ')';
    }

    // The byte before need not be there, or not only once.
    void drop_last() {
        if (!run_.empty()) run_.pop_back();
        end_run();
    }

    void end_run() {
        if (at_start_) found_.prefix = run_;
        at_start_ = false;
        if (!run_.empty()) found_.parts.push_back(std::exchange(run_, {}));
    }

    std::string_view pattern_;
    std::size_t at_ = 0;
    std::string run_;
    bool at_start_ = false;   // the run is what a match begins with, and that is the text's beginning
    RequiredText found_;
};

}   // namespace

RequiredText required_text_of(std::string_view pattern) { return Reader(pattern).run(); }

}   // namespace gatehouse::model
