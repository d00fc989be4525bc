#include "http/media_types.h"

#include <utility>

namespace gatehouse::http {
namespace {

struct TypeOf {
    std::string_view type;
    std::string_view extensions;   // between spaces
};

constexpr std::string_view binary = "application/octet-stream";

// What nginx's mime.types covers, and what the web has come to use since.
constexpr TypeOf built_in_types[] = {
    {"application/atom+xml", "atom"},
    {"application/epub+zip", "epub"},
    {"application/gzip", "gz tgz"},
    {"application/java-archive", "jar war ear"},
    {"application/javascript", "js mjs"},
    {"application/json", "json map"},
    {"application/ld+json", "jsonld"},
    {"application/mac-binhex40", "hqx"},
    {"application/manifest+json", "webmanifest"},
    {"application/msword", "doc"},
    {binary, "bin exe dll deb dmg iso img msi msp msm"},
    {"application/pdf", "pdf"},
    {"application/postscript", "ps eps ai"},
    {"application/rss+xml", "rss"},
    {"application/rtf", "rtf"},
    {"application/vnd.apple.mpegurl", "m3u8"},
    {"application/vnd.google-earth.kml+xml", "kml"},
    {"application/vnd.google-earth.kmz", "kmz"},
    {"application/vnd.ms-excel", "xls"},
    {"application/vnd.ms-fontobject", "eot"},
    {"application/vnd.ms-powerpoint", "ppt"},
    {"application/vnd.oasis.opendocument.graphics", "odg"},
    {"application/vnd.oasis.opendocument.presentation", "odp"},
    {"application/vnd.oasis.opendocument.spreadsheet", "ods"},
    {"application/vnd.oasis.opendocument.text", "odt"},
    {"application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"},
    {"application/vnd.wap.wmlc", "wmlc"},
    {"application/wasm", "wasm"},
    {"application/x-7z-compressed", "7z"},
    {"application/x-bzip2", "bz2"},
    {"application/x-cocoa", "cco"},
    {"application/x-java-archive-diff", "jardiff"},
    {"application/x-java-jnlp-file", "jnlp"},
    {"application/x-makeself", "run"},
    {"application/x-perl", "pl pm"},
    {"application/x-pilot", "prc pdb"},
    {"application/x-rar-compressed", "rar"},
    {"application/x-redhat-package-manager", "rpm"},
    {"application/x-sea", "sea"},
    {"application/x-shockwave-flash", "swf"},
    {"application/x-stuffit", "sit"},
    {"application/x-tar", "tar"},
    {"application/x-tcl", "tcl tk"},
    {"application/x-x509-ca-cert", "der pem crt"},
    {"application/x-xpinstall", "xpi"},
    {"application/x-xz", "xz"},
    {"application/xhtml+xml", "xhtml"},
    {"application/xspf+xml", "xspf"},
    {"application/zip", "zip"},
    {"application/zstd", "zst"},
    {"audio/aac", "aac"},
    {"audio/flac", "flac"},
    {"audio/midi", "mid midi kar"},
    {"audio/mpeg", "mp3"},
    {"audio/ogg", "ogg oga opus"},
    {"audio/wav", "wav"},
    {"audio/x-m4a", "m4a"},
    {"audio/x-realaudio", "ra"},
    {"font/otf", "otf"},
    {"font/ttf", "ttf"},
    {"font/woff", "woff"},
    {"font/woff2", "woff2"},
    {"image/apng", "apng"},
    {"image/avif", "avif"},
    {"image/gif", "gif"},
    {"image/jpeg", "jpeg jpg"},
    {"image/jxl", "jxl"},
    {"image/png", "png"},
    {"image/svg+xml", "svg svgz"},
    {"image/tiff", "tif tiff"},
    {"image/vnd.wap.wbmp", "wbmp"},
    {"image/webp", "webp"},
    {"image/x-icon", "ico"},
    {"image/x-jng", "jng"},
    {"image/x-ms-bmp", "bmp"},
    {"text/calendar", "ics"},
    {"text/css", "css"},
    {"text/csv", "csv"},
    {"text/html", "html htm shtml"},
    {"text/markdown", "md"},
    {"text/mathml", "mml"},
    {"text/plain", "txt log conf"},
    {"text/vcard", "vcf"},
    {"text/vnd.sun.j2me.app-descriptor", "jad"},
    {"text/vnd.wap.wml", "wml"},
    {"text/vtt", "vtt"},
    {"text/x-component", "htc"},
    {"text/xml", "xml"},
    {"video/3gpp", "3gpp 3gp"},
    {"video/mp2t", "ts"},
    {"video/mp4", "mp4"},
    {"video/mpeg", "mpeg mpg"},
    {"video/ogg", "ogv"},
    {"video/quicktime", "mov"},
    {"video/webm", "webm"},
    {"video/x-flv", "flv"},
    {"video/x-m4v", "m4v"},
    {"video/x-matroska", "mkv"},
    {"video/x-mng", "mng"},
    {"video/x-ms-asf", "asx asf"},
    {"video/x-ms-wmv", "wmv"},
    {"video/x-msvideo", "avi"},
};

MediaTypes make_built_in() {
    MediaTypes types;
    for (const auto& entry : built_in_types) {
        for (const auto extension : split(entry.extensions, ' ')) types.add(extension, entry.type);
    }
    return types;
}

MediaTypes make_nginx_default() {
    MediaTypes types;
    types.add("html", "text/html");
    types.add("gif", "image/gif");
    types.add("jpg", "image/jpeg");
    return types;
}

}   // namespace

void MediaTypes::add(std::string_view extension, std::string_view type) {
    types_.insert_or_assign(std::string(extension), std::string(type));
}

std::string_view MediaTypes::find(std::string_view extension) const {
    const auto found = types_.find(extension);
    return found == types_.end() ? std::string_view{} : std::string_view(found->second);
}

const MediaTypes& MediaTypes::built_in() {
    static const MediaTypes types = make_built_in();
    return types;
}

const MediaTypes& MediaTypes::nginx_default() {
    static const MediaTypes types = make_nginx_default();
    return types;
}

}   // namespace gatehouse::http
