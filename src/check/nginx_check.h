#pragma once
// The check of a configuration of nginx: what `-t` says, and what it does not: locations that no request
// gets to, directives behind a return, header lists that replace the outer ones, endpoints that no service of
// the compose files is. Certificates and included files that are on another machine stop nothing. Pure.

#include "check/compose_facts.h"
#include "check/outcome.h"
#include "faces/nginx/load.h"

#include <cstdint>
#include <string>

namespace gatehouse::check {

struct NginxInputs {
    const ComposeProject* project = nullptr;   // null: no compose file was named
    std::int64_t now = 0;                      // seconds since 1970
};

// `path` is of this file; what it says goes into `outcome`.
void check_nginx(const std::string& path, const NginxInputs& inputs, nginx::FileSource& files,
                 Outcome& outcome);

// What directives say beyond their grammar, each finding at its word.
void judge_directives(const nginx::Document& document, nginx::Diagnostics& diagnostics);

// The service in whose container the file is: mounted there, or below the folder its image is built from;
// null: not known.
[[nodiscard]] const ComposeService* service_with(const ComposeProject& project, const std::string& path);

}   // namespace gatehouse::check
