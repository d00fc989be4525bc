#pragma once
// The face as one call: configuration files in, model out. What the process and the tests use.

#include <optional>
#include <string>

#include "faces/nginx/compile.h"
#include "faces/nginx/parser.h"

namespace gatehouse::nginx {

struct Loaded {
    Document document;   // for rendering diagnostics, and for the -T dump
    Diagnostics diagnostics;
    std::optional<model::Model> model;   // none when there were errors
    std::optional<DockerBlock> docker;   // beside the model; see compile.h
};

// Reads `path` and what it includes, and compiles it.
[[nodiscard]] Loaded load(FileSource& files, const std::string& path, const ParseOptions& parsing,
                          const CompileOptions& compiling);

// What -t prints last, word for word nginx's: scripts look for it. The diagnostics were shown before.
[[nodiscard]] std::string summary(const Loaded& loaded, const std::string& path);

}   // namespace gatehouse::nginx
