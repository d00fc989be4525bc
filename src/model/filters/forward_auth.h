#pragma once
// Somebody else says who may come in: Traefik's `forwardauth`.

#include "model/linear_regex.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::model {

struct Route;

struct ForwardAuth {
    static constexpr std::uint64_t usual_response_bytes = 1024 * 1024;

    std::shared_ptr<const Route> route;         // forwards to who is asked, with a Host of its own
    std::string base;                           // "http://auth:9000": what a relative Location is relative to
    std::string uri = "/";                      // what is asked for there
    bool trust_forwarded = false;               // the request's own X-Forwarded-… go on
    std::vector<std::string> request_headers;   // fields that go on; empty: all
    std::vector<std::string> response_headers;   // fields that the request gets from the answer
    std::shared_ptr<const LinearRegex> response_headers_pattern;   // the same; null: no others
    std::vector<std::string> cookies;   // of the answer, by name, that the client gets
    std::string user_field;             // of the answer: the user's name, for the log
    bool forward_body = false;
    std::optional<std::uint64_t> max_body_bytes;   // 401 beyond
    std::uint64_t max_response_bytes = usual_response_bytes;
    bool preserve_location = false;   // as it is
    bool preserve_method = false;     // else GET
};

}   // namespace gatehouse::model
