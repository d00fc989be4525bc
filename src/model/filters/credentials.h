#pragma once
// Who may come in with a name and a password: Traefik's basicauth and digestauth, nginx's auth_basic.

#include "model/filters/verified_credentials.h"

#include <map>
#include <memory>
#include <string>

namespace gatehouse::model {

struct BasicAuth {
    std::string realm = "traefik";
    // Name → hash as htpasswd writes it: bcrypt ($2…), MD5 ($apr1$, $1$), {SHA}, {SSHA}, or whatever
    // crypt(3) knows.
    std::map<std::string, std::string, std::less<>> users;
    std::string header_field;     // the user's name goes on in it; "": in none
    bool remove_header = false;   // of Authorization, once it was believed
    std::shared_ptr<VerifiedCredentials> verified = std::make_shared<VerifiedCredentials>();
};

struct DigestAuth {   // RFC 7616 with MD5, as browsers do it
    std::string realm = "traefik";
    std::map<std::string, std::string, std::less<>> users;   // name → MD5("name:realm:password") in hex
    std::string header_field;
    bool remove_header = false;
    std::string secret;   // what nonces are signed with; random
};

}   // namespace gatehouse::model
