#include "faces/nginx/built_in_files.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <string>

namespace gatehouse::nginx {
namespace {

// The IANA (or customary) type of the extensions that web servers meet.
constexpr std::string_view media_types = R"(types {
    text/html                             html htm shtml;
    text/css                              css;
    text/plain                            txt;
    text/xml                              xml;
    text/mathml                           mml;
    text/vnd.sun.j2me.app-descriptor      jad;
    text/vnd.wap.wml                      wml;
    text/x-component                      htc;
    application/javascript                js mjs;
    application/json                      json;
    application/manifest+json             webmanifest;
    application/wasm                      wasm;
    application/atom+xml                  atom;
    application/rss+xml                   rss;
    application/xhtml+xml                 xhtml;
    application/xspf+xml                  xspf;
    image/avif                            avif;
    image/gif                             gif;
    image/jpeg                            jpeg jpg;
    image/png                             png;
    image/svg+xml                         svg svgz;
    image/tiff                            tif tiff;
    image/vnd.wap.wbmp                    wbmp;
    image/webp                            webp;
    image/x-icon                          ico;
    image/x-jng                           jng;
    image/x-ms-bmp                        bmp;
    font/woff                             woff;
    font/woff2                            woff2;
    application/vnd.ms-fontobject         eot;
    application/gzip                      gz tgz;
    application/zip                       zip;
    application/x-7z-compressed           7z;
    application/x-rar-compressed          rar;
    application/x-tar                     tar;
    application/java-archive              jar war ear;
    application/mac-binhex40              hqx;
    application/msword                    doc;
    application/pdf                       pdf;
    application/postscript                ps eps ai;
    application/rtf                       rtf;
    application/vnd.apple.mpegurl         m3u8;
    application/vnd.google-earth.kml+xml  kml;
    application/vnd.google-earth.kmz      kmz;
    application/vnd.ms-excel              xls;
    application/vnd.ms-powerpoint         ppt;
    application/vnd.oasis.opendocument.graphics                                odg;
    application/vnd.oasis.opendocument.presentation                            odp;
    application/vnd.oasis.opendocument.spreadsheet                             ods;
    application/vnd.oasis.opendocument.text                                    odt;
    application/vnd.openxmlformats-officedocument.presentationml.presentation  pptx;
    application/vnd.openxmlformats-officedocument.spreadsheetml.sheet          xlsx;
    application/vnd.openxmlformats-officedocument.wordprocessingml.document    docx;
    application/vnd.wap.wmlc              wmlc;
    application/x-cocoa                   cco;
    application/x-java-archive-diff       jardiff;
    application/x-java-jnlp-file          jnlp;
    application/x-makeself                run;
    application/x-perl                    pl pm;
    application/x-pilot                   prc pdb;
    application/x-redhat-package-manager  rpm;
    application/x-sea                     sea;
    application/x-shockwave-flash         swf;
    application/x-stuffit                 sit;
    application/x-tcl                     tcl tk;
    application/x-x509-ca-cert            der pem crt;
    application/x-xpinstall               xpi;
    application/octet-stream              bin exe dll deb dmg iso img msi msp msm;
    audio/midi                            mid midi kar;
    audio/mpeg                            mp3;
    audio/ogg                             ogg;
    audio/x-m4a                           m4a;
    audio/x-realaudio                     ra;
    video/3gpp                            3gpp 3gp;
    video/mp2t                            ts;
    video/mp4                             mp4;
    video/mpeg                            mpeg mpg;
    video/quicktime                       mov;
    video/webm                            webm;
    video/x-flv                           flv;
    video/x-m4v                           m4v;
    video/x-mng                           mng;
    video/x-ms-asf                        asx asf;
    video/x-ms-wmv                        wmv;
    video/x-msvideo                       avi;
}
)";

// What Debian's nginx installs: the address forms of the client, passed on.
constexpr std::string_view proxy_headers = R"(proxy_set_header Host $http_host;
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $scheme;
)";

struct Parameter {
    std::string_view name;
    std::string_view value;
};

// The CGI meta-variables (RFC 3875 4.1) that the three protocols share.
constexpr std::array common_parameters = {
    Parameter{"REQUEST_METHOD", "$request_method"},   Parameter{"REQUEST_URI", "$request_uri"},
    Parameter{"REQUEST_SCHEME", "$scheme"},           Parameter{"QUERY_STRING", "$query_string"},
    Parameter{"CONTENT_TYPE", "$content_type"},       Parameter{"DOCUMENT_ROOT", "$document_root"},
    Parameter{"SERVER_PROTOCOL", "$server_protocol"}, Parameter{"SERVER_PORT", "$server_port"},
    Parameter{"SERVER_NAME", "$server_name"},         Parameter{"REMOTE_ADDR", "$remote_addr"},
    Parameter{"REMOTE_PORT", "$remote_port"},         Parameter{"HTTPS", "$https if_not_empty"},
};
constexpr std::array fastcgi_parameters = {
    Parameter{"CONTENT_LENGTH", "$content_length"},
    Parameter{"SCRIPT_NAME", "$fastcgi_script_name"},
    Parameter{"DOCUMENT_URI", "$document_uri"},
    Parameter{"GATEWAY_INTERFACE", "CGI/1.1"},
    Parameter{"SERVER_SOFTWARE", "nginx/$nginx_version"},
    Parameter{"SERVER_ADDR", "$server_addr"},
    Parameter{"REDIRECT_STATUS", "200"},   // php-cgi built with force-cgi-redirect wants it
};
constexpr std::array fastcgi_script = {Parameter{"SCRIPT_FILENAME", "$document_root$fastcgi_script_name"}};
constexpr std::array uwsgi_parameters = {Parameter{"CONTENT_LENGTH", "$content_length"},
                                         Parameter{"PATH_INFO", "$document_uri"}};
constexpr std::array scgi_parameters = {Parameter{"DOCUMENT_URI", "$document_uri"}, Parameter{"SCGI", "1"}};

template <class... Lists>
std::string parameters(std::string_view directive, const Lists&... lists) {
    std::string out;
    const auto add = [&](const auto& list) {
        for (const Parameter& parameter : list) {
            out += fmt::format("{} {} {};\n", directive, parameter.name, parameter.value);
        }
    };
    (add(lists), ...);
    return out;
}

std::map<std::string, std::string, std::less<>> make_files() {
    return {
        {"mime.types", std::string(media_types)},
        {"proxy_params", std::string(proxy_headers)},
        {"fastcgi_params", parameters("fastcgi_param", common_parameters, fastcgi_parameters)},
        {"fastcgi.conf", parameters("fastcgi_param", fastcgi_script, common_parameters, fastcgi_parameters)},
        {"uwsgi_params", parameters("uwsgi_param", common_parameters, uwsgi_parameters)},
        {"scgi_params", parameters("scgi_param", common_parameters, scgi_parameters)},
    };
}

}   // namespace

std::optional<std::string_view> built_in_file(std::string_view name) {
    static const auto files = make_files();
    const auto file = files.find(name);
    if (file == files.end()) return std::nullopt;
    return file->second;
}

}   // namespace gatehouse::nginx
