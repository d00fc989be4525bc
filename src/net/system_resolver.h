#pragma once
// SystemResolver: names as this machine resolves them. Without configured servers: the hosts file, then
// resolv.conf's servers with its search domains, as the C library does. With configured servers (nginx's
// `resolver`): those, for the name as it is; the hosts file only where they know no address. A and AAAA are
// asked for together. One loop, one thread; nothing is cached.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/address_families.h"
#include "net/dns_channel.h"
#include "net/hosts_file.h"
#include "net/resolv_conf.h"
#include "net/resolver.h"
#include "net/watched_file.h"

namespace gatehouse::net {

class SystemResolver final : public Resolver {
public:
    // At once; further ones wait their turn. Twice as many datagrams must fit a name server's socket buffer,
    // or they are lost and asked for again after seconds.
    static constexpr unsigned most_look_ups = 32;

    // The machine's addresses are read again after this time at the earliest.
    static constexpr loop::Duration families_interval = std::chrono::seconds(5);

    // `scope`: runs what watches the sockets; joined by its owner after the resolver's death. Configured
    // servers that are no address literals are passed over: the face has refused them.
    SystemResolver(loop::Loop& loop, loop::Scope& scope, ResolverOptions options);

    [[nodiscard]] loop::Task<Result<Resolution>> resolve(std::string name) override;
    bool reread_if_changed() override;

private:
    class Turn;
    // Why there is no address, the worse the later: what is temporary hides what another type or domain said.
    enum class Trouble : std::uint8_t { no_such_name, no_address, server_failure, silence, canceled };
    using Answer = tl::expected<Resolution, Trouble>;

    [[nodiscard]] static Failure failure(Trouble trouble);
    [[nodiscard]] static Trouble trouble_of(int status);
    [[nodiscard]] Answer from_hosts(std::string_view name) const;
    [[nodiscard]] Answer from_answers(const DnsChannel::Query* ipv4, const DnsChannel::Query* ipv6) const;
    [[nodiscard]] bool has_own_servers() const { return !options_.servers.empty(); }
    loop::Task<Answer> search(std::string name);
    loop::Task<Answer> ask(std::string full_name);
    void read_hosts();
    void read_resolv_conf();
    void connect();
    [[nodiscard]] AddressFamilies families();   // to ask for

    loop::Loop& loop_;
    loop::Scope& scope_;
    const ResolverOptions options_;
    WatchedFile hosts_file_;
    WatchedFile resolv_conf_file_;
    HostsFile hosts_;
    ResolvConf resolv_conf_;
    bool asks_docker_ = false;
    std::shared_ptr<DnsChannel>
        channel_;   // shared with the look-ups under way: a new one is made when servers change
    AddressFamilies own_families_;
    loop::TimePoint own_families_due_{};
    unsigned look_ups_ = 0;
    loop::Event turn_;
};

}   // namespace gatehouse::net
