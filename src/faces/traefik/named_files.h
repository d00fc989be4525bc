#pragma once
// Files that a dynamic configuration names instead of saying what is in them: certificates, keys and
// authorities. Whoever reads the configuration reads them with it; here they are texts.

#include "faces/traefik/dynamic.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::traefik {

using FileTexts = std::map<std::string, std::string>;   // by path; those that could not be read are missing

// Paths as written, each once.
[[nodiscard]] std::vector<std::string> files_named_in(const DynamicConfiguration& configuration);

// What Traefik calls a file or its content: PEM as it stands, or the text of the file of that name. Nothing:
// it could not be read.
[[nodiscard]] std::optional<std::string> text_of(const std::string& file_or_pem, const FileTexts& files);

// For messages: the path, or that it is PEM.
[[nodiscard]] std::string name_of(const std::string& file_or_pem);

}   // namespace gatehouse::traefik
