"""The alive key on a real bus: there while the service works and commits, gone soon after it does not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Connection, MetaData, select

from stockbot.errors import Unavailable
from stockbot.events.streams import alive_key
from stockbot.local.ports import free_port
from stockbot.runtime import alive as module
from stockbot.runtime.alive import EVERY_SECONDS, LIFETIME_MILLISECONDS, RETRY_SECONDS, Alive, heartbeat_table
from stockbot.runtime.bus import Bus
from stockbot.runtime.database import Database
from stockbot.runtime.metrics import Metrics
from stockbot.testing.clock import START, FixedClock

Result = TypeVar("Result")

METADATA = MetaData()
TABLE = heartbeat_table(METADATA, "sample_")
SOURCE = "sample/0"
KEY = alive_key(SOURCE)


class Storage:
    """A database that is away while a test says so."""

    def __init__(self, database: Database) -> None:
        self.away = False
        self._database = database

    async def run(self, fn: Callable[[Connection], Result]) -> Result:
        if self.away:
            raise Unavailable("the disk is full")
        return await self._database.run(fn)

    read = run


@pytest.fixture
async def storage(database: Database) -> Storage:
    await database.run(METADATA.create_all)
    return Storage(database)


@pytest.fixture
async def clocked(bus_url: str) -> AsyncIterator[Bus]:
    """A bus whose clock stands still."""
    bus = Bus(bus_url, clock=FixedClock(), metrics=Metrics(CollectorRegistry()))
    yield bus
    await bus.close()


async def test_is_there_while_the_service_works(clocked: Bus, storage: Storage) -> None:
    """Each step commits one row and renews the key; a step later it is still there, three steps later it is not."""
    alive = Alive(clocked, storage, TABLE, SOURCE, working=lambda: True)
    for _ in range(2):
        await alive.step()
    last = START + timedelta(seconds=EVERY_SECONDS)
    assert await clocked.commands.get(KEY) == last.isoformat().encode()
    assert 0 < await lifetime(clocked) <= LIFETIME_MILLISECONDS < 4 * EVERY_SECONDS * 1000
    rows = await storage.read(lambda connection: connection.execute(select(TABLE)).all())
    assert [tuple(row) for row in rows] == [(SOURCE, last)]


async def lifetime(bus: Bus) -> int:
    return int(await bus.commands.execute_command("PTTL", KEY))


@pytest.mark.parametrize("broken", ["database", "loop"])
async def test_is_gone_when_the_service_does_not_work(
    clocked: Bus, storage: Storage, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """Without a commit, or without the service's own loop, nothing renews the key; mended, it is there again."""
    monkeypatch.setattr(module, "LIFETIME_MILLISECONDS", 200)
    working = True
    alive = Alive(clocked, storage, TABLE, SOURCE, working=lambda: working)
    await alive.step()
    assert await clocked.commands.get(KEY) is not None
    storage.away, working = broken == "database", broken != "loop"
    async with asyncio.timeout(30):
        while await clocked.commands.get(KEY) is not None:
            await alive.step()
    storage.away, working = False, True
    await alive.step()
    assert await clocked.commands.get(KEY) is not None


async def test_keeps_its_pace_without_a_bus(storage: Storage) -> None:
    """However long the bus is away, the next try is a second later; the bus says why it is not there."""
    clock = FixedClock()
    away = Bus(f"redis://127.0.0.1:{free_port()}/0", clock=clock, metrics=Metrics(CollectorRegistry()))
    alive = Alive(away, storage, TABLE, SOURCE, working=lambda: True)
    for _ in range(10):
        await alive.step()
    assert (clock.now() - START).total_seconds() == 10 * RETRY_SECONDS
    assert "the bus does not answer" in (away.trouble or "")
    await away.close()
