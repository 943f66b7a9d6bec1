"""Ports: free, busy, and by whom."""

import os
import socket
from pathlib import Path

from stockbot.local import ports


def test_a_free_port_is_free() -> None:
    """A port that was found free can be listened on."""
    assert not ports.is_busy(ports.free_port())


def test_no_outgoing_connection_takes_a_free_port() -> None:
    """A server that is started again after a crash would else find a stranger's connection on its port."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert max(ports.free_port() for _ in range(20)) < lowest


def test_a_busy_port_is_busy_and_has_a_holder() -> None:
    """Somebody who listens is noticed, and named by program and pid."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert ports.is_busy(port)
        assert ports.holder_of(port).endswith(f"(pid {os.getpid()})")


def test_who_listens_everywhere_holds_the_port_too() -> None:
    """A listener on all addresses keeps us from the loopback address."""
    with socket.create_server(("0.0.0.0", 0)) as listener:  # noqa: S104 - the case that is tested
        assert ports.is_busy(listener.getsockname()[1])


def test_a_closed_connection_does_not_hold_a_port() -> None:
    """What lingers after a server's end does not keep the next one from starting."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            served, _ = listener.accept()
            served.close()
            client.recv(1)
    assert not ports.is_busy(port)


def test_without_proc_there_is_no_holder(tmp_path: Path) -> None:
    """On a system without /proc the holder stays unnamed."""
    assert ports.holder_of(3001, proc=tmp_path) == ""
