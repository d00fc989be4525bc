#include "main/standard_descriptors.h"

#include "main/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>

namespace gatehouse::process {

void ensure_standard_descriptors() {
    int fd = -1;
    do {
        fd = ::open("/dev/null", O_RDWR);   // the lowest number that is free
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO) ::close(fd);
}

void attach_standard_descriptors_to_nothing() {
    const UniqueFd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (int fd = STDIN_FILENO; nothing && fd <= STDERR_FILENO; ++fd) ::dup2(nothing.get(), fd);
}

}   // namespace gatehouse::process
