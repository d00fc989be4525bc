#pragma once
// One set of TLS options of Traefik's → settings of a context, certificates apart. Pure.

#include "faces/traefik/named_files.h"
#include "faces/traefik/tls_settings.h"
#include "tls/settings.h"

#include <tl/expected.hpp>

#include <string>
#include <vector>

namespace gatehouse::traefik {

struct TlsOptionsReading {
    tls::ServerSettings settings;
    std::vector<std::string> application_protocols;   // without those that are never spoken
    std::vector<std::string> notices;
};
// The error is a sentence: nobody may be served on such terms.
[[nodiscard]] tl::expected<TlsOptionsReading, std::string> read_tls_options(const TlsOptions& written,
                                                                            const FileTexts& files);

}   // namespace gatehouse::traefik
