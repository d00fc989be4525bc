#pragma once
// What kind of file one is, by its name and by what it begins with: a compose file, a configuration of nginx,
// or Traefik's static or dynamic configuration. Pure.

#include <cstdint>
#include <string_view>

namespace gatehouse::check {

enum class FileKind : std::uint8_t {
    compose,
    nginx,
    traefik_static,
    traefik_dynamic,
    both_of_traefik,
    unknown
};

[[nodiscard]] FileKind kind_of(std::string_view path, std::string_view text);
// "compose file", "nginx configuration" …
[[nodiscard]] std::string_view word_for(FileKind kind);

}   // namespace gatehouse::check
