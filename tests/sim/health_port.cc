#include "health_port.h"

#include "accepting.h"

namespace gatehouse::simulation {

using namespace std::chrono_literals;
using loop::Task;

bool HealthPort::start() {
    auto& backend = loop_.backend();
    const int fd = backend.socket(address_.family(), SOCK_STREAM);
    if (fd < 0) return false;
    listener_.adopt(fd);
    if (backend.listen(fd, address_.get(), address_.length, 64) < 0 || !listener_.watch()) {
        listener_.close();
        return false;
    }
    serving_.spawn(accept_all());
    return true;
}

Task<void> HealthPort::stop() {
    co_await serving_.close();
    listener_.close();
}

Task<void> HealthPort::accept_all() {
    while (true) {
        const auto fd = co_await AcceptOne(listener_);
        if (fd) {
            serving_.spawn(serve(*fd));
        } else if (fd.error().code == ErrorCode::too_many_files) {
            const auto slept = co_await loop::sleep(20ms);
            if (!slept) co_return;
        } else {
            co_return;
        }
    }
}

Task<void> HealthPort::serve(int fd) {
    net::Stream stream(loop_, fd);
    if (!stream.start()) co_return;
    Buffer in;
    while (in.view().find("\r\n\r\n") == std::string_view::npos) {
        const auto read = co_await stream.read(in, Buffer::standard_bytes, 40s);
        if (!read || *read == 0) co_return;
    }
    enum class Answer : std::uint8_t { well, ill, none, partial, end };
    const auto answer = misbehaves_ ? static_cast<Answer>(random_.below(5)) : Answer::well;
    std::string_view text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    switch (answer) {
        case Answer::well: break;
        case Answer::ill: text = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"; break;
        case Answer::partial: text = text.substr(0, 1 + random_.below(text.size() - 1)); break;
        case Answer::end: co_return;
        case Answer::none: {
            [[maybe_unused]] const auto end = co_await stream.read(in, Buffer::standard_bytes, 40s);
            co_return;
        }
    }
    [[maybe_unused]] const auto written = co_await stream.write(text, 40s);
}

}   // namespace gatehouse::simulation
