#pragma once
// DnsChannel: questions to name servers through c-ares, with all of its waiting done by the loop: its sockets
// are Channels, its timeouts a Timer. c-ares does the wire (encoding, retries, next server, TCP after a
// truncated answer); it reads no file and searches no domains here. The servers are fixed: for others, make
// another channel. Loop's thread only.

#include <ares.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/socket_address.h"
#include "loop/loop.h"

namespace gatehouse::net {

struct DnsServers {
    std::vector<SocketAddress> addresses;            // not empty
    std::chrono::milliseconds first_timeout{5000};   // of a try; doubled with each round over the servers
    unsigned attempts = 2;                           // rounds
    bool rotate = false;                             // begin with another server each time
};

enum class RecordType : std::uint16_t { a = 1, aaaa = 28 };   // RFC 1035 section 3.2.2, RFC 3596 section 2.1

class DnsChannel {
public:
    // Records beyond these are not looked at. An answer of 64 KiB could hold four thousand.
    static constexpr std::size_t most_addresses = 256;

    // One question under way. It ends by itself, whether or not somebody still waits.
    struct Query {
        RecordType type = RecordType::a;
        loop::Event done;
        int status = ARES_SUCCESS;   // c-ares's, once done
        std::vector<SocketAddress> addresses;
        std::chrono::seconds ttl{};   // the least of the records, those of aliases included
    };

    // The sockets are watched by strands of `scope`, which ends them when it closes and may outlive the
    // channel.
    DnsChannel(loop::Loop& loop, loop::Scope& scope, const DnsServers& servers);
    ~DnsChannel();   // open queries end with ARES_EDESTRUCTION
    DnsChannel(const DnsChannel&) = delete;
    DnsChannel& operator=(const DnsChannel&) = delete;

    // name: complete, without a final dot.
    [[nodiscard]] std::shared_ptr<Query> ask(const std::string& name, RecordType type);

private:
    struct Socket;
    struct Timeout final : loop::Timer {
        explicit Timeout(DnsChannel& of) : channel(of) {}
        void fire() override { channel.process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); }
        DnsChannel& channel;
    };

    void set_servers(const std::vector<SocketAddress>& addresses);
    void set_socket_functions();
    void process(ares_socket_t readable, ares_socket_t writable);   // and what has timed out
    void arm_timeout();
    static loop::Task<void> read_when_ready(std::shared_ptr<Socket> socket);
    static loop::Task<void> write_when_ready(std::shared_ptr<Socket> socket);
    static void on_answer(void* query, int status, int timeouts, unsigned char* answer, int bytes);

    // what c-ares calls for its sockets; `self` is the channel
    static ares_socket_t open_socket(int family, int type, int protocol, void* self);
    static int close_socket(ares_socket_t fd, void* self);
    static int connect_socket(ares_socket_t fd, const sockaddr* address, ares_socklen_t length, void* self);
    static ares_ssize_t receive(ares_socket_t fd, void* into, std::size_t bytes, int flags, sockaddr* from,
                                ares_socklen_t* length, void* self);
    static ares_ssize_t send(ares_socket_t fd, const iovec* pieces, int count, void* self);
    static void on_interest(void* self, ares_socket_t fd, int readable, int writable);

    loop::Loop& loop_;
    loop::Scope& scope_;
    Timeout timeout_;
    std::unordered_map<ares_socket_t, std::shared_ptr<Socket>> sockets_;
    ares_channel channel_ = nullptr;
};

}   // namespace gatehouse::net
