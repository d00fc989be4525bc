#include "support/certificates.h"
#include "tls/certificate_names.h"
#include "tls/standard_names.h"

#include <gtest/gtest.h>

namespace gatehouse::tls {
namespace {

TEST(certificate_names, are_the_common_name_and_all_others_in_lower_case_each_once) {
    test::Authority authority;
    const auto issued = authority.issue({"A.example", "*.b.example", "IP:10.0.0.1", "IP:::1"});
    const auto names = certificate_names(issued.certificate_pem);
    ASSERT_TRUE(names) << names.error();
    EXPECT_EQ(*names, std::vector<std::string>({"*.b.example", "10.0.0.1", "::1", "a.example"}));
}

TEST(certificate_names, of_what_is_no_certificate_are_an_error) {
    EXPECT_FALSE(certificate_names(""));
    EXPECT_FALSE(certificate_names("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"));
}

TEST(standard_names, are_those_of_the_registry_and_gos) {
    EXPECT_EQ(cipher_of_standard_name("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384").openssl,
              "ECDHE-RSA-AES256-GCM-SHA384");
    EXPECT_EQ(cipher_of_standard_name("TLS_RSA_WITH_AES_128_CBC_SHA").openssl, "AES128-SHA");
    EXPECT_EQ(cipher_of_standard_name("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305").openssl,
              "ECDHE-RSA-CHACHA20-POLY1305");
    EXPECT_TRUE(cipher_of_standard_name("TLS_CHACHA20_POLY1305_SHA256").is_of_tls_1_3);
    EXPECT_EQ(cipher_of_standard_name("ECDHE-RSA-AES256-GCM-SHA384").openssl, "");
    EXPECT_EQ(curve_of_standard_name("CurveP256"), "P-256");
    EXPECT_EQ(curve_of_standard_name("P-256"), "");
}

}   // namespace
}   // namespace gatehouse::tls
