#include "main/keeper_engines.h"

#include <string>
#include <utility>
#include <vector>

namespace gatehouse::process {
namespace {

Failure failure_of(const EngineEnd& end) {
    using How = EngineEnd::How;
    switch (end.how) {
        case How::not_allowed:
            return fail(ErrorCode::no_permission, "it is not configured", ErrorSource::internal);
        case How::too_many: return fail(ErrorCode::too_many_files, "too many questions at once");
        case How::too_large: return fail(ErrorCode::too_large, "an answer", ErrorSource::upstream);
        case How::no_connection: return fail_errno(end.os_error, "connect", ErrorSource::upstream);
        case How::closed:
        case How::broken_connection: break;
    }
    return fail_errno(end.os_error, "read", ErrorSource::upstream);
}

}   // namespace

class KeeperEngines::Conversation final : public docker::EngineConversation {
public:
    Conversation(KeeperEngines& engines, const docker::EngineEndpoint& endpoint,
                 const docker::EngineRequest& request)
        : engines_(engines), endpoint_(endpoint), request_(request) {}
    ~Conversation() override {
        if (question_ == 0) return;
        engines_.conversations_.erase(question_);
        if (!end_ && engines_.has_keeper_) engines_.send_(LeaveEngine{question_});
    }

    [[nodiscard]] loop::Task<Result<std::string>> read() override;

    void take(std::string bytes) {
        arrived_ += bytes;
        news_.notify_all();
    }
    void take(const EngineEnd& end) {
        end_ = end;
        news_.notify_all();
    }

private:
    [[nodiscard]] loop::Task<Result<>> ask();

    KeeperEngines& engines_;
    const docker::EngineEndpoint endpoint_;
    const docker::EngineRequest request_;
    std::uint64_t question_ = 0;   // 0: not asked yet
    std::string arrived_;
    std::optional<EngineEnd> end_;
    loop::Event news_;
};

class KeeperEngines::Door final : public docker::EngineDoor {
public:
    Door(KeeperEngines& engines, docker::EngineEndpoint endpoint)
        : engines_(engines), endpoint_(std::move(endpoint)) {}
    [[nodiscard]] std::unique_ptr<docker::EngineConversation> ask(
        const docker::EngineRequest& request) override {
        return std::make_unique<Conversation>(engines_, endpoint_, request);
    }

private:
    KeeperEngines& engines_;
    docker::EngineEndpoint endpoint_;
};

loop::Task<Result<std::string>> KeeperEngines::Conversation::read() {
    if (question_ == 0) {
        const Result<> asked = co_await ask();
        if (!asked) co_return Failure(asked.error());
    }
    while (arrived_.empty() && !end_) {
        loop::Event::Wait news = news_.wait();
        const Result<> waited = co_await news;
        if (!waited) co_return Failure(waited.error());
    }
    if (!arrived_.empty()) co_return std::exchange(arrived_, {});
    if (end_->how == EngineEnd::How::closed) co_return std::string();
    co_return failure_of(*end_);
}

loop::Task<Result<>> KeeperEngines::Conversation::ask() {
    AskEngine message{0, endpoint_.text, {}, request_};
    SocketAddress literal;
    if (!endpoint_.unix_path.empty()) {
        // the keeper knows the path
    } else if (SocketAddress::parse(endpoint_.host, endpoint_.port, literal)) {
        message.addresses.push_back(endpoint_.host);
    } else {
        const Result<net::Resolution> found = co_await engines_.resolver().resolve(endpoint_.host);
        if (!found) co_return Failure(found.error());
        for (const SocketAddress& address : found->addresses) message.addresses.push_back(address.ip_text());
    }
    if (!engines_.has_keeper_) co_return fail(ErrorCode::closed, "the keeper is gone");
    question_ = message.question = ++engines_.latest_question_;
    engines_.conversations_.emplace(question_, this);
    engines_.send_(message);
    co_return Result<>();
}

KeeperEngines::KeeperEngines(loop::Loop& loop, Send send, control::MakeResolver make_resolver)
    : send_(std::move(send)), make_resolver_(std::move(make_resolver)), scope_(loop) {}

std::unique_ptr<docker::EngineDoor> KeeperEngines::door(docker::EngineEndpoint endpoint) {
    return std::make_unique<Door>(*this, std::move(endpoint));
}

net::Resolver& KeeperEngines::resolver() {
    if (resolver_) {
        resolver_->reread_if_changed();
    } else {
        resolver_ = make_resolver_(scope_, net::ResolverOptions::from_environment());
    }
    return *resolver_;
}

// A question that was given up may have an answer on its way.
void KeeperEngines::heard(EngineBytes message) {
    const auto found = conversations_.find(message.question);
    if (found != conversations_.end()) found->second->take(std::move(message.bytes));
}

void KeeperEngines::heard(const EngineEnd& message) {
    const auto found = conversations_.find(message.question);
    if (found != conversations_.end()) found->second->take(message);
}

void KeeperEngines::keeper_is_gone() {
    has_keeper_ = false;
    for (const auto& [question, conversation] : conversations_)
        conversation->take(EngineEnd{question, EngineEnd::How::broken_connection, ECONNRESET});
}

loop::Task<void> KeeperEngines::close() {
    co_await scope_.close();
    resolver_.reset();
}

}   // namespace gatehouse::process
