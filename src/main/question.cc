#include "main/question.h"

#include "base/socket_address.h"
#include "base/text.h"
#include "main/unique_fd.h"
#include "tls/session.h"

#include <fmt/format.h>

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace gatehouse::process {
namespace {

using Nothing = tl::expected<void, std::string>;

std::string why() { return std::strerror(errno); }

std::vector<SocketAddress> addresses_of(const QuestionUrl& url) {
    std::vector<SocketAddress> addresses;
    const bool is_here = url.host.empty() || equals_ignoring_case(url.host, "localhost") ||
                         url.host == "0.0.0.0" || url.host == "::";
    const std::vector<std::string> literals =
        is_here ? std::vector<std::string>{"127.0.0.1", "::1"} : std::vector<std::string>{url.host};
    for (const std::string& literal : literals) {
        SocketAddress address;
        if (SocketAddress::parse(literal, url.port, address)) addresses.push_back(address);
    }
    return addresses;
}

class Conversation {
public:
    Conversation(const QuestionUrl& url, const QuestionLimits& limits) : url_(url), limits_(limits) {}

    tl::expected<QuestionAnswer, std::string> run(const std::string& request) {
        if (auto connected = connect(); !connected) return tl::unexpected(connected.error());
        auto sent = url_.tls ? begin_tls(request) : send(request);
        if (!sent) return tl::unexpected(sent.error());
        std::string answer;
        for (bool is_over = false; !is_over;) {
            std::array<char, 16 * 1024> space{};
            const auto bytes = url_.tls ? read_tls(space) : receive(space);
            if (!bytes) return tl::unexpected(bytes.error());
            answer.append(space.data(), *bytes);
            if (answer.size() > limits_.bytes) return tl::unexpected(std::string("the answer is too large"));
            is_over = *bytes == 0;
        }
        return parse_answer(answer);
    }

private:
    Nothing connect() {
        std::string problem = fmt::format("\"{}\" is no address: use one, or localhost", url_.host);
        for (const SocketAddress& address : addresses_of(url_)) {
            fd_.reset(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            if (!fd_) return tl::unexpected(why());
            if (::connect(fd_.get(), address.get(), address.length) == 0) return {};
            if (errno == EINPROGRESS && wait(POLLOUT)) {
                int error = 0;
                socklen_t size = sizeof error;
                ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
                if (error == 0) return {};
                errno = error;
            }
            problem = why();
        }
        return tl::unexpected(problem);
    }

    // False, with errno, when nothing happens in time.
    bool wait(short events) {
        pollfd waiting{fd_.get(), events, 0};
        const int ready = ::poll(&waiting, 1, limits_.step_ms);
        if (ready == 0) errno = ETIMEDOUT;
        return ready == 1;
    }

    Nothing send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0 && (errno != EAGAIN || !wait(POLLOUT))) return tl::unexpected(why());
            if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return {};
    }

    // 0: the other side is done.
    tl::expected<std::size_t, std::string> receive(std::span<char> space) {
        for (;;) {
            const ssize_t got = ::recv(fd_.get(), space.data(), space.size(), 0);
            if (got >= 0) return static_cast<std::size_t>(got);
            if (errno != EAGAIN || !wait(POLLIN)) return tl::unexpected(why());
        }
    }

    Nothing flush() {
        auto sent = send(session_->out().view());
        session_->out().clear();
        return sent;
    }

    // False: there is nothing more.
    tl::expected<bool, std::string> feed() {
        const auto space = session_->in().prepare(16 * 1024);
        const auto got = receive(space);
        if (!got) return tl::unexpected(got.error());
        session_->in().commit(*got);
        return *got > 0;
    }

    Nothing begin_tls(const std::string& request) {
        auto context = tls::ClientContext::make({.verify = false});
        if (!context) return tl::unexpected(context.error().message);
        context_ = *std::move(context);
        tls::ConnectOptions options;
        options.name = "localhost";
        options.sends_name = false;
        session_ = tls::Session::connect(*context_, std::move(options));
        for (;;) {
            const auto done = session_->handshake();
            if (auto sent = flush(); !sent) return sent;
            if (!done) return tl::unexpected("TLS: " + done.error().describe());
            if (*done) break;
            const auto more = feed();
            if (!more) return tl::unexpected(more.error());
            if (!*more) return tl::unexpected(std::string("TLS: the connection was closed"));
        }
        const std::string_view piece = request;
        if (!session_->write({&piece, 1}, tls::Session::enough_bytes))
            return tl::unexpected(std::string("TLS: nothing can be sent"));
        return flush();
    }

    tl::expected<std::size_t, std::string> read_tls(std::span<char> space) {
        for (;;) {
            const auto read = session_->read(space);
            if (!read) return tl::unexpected("TLS: " + read.error().describe());
            if (read->bytes > 0 || read->reading == tls::Session::Reading::end) return read->bytes;
            const auto more = feed();
            if (!more) return tl::unexpected(more.error());
            if (!*more) return std::size_t{0};
        }
    }

    const QuestionUrl& url_;
    const QuestionLimits& limits_;
    UniqueFd fd_;
    std::shared_ptr<const tls::ClientContext> context_;
    std::unique_ptr<tls::Session> session_;
};

}   // namespace

std::string QuestionUrl::describe() const {
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return fmt::format("{}://{}{}{}:{}{}", tls ? "https" : "http", is_ipv6 ? "[" : "", host,
                       is_ipv6 ? "]" : "", port, path);
}

tl::expected<QuestionUrl, std::string> parse_question_url(std::string_view url) {
    const auto refuse = [&] {
        return tl::unexpected(
            fmt::format("\"{}\" is no URL: expected one as in http://127.0.0.1:8080/api", url));
    };
    QuestionUrl parsed;
    std::string_view rest = url;
    if (rest.starts_with("https://")) {
        parsed.tls = true;
        parsed.port = 443;
        rest.remove_prefix(8);
    } else if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
    }
    const auto slash = std::min(rest.find('/'), rest.size());
    if (slash < rest.size()) parsed.path = rest.substr(slash);
    rest = rest.substr(0, slash);
    const auto bracket = rest.find(']');
    const auto colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
    std::string_view host = rest.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    parsed.host = host;
    if (colon != std::string_view::npos) {
        const auto port = parse_decimal(rest.substr(colon + 1));
        if (!port || *port == 0 || *port > 65'535) return refuse();
        parsed.port = static_cast<std::uint16_t>(*port);
    }
    if (rest.find_first_of("@ \t\r\n") != std::string_view::npos || (host.empty() && colon != 0))
        return refuse();
    return parsed;
}

tl::expected<QuestionAnswer, std::string> parse_answer(std::string_view bytes) {
    const auto refuse = [] { return tl::unexpected(std::string("what answers does not speak HTTP")); };
    const auto line = bytes.substr(0, bytes.find("\r\n"));
    const auto head = bytes.find("\r\n\r\n");
    if (!line.starts_with("HTTP/1.") || line.size() < 12 || head == std::string_view::npos) return refuse();
    const auto status = parse_decimal(line.substr(9, 3));
    if (!status) return refuse();
    return QuestionAnswer{.status = static_cast<int>(*status),
                          .reason = std::string(line.substr(9)),
                          .body = std::string(bytes.substr(head + 4))};
}

tl::expected<QuestionAnswer, std::string> ask(const QuestionUrl& url, std::string_view method,
                                              const QuestionLimits& limits) {
    const bool is_ipv6 = url.host.find(':') != std::string::npos;
    const auto host = url.host.empty()
                          ? std::string("localhost")
                          : fmt::format("{}{}{}", is_ipv6 ? "[" : "", url.host, is_ipv6 ? "]" : "");
    // HTTP/1.0, so that the answer ends with the connection and is not in chunks
    const auto request = fmt::format("{} {} HTTP/1.0\r\nHost: {}:{}\r\nUser-Agent: gatehouse\r\n\r\n", method,
                                     url.path, host, url.port);
    return Conversation(url, limits).run(request);
}

}   // namespace gatehouse::process
