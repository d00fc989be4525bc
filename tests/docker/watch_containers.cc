// watch_containers ENDPOINT: follows the containers of an engine as the gateway does, through a keeper's door
// in another process, and prints each call's changes as a line of JSON. It ends with its standard input. For
// the tests of this folder.

#include "control/control.h"
#include "loop/channel.h"
#include "loop/epoll/epoll_backend.h"
#include "main/docker_door.h"
#include "main/keeper_engines.h"
#include "main/message_channel.h"
#include "providers/docker/container_watch.h"

#include <nlohmann/json.hpp>

#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace gatehouse::process {
namespace {

void print(const nlohmann::json& line) {
    const std::string text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

nlohmann::json as_json(const model::ContainerFacts& facts) {
    nlohmann::json json{{"name", facts.name},
                        {"labels", facts.labels},
                        {"running", facts.running},
                        {"paused", facts.paused},
                        {"stopping", facts.stopping},
                        {"health", facts.health},
                        {"stop_signal", facts.stop_signal},
                        {"network_mode", facts.network_mode},
                        {"problem", facts.problem},
                        {"networks", nlohmann::json::object()},
                        {"ports", nlohmann::json::array()}};
    for (const auto& network : facts.networks) json["networks"][network.name] = network.ipv4;
    for (const auto& port : facts.ports) {
        nlohmann::json entry{
            {"number", port.number}, {"protocol", port.protocol}, {"bindings", nlohmann::json::array()}};
        for (const auto& binding : port.bindings)
            entry["bindings"].push_back({binding.host_ip, binding.host_port});
        json["ports"].push_back(std::move(entry));
    }
    return json;
}

void print_changes(const std::vector<docker::ContainerChange>& changes) {
    nlohmann::json line{{"changes", nlohmann::json::object()}};
    for (const auto& change : changes)
        line["changes"][change.id] = change.facts ? as_json(*change.facts) : nlohmann::json();
    print(line);
}

// The gateway's side.
class Watcher {
public:
    Watcher(int keeper, const docker::EngineEndpoint& endpoint)
        : keeper_(loop_, keeper),
          messages_(keeper),
          engines_(
              loop_, [this](const Message& message) { std::ignore = messages_.send(message); },
              control::system_resolver(loop_)),
          door_(engines_.door(endpoint)),
          watch_(loop_, *door_, endpoint.text, print_changes, [](model::LogLevel, std::string_view text) {
              print({{"report", text}});
          }) {}

    int run() {
        if (!keeper_.watch()) return 1;
        hearing_.spawn(hear_keeper());
        loop_.run();
        return 0;
    }

private:
    loop::Task<void> hear_keeper() {
        for (;;) {
            loop::Readable readable(keeper_, loop::forever);
            const Result<> ready = co_await readable;
            auto received = ready ? messages_.receive() : Failure(ready.error());
            if (!received) break;
            if (!*received) {
                keeper_.readable = false;
            } else if (auto* bytes = std::get_if<EngineBytes>(&(*received)->message)) {
                engines_.heard(std::move(*bytes));
            } else if (const auto* end = std::get_if<EngineEnd>(&(*received)->message)) {
                engines_.heard(*end);
            }
        }
        engines_.keeper_is_gone();
        co_await watch_.close();
        co_await engines_.close();
        loop_.stop();
    }

    loop::Loop loop_{std::make_unique<loop::EpollBackend>()};
    loop::Channel keeper_;
    MessageChannel messages_;
    KeeperEngines engines_;
    std::unique_ptr<docker::EngineDoor> door_;
    docker::ContainerWatch watch_;
    loop::Scope hearing_{loop_};
};

// The keeper's side: until its standard input ends.
void keep(const UniqueFd& gateway, const docker::EngineEndpoint& endpoint) {
    MessageChannel messages(gateway.get());
    DockerDoor door([&](const Message& message) { std::ignore = messages.send(message); });
    door.allow({endpoint.text});
    for (;;) {
        std::vector<pollfd> waits{{STDIN_FILENO, POLLIN, 0}, {gateway.get(), POLLIN, 0}};
        if (messages.has_unsent()) waits[1].events |= POLLOUT;
        door.add_waits(waits, messages.unsent_bytes());
        ::poll(waits.data(), waits.size(), -1);
        if (waits[0].revents != 0 || !messages.flush()) return;
        for (;;) {
            auto received = messages.receive();
            if (!received) return;
            if (!*received) break;
            if (const auto* question = std::get_if<AskEngine>(&(*received)->message)) door.ask(*question);
            if (const auto* left = std::get_if<LeaveEngine>(&(*received)->message))
                door.leave(left->question);
        }
        door.proceed(std::span(waits).subspan(2));
    }
}

int run(const char* text) {
    const auto endpoint = docker::parse_engine_endpoint(text);
    if (!endpoint) {
        std::fprintf(stderr, "%s\n", endpoint.error().c_str());
        return 1;
    }
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) return 1;
    UniqueFd ours(ends[0]), theirs(ends[1]);
    const pid_t pid = ::fork();
    if (pid < 0) return 1;
    if (pid == 0) {
        ours.reset();
        std::_Exit(Watcher(theirs.release(), *endpoint).run());
    }
    theirs.reset();
    keep(ours, *endpoint);
    return 0;
}

}   // namespace
}   // namespace gatehouse::process

int main(int count, char** arguments) {
    if (count != 2) return 2;
    return gatehouse::process::run(arguments[1]);
}
