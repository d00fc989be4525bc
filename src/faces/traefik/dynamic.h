#pragma once
// A dynamic configuration of Traefik as a whole: what one container, one file or one provider says. Names
// are not yet qualified with their provider. Plain values; building the model from them is not done here.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "faces/traefik/decode.h"
#include "faces/traefik/tcp_dynamic.h"
#include "faces/traefik/tls_settings.h"

namespace gatehouse::traefik {

struct DynamicConfiguration {
    HttpConfiguration http;
    TcpConfiguration tcp;
    UdpConfiguration udp;
    TlsConfiguration tls;

    static const Table& table();
    bool operator==(const DynamicConfiguration&) const = default;
};

}   // namespace gatehouse::traefik
