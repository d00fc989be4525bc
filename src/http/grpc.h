#pragma once
// The little that a gateway knows of gRPC: which requests are, and how its own errors are told to their
// clients (github.com/grpc/grpc: "gRPC over HTTP2", "HTTP to gRPC Status Code Mapping").

#include <string_view>

namespace gatehouse::http {

// "application/grpc", "application/grpc+proto", "application/grpc;charset=x"; not gRPC-Web, which has other
// trailers.
[[nodiscard]] bool is_grpc(std::string_view content_type);

// The status a client makes of an HTTP status by itself, and what goes into "grpc-status".
[[nodiscard]] std::string_view grpc_status_of(int http_status);

}   // namespace gatehouse::http
