// Part of the static binary only. c-ares can translate names of services ("http") and asks the C library for
// it, which would load shared libraries to answer: a static binary has none. Gatehouse never passes such
// names, so nobody knows any.

#include <netdb.h>

extern "C" {

servent* getservbyname(const char*, const char*) { return nullptr; }

int getservbyport_r(int, const char*, servent*, char*, size_t, servent** result) {
    *result = nullptr;
    return 0;
}
}
