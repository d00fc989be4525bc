#include "model/tlv_name.h"

#include <gtest/gtest.h>

namespace gatehouse::model {
namespace {

using Place = TlvName::Place;

TEST(tlv_name, is_one_of_nginx_or_a_type_in_hexadecimal_digits) {
    const std::tuple<const char*, Place, int> table[] = {
        {"alpn", Place::header, 0x01},        {"authority", Place::header, 0x02},
        {"unique_id", Place::header, 0x05},   {"ssl", Place::header, 0x20},
        {"netns", Place::header, 0x30},       {"0xea", Place::header, 0xEA},
        {"0x3", Place::header, 0x03},         {"0x000ae", Place::header, 0xAE},
        {"ssl_version", Place::tls, 0x21},    {"ssl_cn", Place::tls, 0x22},
        {"ssl_cipher", Place::tls, 0x23},     {"ssl_sig_alg", Place::tls, 0x24},
        {"ssl_key_alg", Place::tls, 0x25},    {"ssl_0x21", Place::tls, 0x21},
        {"ssl_verify", Place::tls_verify, 0},
    };
    for (const auto& [name, place, type] : table) {
        EXPECT_EQ(parse_tlv_name(name).place, place) << name;
        EXPECT_EQ(parse_tlv_name(name).type, type) << name;
    }
}

TEST(tlv_name, nothing_else_is_one) {
    for (const auto* name : {"", "alp", "alpnx", "cn", "ssl_", "ssl_alpn", "verify", "0x", "0xg", "0x100",
                             "0xffffffffffffffffff", "ea", "ssl_ssl_cn"}) {
        EXPECT_EQ(parse_tlv_name(name).place, Place::nowhere) << name;
    }
}

}   // namespace
}   // namespace gatehouse::model
