#include "net/table_resolver.h"

#include <algorithm>

namespace gatehouse::net {

unsigned TableResolver::times_asked(const std::string& name) const {
    const auto found = asked_.find(name);
    return found == asked_.end() ? 0 : found->second;
}

loop::Task<Result<Resolution>> TableResolver::resolve(std::string name) {
    ++asked_[name];
    const auto found = rows_.find(name);
    const Row row = found == rows_.end() ? Row() : found->second;
    if (row.delay > loop::Duration::zero()) {
        const Result<> slept = co_await loop::sleep(row.delay);
        if (!slept) co_return Failure(slept.error());
    }
    Resolution answer{.addresses = {}, .ttl = row.ttl, .from_docker = row.from_docker};
    for (const auto& literal : row.addresses) {
        SocketAddress address;
        if (SocketAddress::parse(literal, 0, address)) answer.addresses.push_back(address);
    }
    if (answer.addresses.empty()) co_return fail(ErrorCode::unresolved, row.failure, ErrorSource::upstream);
    std::ranges::sort(answer.addresses, std::less());
    co_return answer;
}

}   // namespace gatehouse::net
