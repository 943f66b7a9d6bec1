"""A network of its own for a node: no address of the machine is taken, and nothing leads out.

The thread that enters it, and whatever it starts, is inside; sockets that were open before stay where they are.
"""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster import programs

CLONE_NEWNET = 0x40000000
NODE = "10.89.0.1"
SETUP = (
    "link set lo up",
    "link add node0 type bridge",  # the type `dummy` may be missing
    f"address add {NODE}/24 dev node0",
    "link set node0 up",
    f"route add default via {NODE}",
)
FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")


@contextmanager
def private() -> Iterator[None]:
    """Be in a new network until the end; Unavailable where the machine does not let us."""
    outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        enter_new()
        try:
            set_up()
            yield
        finally:
            call("setns", outside, CLONE_NEWNET)
    finally:
        os.close(outside)


def enter_new() -> None:
    try:
        call("unshare", CLONE_NEWNET)
    except PermissionError:
        raise programs.Unavailable("a node needs a network of its own: run these tests as root") from None


def call(function: str, *arguments: int) -> None:
    """Call the C library, which Python 3.11 has no words for."""
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, function)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")


def set_up() -> None:
    ip = shutil.which("ip")
    if ip is None:
        raise programs.Unavailable("ip is not installed: install the package iproute2")
    for line in SETUP:
        subprocess.run([ip, *line.split()], check=True, capture_output=True)  # noqa: S603 - the machine's own ip
    FORWARDING.write_text("1")
