#pragma once
// A static configuration → entry points that are ready to be listened on, and what Traefik itself adds to
// what providers say: redirections between entry points, the API, `ping`. Pure.

#include "faces/traefik/compile.h"
#include "faces/traefik/remark.h"

#include <string>
#include <vector>

namespace gatehouse::traefik {

struct Surroundings {   // what is to be known of the machine
    std::string hostname;
    bool has_ipv4 = true, has_ipv6 = true;
};

// Errors are added to `remarks`: then nothing can be served.
[[nodiscard]] std::vector<ReadyEntryPoint> compile_entry_points(const StaticConfiguration& configuration,
                                                                const Surroundings& surroundings,
                                                                Remarks& remarks);

// The provider "internal".
[[nodiscard]] Provided internal_provider(const StaticConfiguration& configuration);

// api.basePath without a slash at the end: "" for "/".
[[nodiscard]] std::string base_path_of(const ApiSettings& api);

// ":80", "10.0.0.1:80", "[::1]:80", "localhost:80", each perhaps with "/tcp" or "/udp"; an error is a
// sentence.
[[nodiscard]] tl::expected<std::vector<SocketAddress>, std::string> read_entry_point_address(
    std::string_view address, const Surroundings& surroundings);

}   // namespace gatehouse::traefik
