// Modules that have no counterpart yet.
#include "faces/nginx/catalogue/tables.h"

namespace gatehouse::nginx::catalogue {
namespace {

constexpr Entry entries[] = {
    // http_addition
    {"add_before_body", at::any_http, takes(1), refused(not_yet)},
    {"add_after_body", at::any_http, takes(1), refused(not_yet)},
    {"addition_types", at::any_http, at_least(1), notice(with_addition)},
    // http_auth_basic
    {"auth_basic", at::any_http | at::limit_except, takes(1), refused_unless_off(not_yet)},
    {"auth_basic_user_file", at::any_http | at::limit_except, takes(1), notice(with_auth_basic)},
    // http_auth_request
    {"auth_request", at::any_http, takes(1), refused_unless_off(not_yet)},
    {"auth_request_set", at::any_http, takes(2), notice(with_auth_request)},
    // http_browser
    {"modern_browser", at::any_http, takes(1, 2), refused(not_yet)},
    {"ancient_browser", at::any_http, at_least(1), refused(not_yet)},
    {"modern_browser_value", at::any_http, takes(1), notice(with_browser)},
    {"ancient_browser_value", at::any_http, takes(1), notice(with_browser)},
    // http_dav
    {"dav_methods", at::any_http, at_least(1), refused(not_yet)},
    {"create_full_put_path", at::any_http, flag, notice(with_dav)},
    {"min_delete_depth", at::any_http, takes(1), notice(with_dav)},
    {"dav_access", at::any_http, takes(1, 3), notice(with_dav)},
    // http_degradation
    {"degradation", at::http, takes(1), refused(not_yet)},
    {"degrade", at::any_http, takes(1), notice(with_degradation)},
    // http_flv
    {"flv", at::location, none, refused(not_yet)},
    // http_geo
    {"geo", at::http, block(takes(1, 2)), refused(not_yet)},
    // http_geoip
    {"geoip_country", at::http, takes(1, 2), refused(not_yet)},
    {"geoip_org", at::http, takes(1, 2), refused(not_yet)},
    {"geoip_city", at::http, takes(1, 2), refused(not_yet)},
    {"geoip_proxy", at::http, takes(1), notice(with_geoip)},
    {"geoip_proxy_recursive", at::http, flag, notice(with_geoip)},
    // http_gunzip
    {"gunzip", at::any_http, flag, refused_unless_off(not_yet)},
    {"gunzip_buffers", at::any_http, takes(2), notice(gzip_later)},
    // http_gzip
    {"gzip", at::any_http | at::if_in_location, flag, notice(gzip_later)},
    {"gzip_buffers", at::any_http, takes(2), notice(gzip_later)},
    {"gzip_types", at::any_http, at_least(1), notice(gzip_later)},
    {"gzip_comp_level", at::any_http, takes(1), notice(gzip_later)},
    {"gzip_window", at::any_http, takes(1), notice(gzip_later)},
    {"gzip_hash", at::any_http, takes(1), notice(gzip_later)},
    {"postpone_gzipping", at::any_http, takes(1), notice(gzip_later)},
    {"gzip_no_buffer", at::any_http, flag, notice(gzip_later)},
    {"gzip_min_length", at::any_http, takes(1), notice(gzip_later)},
    // http_gzip_static
    {"gzip_static", at::any_http, takes(1), notice(gzip_later)},
    // http_image
    {"image_filter", at::location, takes(1, 3), refused(not_yet)},
    {"image_filter_jpeg_quality", at::any_http, takes(1), notice(with_image_filter)},
    {"image_filter_webp_quality", at::any_http, takes(1), notice(with_image_filter)},
    {"image_filter_sharpen", at::any_http, takes(1), notice(with_image_filter)},
    {"image_filter_transparency", at::any_http, flag, notice(with_image_filter)},
    {"image_filter_interlace", at::any_http, flag, notice(with_image_filter)},
    {"image_filter_buffer", at::any_http, takes(1), notice(with_image_filter)},
    // http_limit_conn
    {"limit_conn_zone", at::http, takes(2), notice(with_limit_conn)},
    {"limit_conn", at::any_http, takes(2), refused(not_yet)},
    {"limit_conn_log_level", at::any_http, takes(1), notice(with_limit_conn)},
    {"limit_conn_status", at::any_http, takes(1), notice(with_limit_conn)},
    {"limit_conn_dry_run", at::any_http, flag, notice(with_limit_conn)},
    // http_limit_req
    {"limit_req_zone", at::http, takes(3), notice(with_limit_req)},
    {"limit_req", at::any_http, takes(1, 3), refused(not_yet)},
    {"limit_req_log_level", at::any_http, takes(1), notice(with_limit_req)},
    {"limit_req_status", at::any_http, takes(1), notice(with_limit_req)},
    {"limit_req_dry_run", at::any_http, flag, notice(with_limit_req)},
    // http_mirror
    {"mirror", at::any_http, takes(1), refused_unless_off(not_yet)},
    {"mirror_request_body", at::any_http, flag, notice(with_mirror)},
    // http_mp4
    {"mp4", at::location, none, refused(not_yet)},
    {"mp4_buffer_size", at::any_http, takes(1), notice(with_mp4)},
    {"mp4_max_buffer_size", at::any_http, takes(1), notice(with_mp4)},
    {"mp4_start_key_frame", at::any_http, flag, notice(with_mp4)},
    // http_random_index
    {"random_index", at::location, flag, refused_unless_off(not_yet)},
    // http_referer
    {"valid_referers", at::server | at::location, at_least(1), refused(not_yet)},
    {"referer_hash_max_size", at::server | at::location, takes(1), notice(own_tables)},
    {"referer_hash_bucket_size", at::server | at::location, takes(1), notice(own_tables)},
    // http_secure_link
    {"secure_link", at::any_http, takes(1), refused(not_yet)},
    {"secure_link_md5", at::any_http, takes(1), refused(not_yet)},
    {"secure_link_secret", at::any_http, takes(1), refused(not_yet)},
    // http_slice
    {"slice", at::any_http, takes(1), refused(not_yet)},
    // http_split_clients
    {"split_clients", at::http, block(takes(2)), refused(not_yet)},
    // http_ssi
    {"ssi", at::any_http | at::if_in_location, flag, refused_unless_off(not_yet)},
    {"ssi_silent_errors", at::any_http, flag, notice(with_ssi)},
    {"ssi_ignore_recycled_buffers", at::any_http, flag, notice(with_ssi)},
    {"ssi_min_file_chunk", at::any_http, takes(1), notice(with_ssi)},
    {"ssi_value_length", at::any_http, takes(1), notice(with_ssi)},
    {"ssi_types", at::any_http, at_least(1), notice(with_ssi)},
    {"ssi_last_modified", at::any_http, flag, notice(with_ssi)},
    // http_sub
    {"sub_filter", at::any_http, takes(2), refused(not_yet)},
    {"sub_filter_types", at::any_http, at_least(1), notice(with_sub_filter)},
    {"sub_filter_once", at::any_http, flag, notice(with_sub_filter)},
    {"sub_filter_last_modified", at::any_http, flag, notice(with_sub_filter)},
    // http_userid
    {"userid", at::any_http, takes(1), refused_unless_off(not_yet)},
    {"userid_service", at::any_http, takes(1), notice(with_userid)},
    {"userid_name", at::any_http, takes(1), notice(with_userid)},
    {"userid_domain", at::any_http, takes(1), notice(with_userid)},
    {"userid_path", at::any_http, takes(1), notice(with_userid)},
    {"userid_expires", at::any_http, takes(1), notice(with_userid)},
    {"userid_flags", at::any_http, takes(1, 3), notice(with_userid)},
    {"userid_p3p", at::any_http, takes(1), notice(with_userid)},
    {"userid_mark", at::any_http, takes(1), notice(with_userid)},
    // http_xslt
    {"xml_entities", at::any_http, takes(1), notice(with_xslt)},
    {"xml_external_entities", at::any_http, flag, notice(with_xslt)},
    {"xslt_stylesheet", at::location, at_least(1), refused(not_yet)},
    {"xslt_param", at::any_http, takes(2), notice(with_xslt)},
    {"xslt_string_param", at::any_http, takes(2), notice(with_xslt)},
    {"xslt_types", at::any_http, at_least(1), notice(with_xslt)},
    {"xslt_last_modified", at::any_http, flag, notice(with_xslt)},
    // http_perl
    {"perl_modules", at::http, takes(1), refused(never)},
    {"perl_require", at::http, takes(1), refused(never)},
    {"perl", at::location | at::limit_except, takes(1), refused(never)},
    {"perl_set", at::http, takes(2), refused(never)},
};

}   // namespace

std::span<const Entry> absent_entries() { return entries; }

}   // namespace gatehouse::nginx::catalogue
