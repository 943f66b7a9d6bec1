"""Real processes: they serve, heal, stop in order and leave nothing behind."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from stockbot.errors import ConfigurationError
from stockbot.runtime.program import _Server, listen

EXAMPLE = Path(__file__).with_name("example_program.py")
PATIENCE = 30  # seconds until a test gives up; no test waits for it when all is well

Process = subprocess.Popen[str]
Start = Callable[..., Process]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start the example program, and kill what a failed test leaves."""
    started: list[Process] = []

    def begin(mode: str, port: int = 0) -> Process:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, str(EXAMPLE), str(port), mode],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def port_of(process: Process) -> int:
    """Wait for the line that says where the program listens."""
    return int(wait_for(process, "started")["port"])


def wait_for(process: Process, message: str) -> dict[str, Any]:
    """Read the log up to the line with `message`, and return that line."""
    assert process.stdout is not None
    for line in process.stdout:
        entry: dict[str, Any] = json.loads(line)
        if entry["message"] == message:
            return entry
    raise AssertionError(f"the program ended before it said {message!r}")


def stop(process: Process, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
    """Ask the program to stop; return its exit code and what it has written since."""
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stops_in_order_when_asked(start: Start, number: signal.Signals) -> None:
    """Either signal ends the process with code 0, after its steps of the stop, and frees the port."""
    process = start("plain")
    port = port_of(process)
    assert httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).json()["alive"]
    code, out, err = stop(process, number)
    assert (code, err) == (0, "closed\n")
    messages = [json.loads(line)["message"] for line in out.splitlines()]
    assert messages[-2:] == ["stopping", "stopped"]
    listen("127.0.0.1", port).close()


async def test_does_not_wait_for_open_websockets(start: Start) -> None:
    """A client that stays connected is told, and cannot hold up the stop."""
    process = start("plain")
    port = await asyncio.to_thread(port_of, process)
    async with connect(f"ws://127.0.0.1:{port}/ws/wait", proxy=None) as client:
        process.send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosed):
            await client.recv()
    _, err = await asyncio.to_thread(process.communicate, timeout=PATIENCE)
    assert (process.returncode, err) == (0, "closed\n")


@contextmanager
def open_request(port: int) -> Iterator[socket.socket]:
    """Ask for what never comes; a later request that is answered shows that the program works on it."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET /hang HTTP/1.1\r\nHost: localhost\r\n\r\n")
        httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).raise_for_status()
        yield client


def test_does_not_wait_for_ever_for_open_requests(start: Start) -> None:
    """A request that hangs gets its half of the time and is then cut off; the stop goes on in order."""
    process = start("plain")
    with open_request(port_of(process)):
        code, _, err = stop(process)
    assert (code, err) == (0, "closed\n")


def test_does_not_wait_when_asked_twice(start: Start) -> None:
    """The second signal says that open requests do not matter."""
    process = start("patient")
    with open_request(port_of(process)):
        process.send_signal(signal.SIGTERM)
        wait_for(process, "stopping")
        code, _, err = stop(process)
    assert (code, err) == (0, "closed\n")


def test_heals_a_crashed_loop(start: Start) -> None:
    """A loop that fails comes back by itself while the process goes on to serve; the failures are counted."""
    process = start("crash")
    url = f"http://127.0.0.1:{port_of(process)}"
    while httpx.get(f"{url}/readyz", trust_env=False).status_code != httpx.codes.OK:
        assert process.poll() is None
    assert 'stockbot_loop_failures_total{loop="worker"} 2.0' in httpx.get(f"{url}/metrics", trust_env=False).text
    code, out, _ = stop(process)
    assert code == 0
    assert "ConnectionError: the bus is away" in out


def test_ends_even_if_a_step_of_the_stop_hangs(start: Start) -> None:
    """A step that hangs loses its share of the time, and those after it still run."""
    process = start("slow")
    port_of(process)
    code, out, err = stop(process)
    assert (code, err) == (0, "closed\n")
    assert "a step of the stop failed" in out


def test_ends_by_force_what_refuses_to_end(start: Start) -> None:
    """A loop that ignores its cancellation cannot keep the process alive; the exit code tells."""
    process = start("stubborn")
    port_of(process)
    code, out, err = stop(process)
    assert (code, err) == (1, "refused\n")
    assert "ending by force" in out


def test_says_in_one_line_that_its_port_is_busy(start: Start) -> None:
    """A busy port is one line that names the fix, and exit code 2; the program that has it is not disturbed."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = start("plain", port)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert err == f"port {port} is already in use: stop the other program or set STOCKBOT_PORT\n"
    assert "Traceback" not in out


def test_says_in_one_line_what_is_wrong_with_its_settings(start: Start) -> None:
    """A person's mistake is its own line, without a traceback, and exit code 2."""
    process = start("wrong")
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (2, "")
    assert err == "STOCKBOT_SHARD is 'x', but must be a whole number from 0 to 1023\n"


def test_keeps_the_signals_from_the_server() -> None:
    """The HTTP server does not take SIGTERM for itself: the program decides about the order of the stop."""
    server, before = _Server(uvicorn.Config("none:app", log_config=None)), signal.getsignal(signal.SIGTERM)
    with server.capture_signals():
        assert signal.getsignal(signal.SIGTERM) is before


def test_says_which_address_cannot_be_had() -> None:
    """An address that is not of this machine is an error that names the variable to set."""
    with pytest.raises(ConfigurationError, match=r"cannot listen on '192\.0\.2\.1'.*: set STOCKBOT_HOST"):
        listen("192.0.2.1", 0)


def test_listens_on_both_kinds_of_addresses() -> None:
    """IPv4 and IPv6 work alike; port 0 takes a free one."""
    for host in ("127.0.0.1", "::1"):
        with listen(host, 0) as listener:
            assert listener.getsockname()[1] > 0
