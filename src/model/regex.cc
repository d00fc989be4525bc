#define PCRE2_CODE_UNIT_WIDTH 8
#include "model/regex.h"

#include <pcre2.h>

#include <algorithm>
#include <array>
#include <utility>

namespace gatehouse::model {
namespace {

// What one match may cost. An honest expression on a request line needs a few thousand steps; at the limit a
// match has taken some ten milliseconds.
constexpr std::uint32_t match_limit = 1'000'000;
constexpr std::uint32_t heap_limit_kib = 8192;
// The JIT's default of 32 KiB is too small for common shapes such as ^/(?:a|b)+ on a long URI.
constexpr std::size_t jit_stack_start_bytes = 32 * 1024;
constexpr std::size_t jit_stack_limit_bytes = 512 * 1024;

// Working memory of matches: one per thread, since a thread matches one expression at a time.
class Scratch {
public:
    Scratch()
        : data_(pcre2_match_data_create(Captures::limit, nullptr)),
          limits_(pcre2_match_context_create(nullptr)),
          stack_(pcre2_jit_stack_create(jit_stack_start_bytes, jit_stack_limit_bytes, nullptr)) {
        pcre2_set_match_limit(limits_, match_limit);
        pcre2_set_heap_limit(limits_, heap_limit_kib);
        pcre2_jit_stack_assign(limits_, nullptr, stack_);
    }
    ~Scratch() {
        pcre2_match_data_free(data_);
        pcre2_match_context_free(limits_);
        pcre2_jit_stack_free(stack_);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    [[nodiscard]] pcre2_match_data* data() { return data_; }
    [[nodiscard]] pcre2_match_context* limits() { return limits_; }

private:
    pcre2_match_data* data_;
    pcre2_match_context* limits_;
    pcre2_jit_stack* stack_;
};

thread_local Scratch scratch;

std::string message_of(int code) {
    std::array<PCRE2_UCHAR, 256> text{};
    const int length = pcre2_get_error_message(code, text.data(), text.size());
    return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(std::max(length, 0))};
}

// The name table: entries of two bytes of group number (high byte first) and a name that ends with a zero
// byte.
std::vector<NamedCapture> named_captures_of(const pcre2_code* code) {
    std::uint32_t count = 0;
    std::uint32_t entry_bytes = 0;
    PCRE2_SPTR table = nullptr;
    pcre2_pattern_info(code, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(code, PCRE2_INFO_NAMEENTRYSIZE, &entry_bytes);
    pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, &table);
    std::vector<NamedCapture> found;
    for (std::uint32_t i = 0; i < count; ++i, table += entry_bytes) {
        const auto group = static_cast<std::uint16_t>(table[0] << 8 | table[1]);
        found.push_back({reinterpret_cast<const char*>(table + 2), group, 0});
    }
    std::ranges::stable_sort(found, {}, &NamedCapture::group);
    return found;
}

// A subject that is not UTF-8 cannot match an expression that asks for it with (*UTF).
bool is_utf_error(int result) { return result <= PCRE2_ERROR_UTF8_ERR1 && result >= PCRE2_ERROR_UTF8_ERR21; }

}   // namespace

void Regex::Free::operator()(void* code) const { pcre2_code_free(static_cast<pcre2_code*>(code)); }

tl::expected<std::shared_ptr<Regex>, Regex::CompileError> Regex::compile(std::string pattern,
                                                                         bool ignore_case) {
    int error = 0;
    PCRE2_SIZE offset = 0;
    auto regex = std::make_shared<Regex>();
    pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                                     ignore_case ? PCRE2_CASELESS : 0U, &error, &offset, nullptr);
    if (code == nullptr) return tl::unexpected(CompileError{message_of(error), offset});
    regex->code_.reset(code);
    regex->named_ = named_captures_of(code);
    for (const auto& capture : regex->named_) {
        if (capture.group < Captures::limit) continue;
        return tl::unexpected(CompileError{"named capture \"" + capture.name + "\" is group " +
                                               std::to_string(capture.group) + ", the last that is kept is " +
                                               std::to_string(Captures::limit - 1),
                                           pattern.find("<" + capture.name + ">")});
    }
    // Where the JIT is missing or refused (no executable memory), matching falls back to the interpreter.
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    regex->pattern_ = std::move(pattern);
    return regex;
}

Regex::Outcome Regex::match(std::string_view subject, Captures& captures) const {
    if (subject.data() == nullptr) subject = "";
    const auto* code = static_cast<const pcre2_code*>(code_.get());
    const int result = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(), 0, 0,
                                   scratch.data(), scratch.limits());
    if (result == PCRE2_ERROR_NOMATCH || is_utf_error(result)) return Outcome::no_match;
    if (result < 0) return Outcome::gave_up;

    // 0: there are more groups than places, and all places are filled.
    captures.count = result == 0 ? Captures::limit : static_cast<std::size_t>(result);
    const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(scratch.data());
    for (std::size_t i = 0; i < captures.count; ++i) {
        const PCRE2_SIZE begin = bounds[2 * i];
        const PCRE2_SIZE end = bounds[2 * i + 1];
        const bool is_set =
            begin != PCRE2_UNSET && begin <= end;   // \K in a look-ahead may end before it begins
        captures.set(i, is_set ? subject.substr(begin, end - begin) : std::string_view());
    }
    return Outcome::match;
}

}   // namespace gatehouse::model
