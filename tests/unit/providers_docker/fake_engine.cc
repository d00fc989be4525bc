#include "tests/unit/providers_docker/fake_engine.h"

#include "http/date.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

namespace gatehouse::docker {

using Kind = EngineRequest::Kind;

struct FakeEngine::Line {
    explicit Line(Kind of) : kind(of) {}
    Kind kind;
    std::deque<std::string> pieces;
    bool ended = false;
    loop::Event news;
    bool chunked = false;
    std::int64_t since = 0;
    bool is_listening = false;   // to events
};

namespace {

class FakeConversation final : public EngineConversation {
public:
    explicit FakeConversation(std::shared_ptr<FakeEngine::Line> line) : line_(std::move(line)) {}

    loop::Task<Result<std::string>> read() override {
        while (line_->pieces.empty() && !line_->ended) {
            loop::Event::Wait news = line_->news.wait();
            const Result<> waited = co_await news;
            if (!waited) co_return Failure(waited.error());
        }
        if (line_->pieces.empty()) co_return std::string();
        std::string piece = std::move(line_->pieces.front());
        line_->pieces.pop_front();
        co_return piece;
    }

private:
    std::shared_ptr<FakeEngine::Line> line_;
};

class NobodyThere final : public EngineConversation {
public:
    loop::Task<Result<std::string>> read() override {
        return Result<std::string>(fail(ErrorCode::not_found, "connect", ErrorSource::upstream));
    }
};

std::string quoted_labels(const std::map<std::string, std::string>& labels) {
    std::string text;
    for (const auto& [name, value] : labels)
        text += fmt::format("{}\"{}\":\"{}\"", text.empty() ? "" : ",", name, value);
    return text;
}

}   // namespace

std::int64_t FakeEngine::now_ns() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(world_.wall_time().time_since_epoch())
        .count();
}

void FakeEngine::create(const std::string& id, std::map<std::string, std::string> labels) {
    Container container;
    container.name = "name-" + id;
    container.labels = std::move(labels);
    containers[id] = std::move(container);
    tell("container", "create", id);
    tell("network", "connect", "net", fmt::format(",\"container\":\"{}\"", id));
}

void FakeEngine::start(const std::string& id) {
    Container& container = containers.at(id);
    container.running = true;
    ++container.starts;
    container.ip = fmt::format("10.1.{}.{}", std::hash<std::string>{}(id) % 256, container.starts);
    tell("container", "start", id);
}

void FakeEngine::signal(const std::string& id, int number) {
    tell("container", "kill", id, fmt::format(",\"signal\":\"{}\"", number));
}

void FakeEngine::die(const std::string& id) {
    Container& container = containers.at(id);
    container.running = false;
    container.ip.clear();
    tell("container", "die", id);
    tell("network", "disconnect", "net", fmt::format(",\"container\":\"{}\"", id));
    tell("container", "stop", id);
}

void FakeEngine::remove(const std::string& id) {
    containers.erase(id);
    tell("container", "destroy", id);
}

void FakeEngine::set_health(const std::string& id, const std::string& health) {
    containers.at(id).health = health;
    tell("container", "health_status: " + health, id);
}

void FakeEngine::tell(const std::string& type, const std::string& action, const std::string& id,
                      const std::string& attributes) {
    tell_line(fmt::format(
        R"({{"Type":"{}","Action":"{}","Actor":{{"ID":"{}","Attributes":{{"name":"x"{}}}}},"timeNano":{}}})",
        type, action, id, attributes, now_ns()));
}

void FakeEngine::tell_line(const std::string& event) {
    if (silent) return;
    past_events_.emplace_back(now_ns(), event + "\n");
    for (const auto& weak : lines_) {
        const auto line = weak.lock();
        if (line && line->is_listening && !line->ended) {
            const std::string text = past_events_.back().second;
            line->pieces.push_back(line->chunked ? fmt::format("{:x}\r\n{}\r\n", text.size(), text) : text);
            line->news.notify_all();
        }
    }
}

void FakeEngine::wake_up() {
    asleep = false;
    const auto waiting = std::exchange(waiting_, {});
    for (const auto& [line, request] : waiting) answer(line, request);
}

void FakeEngine::break_off() {
    for (const auto& weak : lines_) {
        const auto line = weak.lock();
        if (!line) continue;
        line->ended = true;
        line->news.notify_all();
    }
    waiting_.clear();
}

std::size_t FakeEngine::asked(Kind kind) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(asked_, [&](const EngineRequest& request) { return request.kind == kind; }));
}

std::size_t FakeEngine::inspections_of(const std::string& id) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(asked_, [&](const EngineRequest& request) { return request.id == id; }));
}

std::size_t FakeEngine::open_conversations() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(lines_, [](const auto& line) { return !line.expired(); }));
}

std::unique_ptr<EngineConversation> FakeEngine::ask(const EngineRequest& request) {
    asked_.push_back(request);
    if (absent) return std::make_unique<NobodyThere>();
    auto line = std::make_shared<Line>(request.kind);
    line->since = request.since;
    std::erase_if(lines_, [](const auto& each) { return each.expired(); });
    lines_.push_back(line);
    most_at_once_ = std::max(most_at_once_, lines_.size());
    const auto hanging = containers.find(request.id);
    const bool hangs = hanging != containers.end() && hanging->second.hangs;
    world_.after(latency, [this, weak = std::weak_ptr(line), request, hangs] {
        loop_.post([this, weak, request, hangs] {
            const auto there = weak.lock();
            if (!there || there->ended || hangs) return;
            if (asleep) {
                waiting_.emplace_back(there, request);
            } else {
                answer(there, request);
            }
        });
    });
    return std::make_unique<FakeConversation>(std::move(line));
}

void FakeEngine::answer(const std::shared_ptr<Line>& line, const EngineRequest& request) {
    if (request.kind == Kind::events) {
        line->chunked = chunked;
        line->is_listening = true;
        line->pieces.push_back(fmt::format("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{}\r\n",
                                           chunked ? "Transfer-Encoding: chunked\r\n" : ""));
        for (const auto& [at, text] : past_events_) {
            if (forgets || request.since == 0 || at < request.since) continue;
            line->pieces.push_back(chunked ? fmt::format("{:x}\r\n{}\r\n", text.size(), text) : text);
        }
        line->news.notify_all();
        return;
    }
    int status = 200;
    const std::string body = body_of(request, status);
    send(line, status, body);
}

void FakeEngine::send(const std::shared_ptr<Line>& line, int status, const std::string& body) {
    std::array<char, http::http_date_bytes> date{};
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(world_.wall_time().time_since_epoch()).count();
    std::string text = fmt::format("HTTP/1.1 {} X\r\nDate: {}\r\n", status,
                                   http::format_http_date(static_cast<std::time_t>(seconds), date));
    if (chunked) {
        text += "Transfer-Encoding: chunked\r\n\r\n";
        for (std::size_t at = 0; at < body.size(); at += 1000) {
            const auto chunk = std::string_view(body).substr(at, 1000);
            text += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
        }
        text += "0\r\n\r\n";
    } else {
        text += fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
    }
    if (half_answers > 0) {
        --half_answers;
        text.resize(text.size() / 2);
    }
    for (std::size_t at = 0; at < text.size(); at += piece_bytes)
        line->pieces.push_back(text.substr(at, piece_bytes));
    line->ended = true;
    line->news.notify_all();
}

std::string FakeEngine::body_of(const EngineRequest& request, int& status) const {
    switch (request.kind) {
        case Kind::ping: return "OK";
        case Kind::list: return list();
        case Kind::inspect: {
            const auto found = containers.find(request.id);
            if (found == containers.end()) {
                status = 404;
                return R"({"message":"No such container"})";
            }
            status = found->second.inspect_status;
            return status == 200 ? inspection_of(request.id, found->second) : R"({"message":"broken\n"})";
        }
        case Kind::version:
        case Kind::events: break;
    }
    return "{}";
}

std::string FakeEngine::inspection_of(const std::string& id, const Container& container) const {
    const std::string health =
        container.health.empty() ? "" : fmt::format(R"(,"Health":{{"Status":"{}"}})", container.health);
    return fmt::format(
        R"({{"Id":"{}","Name":"/{}","State":{{"Running":{},"Paused":false,"StartedAt":"start {}"{}}},)"
        R"("Config":{{"Labels":{{{}}},"StopSignal":"{}"}},"HostConfig":{{"NetworkMode":"default"}},)"
        R"("NetworkSettings":{{"Ports":{{"80/tcp":null}},"Networks":{{"bridge":{{"IPAddress":"{}"}}}}}}}})",
        id, container.name, container.running, container.starts, health, quoted_labels(container.labels),
        container.stop_signal, container.ip);
}

std::string FakeEngine::list() const {
    std::string text = "[";
    for (const auto& [id, container] : containers) {
        text += fmt::format(
            R"({}{{"Id":"{}","Names":["/{}"],"State":"{}","Status":"Up {} seconds{}","Labels":{{{}}},)"
            R"("NetworkSettings":{{"Networks":{{"bridge":{{"IPAddress":"{}"}}}}}}}})",
            text.size() > 1 ? "," : "", id, container.name, container.running ? "running" : "exited",
            now_ns() / 1'000'000'000, container.health.empty() ? "" : " (" + container.health + ")",
            quoted_labels(container.labels), container.ip);
    }
    return text + "]";
}

}   // namespace gatehouse::docker
