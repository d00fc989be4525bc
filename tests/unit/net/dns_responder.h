#pragma once
// DnsResponder: a small name server on loopback, with a thread of its own, whose answers a test may change at
// any time. UDP and TCP on the same port. It answers A and AAAA questions from a table; what is not in it
// does not exist.

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::net {

class DnsResponder {
public:
    struct Row {
        std::vector<std::string> ipv4{}, ipv6{};
        std::uint32_t ttl = 600;
        int response_code = 0;    // RFC 1035 section 4.1.1: 2 the server failed, 3 no such name
        bool truncated = false;   // over UDP: ask again over TCP
        bool silent_on_aaaa = false;
        bool silent = false;
        std::string alias{};   // the addresses are those of this other name
    };

    explicit DnsResponder(const std::string& address = "127.0.0.1");
    ~DnsResponder();

    void set(const std::string& name, Row row);
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string text() const { return address_ + ":" + std::to_string(port_); }
    [[nodiscard]] std::vector<std::string> asked() const;   // "name A", in the order they came
    [[nodiscard]] int answers_over_tcp() const { return answers_over_tcp_; }

private:
    void serve();
    void serve_datagram();
    void serve_stream();
    [[nodiscard]] std::string answer(const std::string& question, bool over_tcp);   // "" for no answer

    const std::string address_;
    int datagrams_ = -1, listener_ = -1, stop_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::map<std::string, Row> rows_;
    std::vector<std::string> asked_;
    std::atomic<int> answers_over_tcp_{0};
    int stream_ = -1;   // the responder's thread only, as what follows
    std::string received_;
    std::thread thread_;
};

}   // namespace gatehouse::net
