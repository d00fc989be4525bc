"""What the rig asks of Linux: cores, process trees, CPU clocks, private memory, and who else was busy."""

import os
import pathlib
import platform
import resource
import socket
import time

WANTED_DESCRIPTORS = 32768   # of one process: two for each of 10,000 proxied WebSockets, and some to spare
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class RigError(Exception):
    """Something a person has to put right; its text says what."""


def cores():
    """The core of the load generator and the origin, and the core of the gateway under test."""
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 2:
        raise RigError("two cores are needed: one for the gateway, one for the load generator and the origin")
    return available[0], available[-1]


def raise_descriptor_limit():
    """Every process the rig starts inherits the limit that is returned: the wanted one if the rig may raise
    the hard limit so far, otherwise the hard limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < WANTED_DESCRIPTORS:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (WANTED_DESCRIPTORS, WANTED_DESCRIPTORS))
            return WANTED_DESCRIPTORS
        except (OSError, ValueError):
            pass   # only root may, and not in every container
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def free_ports(count):
    """So many different ports that nobody listens on at the moment."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def process_tree(root):
    """`root` and all its living descendants."""
    children = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(parent, []).append(int(entry))
    tree = [root]
    for pid in tree:
        tree += children.get(pid, [])
    return tree


def cpu_seconds(pid):
    """User and system time of a process since it started, from the clock of clock_getcpuclockid(3)."""
    try:
        return time.clock_gettime(~pid << 3 | 2)
    except OSError:
        return 0.0


def private_bytes(pids):
    """Memory that only these processes use, as /proc/PID/smaps_rollup accounts for it."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            for line in file:
                if line.startswith(("Private_Clean:", "Private_Dirty:")):
                    total += int(line.split()[1]) * 1024
    return total


def busy_seconds():
    """Time that all cores together spent on anything but idling since the machine started."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND


class Disturbance:
    """How much of two cores went to processes that are none of ours, between start and share()."""

    def __init__(self, pids):
        self._pids = pids
        self._began = time.monotonic()
        self._busy = busy_seconds()
        self._ours = self._our_seconds()

    def _our_seconds(self):
        own = resource.getrusage(resource.RUSAGE_SELF)
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)   # the load generator, once it is waited for
        return (own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime
                + sum(map(cpu_seconds, self._pids)))

    def share(self):
        took = time.monotonic() - self._began
        others = busy_seconds() - self._busy - (self._our_seconds() - self._ours)
        return max(0.0, others / took)


def describe():
    """The facts about this machine that a reader of the figures wants."""
    model = "unknown"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return {"cpu": model, "cores": len(os.sched_getaffinity(0)), "kernel": platform.release(),
            "system": platform.freedesktop_os_release().get("PRETTY_NAME", "unknown"),
            "date": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())}


def threads_seconds(pids):
    """CPU time that all threads of these processes have taken so far, finer than the clocks of processes."""
    clocks = (path.read_text().split()[0] for pid in pids
              for path in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return sum(map(int, clocks)) / 1e9
