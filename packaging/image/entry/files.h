#pragma once
// Files of the container, read whole.

#include <optional>
#include <string>

namespace gatehouse::image {

[[nodiscard]] std::optional<std::string> read_file(const std::string& path);   // nullopt: it cannot be read

}   // namespace gatehouse::image
