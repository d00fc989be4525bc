#pragma once
// What the load generators of bench/ share: clocks, the CPU clocks of the processes under test, sockets to a
// gateway on this machine, the end of standard input. A rig has nobody to recover for: what fails, ends it.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::bench {

// Prints `operation` with the text of errno and ends the program with status 1.
[[noreturn]] void die(const char* operation);

// Monotonic time.
std::int64_t now_ns();

// Of the form "PID,PID,...".
std::vector<pid_t> parse_pids(const std::string& list);

// CPU time (user and system) in nanoseconds of the wanted processes in their order, then of this one; 0 for a
// process that is gone.
std::vector<std::int64_t> cpu_clocks(const std::vector<pid_t>& pids);

// What they gained between two readings, as the members "cpu_ns" and "own_cpu_ns" of a JSON object.
std::string cpu_json(const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& after);

void raise_descriptor_limit();

// A non-blocking socket on its way to 127.0.0.1:`port`, or -1 if it was refused at once. The `number`-th
// connection leaves from an address that only so many share, as the ports of one do not suffice for all:
// those of connections that the client closed stay taken for a minute.
int connect_loopback(std::uint16_t port, std::size_t number);

// Edge-triggered, for everything.
void watch(int epoll, int fd, void* owner);

// Whether standard input ended, within `timeout_ms` (-1: however long it takes).
bool input_ended(int timeout_ms);

}   // namespace gatehouse::bench
