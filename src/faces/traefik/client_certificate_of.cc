#include "faces/traefik/client_certificate_of.h"

namespace gatehouse::traefik {

model::PassClientCertificate pass_client_certificate(const PassTlsClientCert& written) {
    model::PassClientCertificate made;
    made.pem = written.pem;
    if (!written.info) return made;
    const auto parts_of = [](const auto& name) {
        return tls::NameParts{.domain_component = name.domain_component,
                              .country = name.country,
                              .province = name.province,
                              .locality = name.locality,
                              .organization = name.organization,
                              .organizational_unit = false,
                              .serial_number = name.serial_number,
                              .common_name = name.common_name};
    };
    auto& info = made.info.emplace();
    info.not_after = written.info->not_after;
    info.not_before = written.info->not_before;
    info.alternatives = written.info->sans;
    info.serial_number = written.info->serial_number;
    if (const auto& subject = written.info->subject) {
        info.subject = parts_of(*subject);
        info.subject->organizational_unit = subject->organizational_unit;
    }
    if (const auto& issuer = written.info->issuer) info.issuer = parts_of(*issuer);
    return made;
}

}   // namespace gatehouse::traefik
