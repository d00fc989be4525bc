#include "tests/unit/exchange/filters/served.h"

#include "base/text.h"
#include "net/stream.h"
#include "sim/accepting.h"

#include <fmt/format.h>

namespace gatehouse::exchange {
namespace {

using loop::Task;

// Where the first request in `text` ends; 0: it is not whole.
std::size_t end_of_request(std::string_view text) {
    const auto head = text.find("\r\n\r\n");
    if (head == std::string_view::npos) return 0;
    constexpr std::string_view name = "Content-Length: ";
    const auto at = text.substr(0, head).find(name);
    std::size_t body = 0;
    if (at != std::string_view::npos) {
        const auto value = text.substr(at + name.size());
        body = parse_decimal(value.substr(0, value.find('\r'))).value_or(0);
    }
    const auto end = head + 4 + body;
    return text.size() < end ? 0 : end;
}

std::string shown(std::string_view message) {
    const auto head = message.substr(0, message.find("\r\n\r\n") + 4);
    return lines_of(head) + "||" + std::string(message.substr(head.size()));
}

Task<void> run(Exchange& exchange, bool& done) {
    co_await run_pipeline(exchange);
    done = true;
}

}   // namespace

CannedEndpoint::CannedEndpoint(ExchangeWorld& world, const std::string& address,
                               std::vector<std::string> answers)
    : world_(world),
      loop_(world.simulated().make_loop()),
      answers_(std::move(answers)),
      listener_(loop_, -1),
      accepting_(loop_),
      connections_(loop_) {
    SocketAddress at;
    EXPECT_TRUE(SocketAddress::parse(address, 80, at));
    const int fd = loop_.backend().socket(AF_INET, SOCK_STREAM);
    EXPECT_EQ(loop_.backend().listen(fd, at.get(), at.length, 10), 0);
    listener_.adopt(fd);
    EXPECT_TRUE(listener_.watch());
    accepting_.spawn(accept_all());
}

CannedEndpoint::~CannedEndpoint() {
    listener_.close();
    connections_.cancel();
    EXPECT_TRUE(world_.run_until([&] { return accepting_.empty() && connections_.empty(); }));
}

Task<void> CannedEndpoint::accept_all() {
    while (listener_.is_open()) {
        const auto fd = co_await simulation::AcceptOne(listener_);
        if (!fd) co_return;
        connections_.spawn(serve(*fd));
    }
}

Task<void> CannedEndpoint::serve(int fd) {
    net::Stream stream(loop_, fd);
    if (!stream.start()) co_return;
    Buffer in;
    while (true) {
        std::size_t end = 0;
        while ((end = end_of_request(in.view())) == 0) {
            const auto got = co_await stream.read(in, Buffer::standard_bytes, loop::forever);
            if (!got || *got == 0) co_return;
        }
        requests_.push_back(shown(in.view().substr(0, end)));
        in.consume(end);
        if (next_ >= answers_.size()) co_return;
        const std::string answer = answers_[next_++];
        if (answer.empty()) co_return;
        const auto written = co_await stream.write(answer, loop::forever);
        if (!written) co_return;
    }
}

std::string answer_of(const std::string& status, const std::string& body,
                      const std::vector<std::string>& fields) {
    std::string text = "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    for (const auto& field : fields) text += field + "\r\n";
    return text + "\r\n" + body;
}

std::string Got::field(const std::string& name) const {
    const auto at = head.find("|" + name + ": ");
    if (at == std::string::npos) return "-";
    const auto value = head.substr(at + name.size() + 3);
    return value.substr(0, value.find('|'));
}

Got serve(ExchangeWorld& world, Exchange& exchange, std::vector<FilterSettings> filters) {
    auto& route = const_cast<model::Route&>(*exchange.route);   // nobody else has it yet
    route.filters.clear();
    for (auto& settings : filters) {
        model::Filter filter{.name = "test", .origin = {}, .always = false, .settings = std::move(settings)};
        route.filters.push_back(std::make_shared<const model::Filter>(std::move(filter)));
    }
    route.absolute_redirect = false;
    [[maybe_unused]] const auto watched = world.client().stream.start();   // fails when it is already
    bool done = false;
    loop::Scope scope(world.worker().loop);
    scope.spawn(run(exchange, done));
    EXPECT_TRUE(world.run_until([&] { return done && scope.empty(); }));
    let_pass(world, std::chrono::seconds(1));
    const auto text = world.received();
    Got got;
    if (text.find("\r\n\r\n") == std::string::npos) return got;
    const auto lines = shown(text);
    got.status = lines.substr(9, lines.find('|') - 9);
    got.head = lines.substr(0, lines.find("||"));
    got.body = lines.substr(lines.find("||") + 2);
    return got;
}

std::shared_ptr<const model::Route> route_of(ExchangeWorld& world, const std::string& uri) {
    return {std::shared_ptr<const model::Route>(), world.get(uri).route};   // the world's snapshot keeps it
}

}   // namespace gatehouse::exchange
