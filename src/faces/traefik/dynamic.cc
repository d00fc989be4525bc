#include "faces/traefik/dynamic.h"

namespace gatehouse::traefik {

const Table& DynamicConfiguration::table() {
    static constexpr Field fields[] = {
        field<&DynamicConfiguration::http>("http"),
        field<&DynamicConfiguration::tcp>("tcp"),
        field<&DynamicConfiguration::udp>("udp"),
        field<&DynamicConfiguration::tls>("tls"),
    };
    static constexpr Table table = {"the dynamic configuration", fields};
    return table;
}

}   // namespace gatehouse::traefik
