"""Sockets of another process, looked at from outside: what no byte on the wire shows."""

from __future__ import annotations

import ctypes
import os
import socket
from pathlib import Path

SYS_PIDFD_OPEN, SYS_PIDFD_GETFD = 434, 438   # the same number on every architecture


def inode_between(local_port: int, peer_port: int) -> str | None:
    """The inode of the connection whose own end is `local_port`."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        ports = [int(address.rpartition(":")[2], 16) for address in words[1:3]]
        if ports == [local_port, peer_port]:
            return words[9]
    return None


def socket_of(pid: int, local_port: int, peer_port: int) -> socket.socket | None:
    """A duplicate of that process's socket; None when it has none such. PermissionError: not for us."""
    inode = inode_between(local_port, peer_port)
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            if os.readlink(link) != f"socket:[{inode}]":
                continue
        except OSError:
            continue
        libc = ctypes.CDLL(None, use_errno=True)
        handle = libc.syscall(SYS_PIDFD_OPEN, pid, 0)
        copy = libc.syscall(SYS_PIDFD_GETFD, handle, int(link.name), 0)
        error = ctypes.get_errno()
        os.close(handle)
        if copy < 0:
            raise OSError(error, os.strerror(error))
        return socket.socket(fileno=copy)
    return None


def options_of(pids: list[int], local_port: int, peer_port: int, *options: tuple[int, int]) -> list[int]:
    """The values of (level, option) of the one socket between these ports among the processes."""
    for pid in pids:
        sock = socket_of(pid, local_port, peer_port)
        if sock is not None:
            with sock:
                return [sock.getsockopt(level, option) for level, option in options]
    raise LookupError(f"no socket from {local_port} to {peer_port}")
