#pragma once
// `gatehouse check FILE…`: compose files, configurations of nginx and Traefik's static and dynamic files,
// looked at together, without an engine and without serving anything. Files are read through the FileSource
// alone; the clock and the environment are given. Pure.

#include "check/outcome.h"

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::check {

struct Inputs {
    std::vector<std::string> paths{};   // in their order: later compose files are laid over earlier ones
    std::vector<std::string> environment{};   // "NAME=value", for variables of compose files
    std::string env_file{};                   // "": .env beside the first compose file
    std::string project_name{};               // "": as Compose finds it
    std::int64_t now = 0;                     // seconds since 1970
};

[[nodiscard]] Outcome run_check(const Inputs& inputs, nginx::FileSource& files);

// The files that are checked when none is named: those Compose would take here, and traefik.yml.
[[nodiscard]] std::vector<std::string> usual_files(nginx::FileSource& files);

}   // namespace gatehouse::check
