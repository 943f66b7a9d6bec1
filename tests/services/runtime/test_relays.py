"""The relays of one service: what was written is sent at once, and nothing else is looked at."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

import pytest
from sqlalchemy import Connection, MetaData

from stockbot.codec import decode_entry
from stockbot.errors import Unavailable
from stockbot.events.streams import ALERTS, SIGNALS
from stockbot.runtime import relay
from stockbot.runtime.bus import Bus
from stockbot.runtime.database import Database
from stockbot.runtime.outbox import Writer, outbox_tables
from stockbot.runtime.relays import Relays
from stockbot.testing.clock import START
from stockbot.testing.events import service_alert

Result = TypeVar("Result")

STREAMS = (ALERTS, SIGNALS)
PATIENCE_SECONDS = 10


class Counting:
    """The database, and how often it was read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.reads = 0

    async def run(self, fn: Callable[[Connection], Result]) -> Result:
        return await self._database.run(fn)

    async def read(self, fn: Callable[[Connection], Result]) -> Result:
        self.reads += 1
        return await self._database.read(fn)


@pytest.fixture
async def writer(database: Database) -> Writer:
    metadata = MetaData()
    writer = Writer(outbox_tables(metadata, "test_"), "service/0")
    await database.run(metadata.create_all)
    for stream in STREAMS:
        await database.run(partial(writer.open, stream=stream, incarnation="a"))
    return writer


@pytest.fixture
def storage(database: Database) -> Counting:
    return Counting(database)


@pytest.fixture
async def relays(bus: Bus, storage: Counting, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Relays]:
    """Both relays, running; they have looked once, and only a wake makes them look again."""
    monkeypatch.setattr(relay, "REREAD_SECONDS", 1_000.0)
    relays = Relays(bus, storage, writer, STREAMS)
    running = [asyncio.create_task(_forever(step)) for _, step in relays.loops()]
    await _until(lambda: storage.reads == len(STREAMS))
    yield relays
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def _forever(step: Callable[[], object]) -> None:
    while True:
        await step()  # type: ignore[misc] # a step is a coroutine function


async def arrived(bus: Bus) -> list[str]:
    """The ids of the alerts that have arrived, once there are any."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await bus.commands.xlen(ALERTS):  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)
    return [decode_entry(fields).id for _, fields in await bus.commands.xrange(ALERTS) if fields]


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


async def test_only_the_relay_of_what_was_written_looks(
    relays: Relays, storage: Counting, writer: Writer, database: Database, bus: Bus
) -> None:
    """One event on one stream costs one look at the database, whatever other streams the service has."""
    await database.run(lambda c: writer.append(c, ALERTS, [service_alert(1)], START))
    before = storage.reads
    relays.wake()
    await arrived(bus)
    assert storage.reads - before == 1


async def test_what_was_rolled_back_is_not_sent(
    relays: Relays, storage: Counting, writer: Writer, database: Database, bus: Bus
) -> None:
    """A relay that is woken for a transaction that failed finds nothing."""

    def fail(connection: Connection) -> None:
        writer.append(connection, ALERTS, [service_alert(1)], START)
        raise Unavailable("the disk is full")

    with suppress(Unavailable):
        await database.run(fail)
    before = storage.reads
    relays.wake()
    await _until(lambda: storage.reads > before)
    await database.run(lambda c: writer.append(c, ALERTS, [service_alert(2)], START))
    relays.wake()
    assert await arrived(bus) == [service_alert(2).id]


async def test_a_wake_that_comes_too_early_is_made_up_for(
    relays: Relays, writer: Writer, database: Database, bus: Bus
) -> None:
    """An event of a transaction that still runs when another one's commit wakes its relay is sent: the look waits."""
    appended, may_commit = threading.Event(), threading.Event()

    def write_slowly(connection: Connection) -> None:
        writer.append(connection, ALERTS, [service_alert(1)], START)
        appended.set()
        may_commit.wait(5)

    writing = asyncio.create_task(database.run(write_slowly))
    await asyncio.to_thread(appended.wait, 5)
    relays.wake()
    may_commit.set()
    await writing
    assert await arrived(bus) == [service_alert(1).id]
