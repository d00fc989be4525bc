#pragma once
// The names under which the TLVs of a PROXY protocol header are variables: $proxy_protocol_tlv_NAME, with
// nginx's names, or the type as 0x and hexadecimal digits; behind "ssl_", those inside the TLV about TLS.

#include <cstdint>
#include <string_view>

namespace gatehouse::model {

struct TlvName {
    enum class Place : std::uint8_t {
        nowhere,      // no such name, or a type that no TLV can have
        header,       // a TLV of the header
        tls,          // one inside the TLV about TLS
        tls_verify,   // the result of verifying the client's certificate, as a number
    };
    Place place = Place::nowhere;
    std::uint8_t type = 0;
};

// `name`: lower-case, without "proxy_protocol_tlv_".
[[nodiscard]] TlvName parse_tlv_name(std::string_view name);

}   // namespace gatehouse::model
