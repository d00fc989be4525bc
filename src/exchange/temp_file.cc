#include "exchange/temp_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace gatehouse::exchange {

Result<TempFile> make_temp_file(std::string_view directory, bool keep_visible) {
    TempFile file;
    file.path = std::string(directory.empty() ? std::string_view("/tmp") : directory);
    file.path += "/gatehouse-XXXXXX";
    file.fd = ::mkostemp(file.path.data(), O_CLOEXEC);
    if (file.fd < 0) return fail_errno(errno, "make a temporary file");
    if (!keep_visible) ::unlink(file.path.c_str());
    return file;
}

Result<> append_to_file(int fd, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail_errno(errno, "write a temporary file");
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

}   // namespace gatehouse::exchange
