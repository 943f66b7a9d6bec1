"""Of the processes of a single writer one is on duty: it holds the lease, its loops turn, and it alone says so."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import MetaData, select

from stockbot.errors import Unavailable
from stockbot.runtime.alive import heartbeat_table
from stockbot.runtime.bus import Bus
from stockbot.runtime.database import Database
from stockbot.runtime.duty import Duty
from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.lease import Lease, lease_table
from stockbot.runtime.metrics import Metrics
from stockbot.testing.clock import FixedClock
from stockbot.testing.databases import sqlite_url

METADATA = MetaData()
LEASE, HEARTBEATS = lease_table(METADATA, "sample_"), heartbeat_table(METADATA, "sample_")
LONGEST_TURN = 10.0


class Service:
    """A service of two loops on a real database, whose clock the test moves."""

    def __init__(self, database: Database, bus: Bus, holder: str) -> None:
        self.database, self.clock = database, bus.clock
        self.lease = Lease(LEASE, "one", holder=holder, seconds=600)
        self.readiness, self.liveness = Readiness(), Liveness(self.clock)
        around: Any = SimpleNamespace(
            bus=bus,
            storage=SimpleNamespace(run=database.run, trouble=lambda: None),
            database=database,
            clock=self.clock,
            source=f"sample/{holder}",
            readiness=self.readiness,
            liveness=self.liveness,
        )
        self.duty = Duty(around, self.lease, HEARTBEATS, ("one", "two"), longest_turn=LONGEST_TURN)
        self.duty.register()

    async def turn(self, *names: str) -> None:
        for name in names:
            await self.duty.turning(name, self._nothing)()

    async def beats(self) -> int:
        return len(await self.database.read(lambda connection: connection.execute(select(HEARTBEATS)).all()))

    async def _nothing(self) -> None:
        """The step of a loop with nothing to do."""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database.open(sqlite_url(tmp_path))
    await database.run(METADATA.create_all)
    yield database
    await database.close()


@pytest.fixture
async def bus(bus_url: str) -> AsyncIterator[Bus]:
    bus = Bus(bus_url, clock=FixedClock(), metrics=Metrics(CollectorRegistry()))
    yield bus
    await bus.close()


async def test_only_the_holder_says_that_it_is_alive(database: Database, bus: Bus) -> None:
    """A process that waits for the lease is ready for nothing, and its key does not cover for a dead one."""
    holder, waiting = Service(database, bus, "a"), Service(database, bus, "b")
    assert await holder.lease.acquire(database)
    for service in (holder, waiting):
        await service.turn("one", "two")
        await service.duty.say_alive()
    assert await holder.beats() == 1
    assert (holder.duty.is_done(), waiting.duty.is_done()) == (True, False)
    assert waiting.duty.not_holding() is not None


async def test_a_holder_that_only_begins_says_nothing(database: Database, bus: Bus) -> None:
    """Each loop has to have turned once."""
    service = Service(database, bus, "a")
    assert await service.lease.acquire(database)
    await service.turn("one")
    await service.duty.say_alive()
    assert await service.beats() == 0
    assert service.duty.not_turning() == "has not turned for 10 s, or not yet: two"


async def test_a_loop_that_stands_still_is_no_work(database: Database, bus: Bus) -> None:
    """The lease alone is not enough: others must not count on a process that hangs."""
    service = Service(database, bus, "a")
    assert await service.lease.acquire(database)
    await service.turn("one", "two")
    assert service.duty.is_done()
    await service.clock.sleep(LONGEST_TURN + 1)
    await service.turn("one")
    assert not service.duty.is_done()


async def test_a_failed_turn_does_not_count(database: Database, bus: Bus) -> None:
    """What was raised goes on to the loop's keeper, and the loop has not turned."""
    service = Service(database, bus, "a")

    async def fails() -> None:
        raise Unavailable("away")

    with pytest.raises(Unavailable, match="away"):
        await service.duty.turning("one", fails)()
    assert "one" in (service.duty.not_turning() or "")


async def test_another_writer_puts_no_event_aside(database: Database, bus: Bus) -> None:
    """Whoever lost the lease is told so within the transaction, as what another attempt may mend."""
    service = Service(database, bus, "a")
    with pytest.raises(Unavailable):
        await database.run(service.duty.fence)
