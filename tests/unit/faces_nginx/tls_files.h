#pragma once
// The files that TLS configurations of these tests name, made once per run: site.pem and site.key, rsa.pem
// and rsa.key (the same names), other.pem and other.key, authority.pem, encrypted.key (password "open
// sesame"), passwords, ticket.key, short.key (a ticket key file that is none), empty.pem, garbage.pem.

#include "faces/nginx/source.h"

namespace gatehouse::nginx {

[[nodiscard]] const MemoryFiles& tls_files();

}   // namespace gatehouse::nginx
