#include "net/system_resolver.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace gatehouse::net {
namespace {

constexpr std::string_view docker_server = "127.0.0.11";

// resolv.conf(5): without `search` or `domain`, the domain is what follows the first dot of the machine's
// name.
std::vector<std::string> domain_of_this_machine() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return {};
    const std::string_view text(name.data());
    const auto dot = text.find('.');
    if (dot == std::string_view::npos || dot + 1 == text.size()) return {};
    return {lower(text.substr(dot + 1))};
}

void make_set(std::vector<SocketAddress>& addresses) {
    std::ranges::sort(addresses, std::less());
    const auto doubles = std::ranges::unique(addresses);
    addresses.erase(doubles.begin(), doubles.end());
}

Resolution loopback(const ResolverOptions& options) {
    Resolution both{.addresses = {}, .ttl = Resolution::no_expiry};
    SocketAddress address;
    if (options.ipv4 && SocketAddress::parse("127.0.0.1", 0, address)) both.addresses.push_back(address);
    if (options.ipv6 && SocketAddress::parse("::1", 0, address)) both.addresses.push_back(address);
    return both;
}

}   // namespace

Failure SystemResolver::failure(Trouble trouble) {
    const auto unresolved = [](const char* why) {
        return fail(ErrorCode::unresolved, why, ErrorSource::upstream);
    };
    switch (trouble) {
        case Trouble::no_such_name: return unresolved("no such name");
        case Trouble::no_address: return unresolved("the name has no address");
        case Trouble::server_failure: return unresolved("the name servers failed");
        case Trouble::silence: return unresolved("no name server answers");
        case Trouble::canceled: break;
    }
    return fail(ErrorCode::canceled, "look up a name");
}

SystemResolver::Trouble SystemResolver::trouble_of(int status) {
    switch (status) {
        case ARES_SUCCESS:   // it had no record of the type after all
        case ARES_ENODATA: return Trouble::no_address;
        case ARES_ENOTFOUND:
        case ARES_EBADNAME: return Trouble::no_such_name;
        case ARES_ETIMEOUT:
        case ARES_ECANCELLED:
        case ARES_EDESTRUCTION: return Trouble::silence;
        default:
            return Trouble::server_failure;   // SERVFAIL, REFUSED, NOTIMP, FORMERR, answers that are not DNS
    }
}

// One of the look-ups that may be under way at once.
class SystemResolver::Turn {
public:
    explicit Turn(SystemResolver& of) : resolver_(of) { ++resolver_.look_ups_; }
    ~Turn() {
        --resolver_.look_ups_;
        resolver_.turn_.notify_one();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

private:
    SystemResolver& resolver_;
};

SystemResolver::SystemResolver(loop::Loop& loop, loop::Scope& scope, ResolverOptions options)
    : loop_(loop),
      scope_(scope),
      options_(std::move(options)),
      hosts_file_(options_.hosts_path),
      resolv_conf_file_(options_.resolv_conf_path) {
    read_hosts();
    read_resolv_conf();
}

void SystemResolver::read_hosts() { hosts_ = HostsFile(hosts_file_.read()); }

void SystemResolver::read_resolv_conf() {
    resolv_conf_ = ResolvConf::parse(resolv_conf_file_.read());
    if (resolv_conf_.search.empty()) resolv_conf_.search = domain_of_this_machine();
    connect();
}

bool SystemResolver::reread_if_changed() {
    const bool hosts_changed = hosts_file_.changed();
    const bool servers_changed = !has_own_servers() && resolv_conf_file_.changed();
    if (hosts_changed) read_hosts();
    if (servers_changed) read_resolv_conf();
    return hosts_changed || servers_changed;
}

void SystemResolver::connect() {
    DnsServers servers;
    if (has_own_servers()) {
        // nginx asks its servers in turn and again after 5 s; 2, 4, 8 and 16 s fill its 30 s better
        servers.first_timeout = std::chrono::seconds(2);
        servers.attempts = 4;
        servers.rotate = true;
        for (const auto& text : options_.servers) {
            if (const auto server = parse_name_server(text)) servers.addresses.push_back(*server);
        }
    } else {
        servers.first_timeout = resolv_conf_.timeout;
        servers.attempts = resolv_conf_.attempts;
        servers.rotate = resolv_conf_.rotate;
        servers.addresses = resolv_conf_.servers;
    }
    // resolv.conf(5): without servers, the one of this machine
    if (servers.addresses.empty()) servers.addresses.push_back(*parse_name_server("127.0.0.1"));
    asks_docker_ = std::ranges::any_of(
        servers.addresses, [](const SocketAddress& server) { return server.ip_text() == docker_server; });
    channel_ = std::make_shared<DnsChannel>(loop_, scope_, servers);
}

loop::Task<Result<Resolution>> SystemResolver::resolve(std::string name) {
    Resolution literal{.addresses = std::vector<SocketAddress>(1), .ttl = Resolution::no_expiry};
    if (SocketAddress::parse(name, 0, literal.addresses[0])) co_return literal;
    if (!is_host_name(name)) co_return fail(ErrorCode::unresolved, "not a host name", ErrorSource::upstream);
    const Answer known = from_hosts(name);
    if (known && (!has_own_servers() || is_localhost(name))) co_return *known;
    if (is_localhost(name)) co_return loopback(options_);
    loop::Strand& strand = co_await loop::this_strand();
    const loop::Deadline deadline(strand, options_.timeout);
    const Answer answer = co_await search(std::move(name));
    if (answer) co_return *answer;
    if (known && answer.error() != Trouble::canceled) co_return *known;
    co_return failure(answer.error());
}

SystemResolver::Answer SystemResolver::from_hosts(std::string_view name) const {
    Resolution found{.addresses = {}, .ttl = Resolution::no_expiry};
    for (const SocketAddress& address : hosts_.find(name)) {
        if (address.family() == AF_INET ? options_.ipv4 : options_.ipv6) found.addresses.push_back(address);
    }
    if (found.addresses.empty()) return tl::unexpected(Trouble::no_such_name);
    make_set(found.addresses);
    return found;
}

// As res_search of the C library: a domain whose server fails is passed over, silence ends the search.
loop::Task<SystemResolver::Answer> SystemResolver::search(std::string name) {
    while (look_ups_ >= most_look_ups) {
        loop::Event::Wait wait = turn_.wait();
        const Result<> came = co_await wait;
        if (!came)
            co_return tl::unexpected(came.error().code == ErrorCode::timed_out ? Trouble::silence
                                                                               : Trouble::canceled);
    }
    const Turn turn(*this);
    std::vector<std::string> candidates = resolv_conf_.candidates(name);
    if (has_own_servers()) candidates = ResolvConf().candidates(name);
    Answer worst = tl::unexpected(Trouble::no_such_name);
    for (const std::string& candidate : candidates) {
        Answer answer = co_await ask(candidate);
        if (answer || answer.error() >= Trouble::silence) co_return answer;
        if (answer.error() > worst.error()) worst = std::move(answer);
    }
    co_return worst;
}

loop::Task<SystemResolver::Answer> SystemResolver::ask(std::string full_name) {
    const auto channel = channel_;   // reread_if_changed() may replace it meanwhile
    std::array<std::shared_ptr<DnsChannel::Query>, 2> queries;
    const AddressFamilies asked = families();
    if (asked.ipv4) queries[0] = channel->ask(full_name, RecordType::a);
    if (asked.ipv6) queries[1] = channel->ask(full_name, RecordType::aaaa);
    for (const auto& query : queries) {
        if (query == nullptr) continue;
        loop::Event::Wait wait = query->done.wait();
        const Result<> done = co_await wait;
        if (done) continue;
        if (done.error().code != ErrorCode::timed_out) co_return tl::unexpected(Trouble::canceled);
        break;   // the time for this look-up is up: what is there counts
    }
    co_return from_answers(queries[0].get(), queries[1].get());
}

AddressFamilies SystemResolver::families() {
    if (has_own_servers() || !options_.only_own_families)
        return {.ipv4 = options_.ipv4, .ipv6 = options_.ipv6};
    if (loop_.now() >= own_families_due_) {
        own_families_ = families_of(addresses_of_this_machine());
        own_families_due_ = loop_.now() + families_interval;
    }
    return own_families_;
}

// One family's answer is enough: a server that drops AAAA questions must not hide the IPv4 addresses.
SystemResolver::Answer SystemResolver::from_answers(const DnsChannel::Query* ipv4,
                                                    const DnsChannel::Query* ipv6) const {
    Resolution both{.addresses = {}, .ttl = Resolution::no_expiry, .from_docker = asks_docker_};
    Trouble worst = Trouble::no_such_name;
    for (const DnsChannel::Query* query : {ipv4, ipv6}) {
        if (query == nullptr) continue;
        if (!query->done.is_set()) {
            worst = Trouble::silence;
        } else if (query->addresses.empty()) {
            worst = std::max(worst, trouble_of(query->status));
        } else {
            both.addresses.insert(both.addresses.end(), query->addresses.begin(), query->addresses.end());
            both.ttl = std::min<loop::Duration>(both.ttl, query->ttl);
        }
    }
    if (both.addresses.empty()) return tl::unexpected(worst);
    make_set(both.addresses);
    return both;
}

}   // namespace gatehouse::net
