"""`make cluster-up` as a person runs it: the console on the loopback, kubectl from outside, all gone after Ctrl-C."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from tests.cluster import programs
from tests.cluster.node import images, network

from stockbot.testing.databases import unavailable

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(400)]


@pytest.fixture
def outside() -> Iterator[None]:
    """A machine on which nobody has the ports yet."""
    try:
        images.find_all()
        with network.private():
            yield
    except programs.Unavailable as reason:
        unavailable(str(reason))


@pytest.mark.usefixtures("outside")
def test_the_console_is_on_the_loopback_until_ctrl_c() -> None:
    """It says where console and token are, kubectl works with what it says, and Ctrl-C takes everything away."""
    command = [sys.executable, "-m", "tests.cluster.node.up"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(), start_new_session=True) as up:  # noqa: S603
        try:
            said = read_until(up, "Ctrl-C stops")
            assert httpx.get("http://localhost:5173/healthz").is_success
            (line,) = (line for line in said if line.startswith("kubectl:"))
            shown = subprocess.run(["bash", "-c", line.partition(":")[2]], capture_output=True, text=True, check=True)  # noqa: S603, S607
            assert shown.stdout.count("AllReplicasReady") == 7
            refused = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)  # noqa: S603
            assert "port 5173 of the loopback is taken" in refused.stdout
        finally:
            up.send_signal(signal.SIGINT)
        assert "Gone.\n" in (up.stdout or ())
        assert up.wait(timeout=60) == 0


def read_until(process: "subprocess.Popen[str]", words: str) -> list[str]:
    said: list[str] = []
    for line in process.stdout or ():
        said.append(line)
        if words in line:
            return said
    raise AssertionError("".join(said))


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
