#pragma once
// Finds the frames in what arrives (RFC 9113 4.1), however it is cut: nghttp2 does not tell of frames that it
// passes over, and those cost as much as others. For use inside http/ only.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse::http {

class H2FrameScanner {
public:
    static constexpr std::size_t head_bytes = 9;

    explicit H2FrameScanner(std::size_t preface_bytes) : skip_(preface_bytes) {}

    // Takes bytes up to the end of one frame at most, and says how many. Then head_complete() tells whether
    // the head of that frame ended among them.
    std::size_t take(std::string_view bytes) {
        head_complete_ = false;
        std::size_t taken = 0;
        if (skip_ == 0) {
            while (taken < bytes.size() && have_ < head_bytes)
                head_[have_++] = static_cast<std::uint8_t>(bytes[taken++]);
            if (have_ < head_bytes) return taken;
            have_ = 0;
            head_complete_ = true;
            skip_ = length();
        }
        const auto payload = std::min(skip_, bytes.size() - taken);
        skip_ -= payload;
        return taken + payload;
    }
    [[nodiscard]] bool head_complete() const { return head_complete_; }
    [[nodiscard]] std::size_t length() const {
        return std::size_t{head_[0]} << 16 | std::size_t{head_[1]} << 8 | head_[2];
    }
    [[nodiscard]] std::uint8_t type() const { return head_[3]; }
    [[nodiscard]] std::uint8_t flags() const { return head_[4]; }
    [[nodiscard]] std::int32_t stream() const {
        return (head_[5] & 0x7f) << 24 | head_[6] << 16 | head_[7] << 8 | head_[8];
    }

private:
    std::size_t skip_;   // of the preface or a payload
    std::size_t have_ = 0;
    std::array<std::uint8_t, head_bytes> head_{};
    bool head_complete_ = false;
};

}   // namespace gatehouse::http
