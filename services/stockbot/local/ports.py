"""Ports of the loopback address: which are free, and who holds one that is not.

Used by the bus server, preflight and `stockbot doctor`.
"""

import errno
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

LOOPBACK = "127.0.0.1"
PORTS_TO_TAKE = range(10_000, 20_000)
LISTENING = "0A"  # the state TCP_LISTEN in /proc/net/tcp


def free_port() -> int:
    """Find a port that nobody listens on at this moment.

    It is below those that kernels give to outgoing connections: who starts again on it, after a crash, finds it free.
    """
    while is_busy(port := secrets.choice(PORTS_TO_TAKE)):
        continue
    return port


def is_busy(port: int) -> bool:
    """Tell whether somebody listens on the port. Raises OSError where we may not listen on it at all."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: closed connections do not count
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return True
    return False


def holder_of(port: int, proc: Path = Path("/proc")) -> str:
    """Name who listens on the port, as far as /proc tells: `python (pid 4711)`; empty where it does not."""
    inodes = {f"socket:[{inode}]" for inode in _listening_inodes(port, proc)}
    for process in sorted(proc.glob("[0-9]*"), key=lambda path: int(path.name)):
        if inodes & set(_open_sockets(process)):
            return f"{_name(process)} (pid {process.name})"
    return ""


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:  # it has just ended
        return "a process"


def _listening_inodes(port: int, proc: Path) -> Iterator[str]:
    for table in (proc / "net/tcp", proc / "net/tcp6"):
        lines = table.read_text().splitlines()[1:] if table.exists() else []
        for line in lines:
            _, local, _, state, *rest = line.split()
            if state == LISTENING and int(local.rpartition(":")[2], 16) == port:
                yield rest[5]


def _open_sockets(process: Path) -> Iterator[str]:
    """Yield what its descriptors point to; nothing for another user's process, or one that has just ended."""
    try:
        for descriptor in (process / "fd").iterdir():
            yield str(descriptor.readlink())
    except OSError:
        return
