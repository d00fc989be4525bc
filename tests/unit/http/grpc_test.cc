// Which requests are gRPC, and what their clients are told.

#include "http/grpc.h"

#include <gtest/gtest.h>

namespace gatehouse::http {
namespace {

TEST(grpc, is_known_by_its_content_type) {
    for (const auto* type : {"application/grpc", "Application/gRPC", "application/grpc+proto",
                             "application/grpc;charset=utf-8", "application/grpc ; x=y"})
        EXPECT_TRUE(is_grpc(type)) << type;
    for (const auto* type :
         {"", "application/grp", "application/grpc-web", "application/grpcx", "text/plain"})
        EXPECT_FALSE(is_grpc(type)) << type;
}

TEST(grpc, has_a_status_for_every_one_of_http) {
    EXPECT_EQ(grpc_status_of(400), "13");
    EXPECT_EQ(grpc_status_of(401), "16");
    EXPECT_EQ(grpc_status_of(403), "7");
    EXPECT_EQ(grpc_status_of(404), "12");
    for (const int status : {429, 502, 503, 504}) EXPECT_EQ(grpc_status_of(status), "14") << status;
    for (const int status : {302, 405, 413, 500, 501}) EXPECT_EQ(grpc_status_of(status), "2") << status;
}

}   // namespace
}   // namespace gatehouse::http
