#pragma once
// What a start as Traefik's was given: its own words, and what is to be known of the machine.

#include <string>
#include <vector>

namespace gatehouse::process {

struct TraefikOptions {
    std::vector<std::string> arguments;     // without the program's name
    std::vector<std::string> environment;   // "NAME=value"
    std::string hostname;
    bool has_ipv4 = true, has_ipv6 = true;
};

}   // namespace gatehouse::process
