#include "model/variable.h"

#include <gtest/gtest.h>

namespace gatehouse::model {
namespace {

using Id = VariableId;

constexpr std::pair<const char*, Id> builtin_names[] = {
    {"args", Id::args},
    {"binary_remote_addr", Id::binary_remote_addr},
    {"connection", Id::connection},
    {"connection_requests", Id::connection_requests},
    {"connection_time", Id::connection_time},
    {"content_length", Id::content_length},
    {"content_type", Id::content_type},
    {"document_root", Id::document_root},
    {"document_uri", Id::document_uri},
    {"host", Id::host},
    {"hostname", Id::hostname},
    {"http2", Id::http2},
    {"https", Id::https},
    {"is_args", Id::is_args},
    {"is_request_port", Id::is_request_port},
    {"limit_rate", Id::limit_rate},
    {"msec", Id::msec},
    {"nginx_version", Id::nginx_version},
    {"pid", Id::pid},
    {"pipe", Id::pipe},
    {"proxy_protocol_addr", Id::proxy_protocol_addr},
    {"proxy_protocol_port", Id::proxy_protocol_port},
    {"proxy_protocol_server_addr", Id::proxy_protocol_server_addr},
    {"proxy_protocol_server_port", Id::proxy_protocol_server_port},
    {"query_string", Id::query_string},
    {"realip_remote_addr", Id::realip_remote_addr},
    {"realip_remote_port", Id::realip_remote_port},
    {"realpath_root", Id::realpath_root},
    {"remote_addr", Id::remote_addr},
    {"remote_port", Id::remote_port},
    {"remote_user", Id::remote_user},
    {"request", Id::request},
    {"request_body", Id::request_body},
    {"request_body_file", Id::request_body_file},
    {"request_completion", Id::request_completion},
    {"request_filename", Id::request_filename},
    {"request_id", Id::request_id},
    {"request_length", Id::request_length},
    {"request_method", Id::request_method},
    {"request_port", Id::request_port},
    {"request_time", Id::request_time},
    {"request_uri", Id::request_uri},
    {"scheme", Id::scheme},
    {"server_addr", Id::server_addr},
    {"server_name", Id::server_name},
    {"server_port", Id::server_port},
    {"server_protocol", Id::server_protocol},
    {"tcpinfo_rtt", Id::tcpinfo_rtt},
    {"tcpinfo_rttvar", Id::tcpinfo_rttvar},
    {"tcpinfo_snd_cwnd", Id::tcpinfo_snd_cwnd},
    {"tcpinfo_rcv_space", Id::tcpinfo_rcv_space},
    {"time_iso8601", Id::time_iso8601},
    {"time_local", Id::time_local},
    {"uri", Id::uri},
    {"body_bytes_sent", Id::body_bytes_sent},
    {"bytes_sent", Id::bytes_sent},
    {"status", Id::status},
    {"proxy_add_x_forwarded_for", Id::proxy_add_x_forwarded_for},
    {"proxy_add_via", Id::proxy_add_via},
    {"proxy_host", Id::proxy_host},
    {"proxy_port", Id::proxy_port},
    {"upstream_addr", Id::upstream_addr},
    {"upstream_bytes_received", Id::upstream_bytes_received},
    {"upstream_bytes_sent", Id::upstream_bytes_sent},
    {"upstream_cache_status", Id::upstream_cache_status},
    {"upstream_connect_time", Id::upstream_connect_time},
    {"upstream_header_time", Id::upstream_header_time},
    {"upstream_response_length", Id::upstream_response_length},
    {"upstream_response_time", Id::upstream_response_time},
    {"upstream_status", Id::upstream_status},
    {"connections_active", Id::connections_active},
    {"connections_reading", Id::connections_reading},
    {"connections_writing", Id::connections_writing},
    {"connections_waiting", Id::connections_waiting},
    {"ssl_alpn_protocol", Id::ssl_alpn_protocol},
    {"ssl_cipher", Id::ssl_cipher},
    {"ssl_ciphers", Id::ssl_ciphers},
    {"ssl_client_cert", Id::ssl_client_cert},
    {"ssl_client_escaped_cert", Id::ssl_client_escaped_cert},
    {"ssl_client_fingerprint", Id::ssl_client_fingerprint},
    {"ssl_client_i_dn", Id::ssl_client_i_dn},
    {"ssl_client_i_dn_legacy", Id::ssl_client_i_dn_legacy},
    {"ssl_client_raw_cert", Id::ssl_client_raw_cert},
    {"ssl_client_s_dn", Id::ssl_client_s_dn},
    {"ssl_client_s_dn_legacy", Id::ssl_client_s_dn_legacy},
    {"ssl_client_serial", Id::ssl_client_serial},
    {"ssl_client_v_end", Id::ssl_client_v_end},
    {"ssl_client_v_remain", Id::ssl_client_v_remain},
    {"ssl_client_v_start", Id::ssl_client_v_start},
    {"ssl_client_verify", Id::ssl_client_verify},
    {"ssl_curve", Id::ssl_curve},
    {"ssl_curves", Id::ssl_curves},
    {"ssl_early_data", Id::ssl_early_data},
    {"ssl_protocol", Id::ssl_protocol},
    {"ssl_server_name", Id::ssl_server_name},
    {"ssl_session_id", Id::ssl_session_id},
    {"ssl_session_reused", Id::ssl_session_reused},
    {"ssl_sigalgs", Id::ssl_sigalgs},
    {"gatehouse_reason", Id::gatehouse_reason},
};

TEST(variable, every_builtin_name_has_its_id) {
    for (const auto& [name, id] : builtin_names) {
        const auto found = find_builtin_variable(name);
        ASSERT_TRUE(found) << name;
        EXPECT_EQ(found->id, id) << name;
        EXPECT_EQ(name_of(*found), name);
    }
}

TEST(variable, a_prefix_takes_the_rest_as_its_argument) {
    const std::tuple<const char*, Id, const char*> expected[] = {
        {"http_host", Id::http_field, "host"},
        {"http_x_forwarded_for", Id::http_field, "x_forwarded_for"},
        {"sent_http_location", Id::sent_http_field, "location"},
        {"sent_trailer_digest", Id::sent_trailer_field, "digest"},
        {"cookie_session", Id::cookie, "session"},
        {"arg_page", Id::arg, "page"},
        {"upstream_http_etag", Id::upstream_http_field, "etag"},
        {"upstream_trailer_x", Id::upstream_trailer_field, "x"},
        {"upstream_cookie_id", Id::upstream_cookie, "id"},
        {"proxy_protocol_tlv_ssl_cn", Id::proxy_protocol_tlv, "ssl_cn"},
    };
    for (const auto& [name, id, argument] : expected) {
        const auto found = find_builtin_variable(name);
        ASSERT_TRUE(found) << name;
        EXPECT_EQ(found->id, id) << name;
        EXPECT_EQ(found->argument, argument);
        EXPECT_EQ(name_of(*found), name);
    }
}

TEST(variable, names_count_in_any_case) {
    EXPECT_EQ(find_builtin_variable("Request_URI")->id, Id::request_uri);
    EXPECT_EQ(find_builtin_variable("ARG_Page")->argument, "page");
}

TEST(variable, a_digit_from_one_to_nine_is_a_capture) {
    const auto found = find_builtin_variable("3");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, Id::capture);
    EXPECT_EQ(found->slot, 3);
    EXPECT_EQ(name_of(*found), "3");
    EXPECT_FALSE(find_builtin_variable("0"));
    EXPECT_FALSE(find_builtin_variable("10"));
}

TEST(variable, an_unknown_name_is_none_of_ours) {
    for (const char* name : {"", "connection_upgrade", "hosts", "ur", "http"}) {
        EXPECT_FALSE(find_builtin_variable(name)) << name;
    }
}

TEST(variable, a_known_field_is_asked_for_by_its_id) {
    EXPECT_EQ(find_builtin_variable("http_user_agent")->field, http::FieldId::user_agent);
    EXPECT_EQ(find_builtin_variable("sent_http_X_Real_IP")->field, http::FieldId::x_real_ip);
    EXPECT_EQ(find_builtin_variable("http_x_shop")->field, http::FieldId::other);
    EXPECT_EQ(find_builtin_variable("status")->field, http::FieldId::other);
}

}   // namespace
}   // namespace gatehouse::model
