#pragma once
// Tree to model: gives each directive its meaning, level by level, with nginx's inheritance. The result is a
// plain Model that knows nothing of nginx but the origins it carries. Mistakes and remarks become
// diagnostics; with an error there is no model. Paths are made absolute but not looked at, names are not
// resolved; only what TLS needs (certificates, keys) is read, through the FileSource.

#include <cstdint>
#include <optional>
#include <string>

#include "faces/nginx/diagnostic.h"
#include "faces/nginx/docker_block.h"
#include "faces/nginx/tree.h"
#include "model/snapshot.h"

namespace gatehouse::nginx {

struct CompileOptions {
    std::string prefix = "/etc/nginx/";           // -p, ends in "/": what relative paths are relative to
    std::string error_log = "logs/error.log";     // -e: until and unless the configuration names another
    std::string access_log = "logs/access.log";   // where a configuration that names none is logged
    std::string pid_path = "logs/nginx.pid";
    std::string hostname = "localhost";      // $hostname
    std::string server_name = "gatehouse";   // the Server field …
    std::string server_version =
        GATEHOUSE_VERSION;             // … and, while server_tokens is on, "/version" behind it
    std::uint16_t default_port = 80;   // of a server without `listen`; nginx: 8000 unless root
};

struct Compiled {
    std::optional<model::Model> model;   // none after an error
    std::optional<DockerBlock> docker;   // of a model that is there: what is served beside it
};

// `directory`: where relative paths beside the configuration begin (directory_of()).
[[nodiscard]] Compiled compile(const Document& document, FileSource& files, const std::string& directory,
                               const CompileOptions& options, Diagnostics& diagnostics);

}   // namespace gatehouse::nginx
