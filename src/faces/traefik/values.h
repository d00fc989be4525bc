#pragma once
// Single values as Traefik writes them, which is how Go does: flags, numbers, durations. Pure functions;
// nothing where the text is not one.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::traefik {

using Duration = std::chrono::nanoseconds;

// strconv.ParseBool: 1 t T true True TRUE, 0 f F false False FALSE.
[[nodiscard]] std::optional<bool> parse_flag(std::string_view text);
// Decimal with an optional sign, within 64 bits.
[[nodiscard]] std::optional<std::int64_t> parse_number(std::string_view text);
[[nodiscard]] std::optional<double> parse_real(std::string_view text);
// Seconds when it is a bare integer, else time.ParseDuration: "1m30s", "100ms", "1.5h", "-1s". Within 290
// years.
[[nodiscard]] std::optional<Duration> parse_go_duration(std::string_view text);

[[nodiscard]] std::string describe(
    Duration duration);   // "1m30s", "100ms", "0s": parse_go_duration reads it back

}   // namespace gatehouse::traefik
