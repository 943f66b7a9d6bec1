"""Alerts while the database is away: kept in memory, delivered from there, and in the database afterwards."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError
from tests.services.alert_manager.conftest import Parts

from stockbot.alert_manager import records
from stockbot.errors import ConfigurationError, Unavailable
from stockbot.model.alerts.matters import Standing
from stockbot.runtime.database import Database
from stockbot.runtime.lease import LeaseLost


class Unreliable:
    """A database that fails as a test says."""

    def __init__(self, database: Database) -> None:
        self.fails: Callable[[], Any] | None = None
        self._database = database

    async def run(self, fn: Callable[[Connection], Any]) -> Any:
        return await self._act(self._database.run, fn)

    async def read(self, fn: Callable[[Connection], Any]) -> Any:
        return await self._act(self._database.read, fn)

    async def _act(self, act: Callable[..., Any], fn: Callable[[Connection], Any]) -> Any:
        if self.fails is not None:
            await self.fails()
        return await act(fn)


async def refuses() -> None:
    raise Unavailable("the database has gone")


async def is_no_database() -> None:
    raise ConfigurationError("the file is not a SQLite database")


async def lacks_the_table() -> None:
    raise OperationalError("SELECT", {}, Exception("no such table: alert_alerts"))


async def hangs() -> None:
    """As if its patience with a server that never answers were over."""
    async with asyncio.timeout(0.2):
        await asyncio.Event().wait()


def refused(_connection: Connection) -> bool:
    raise ValueError("what memory took and the database does not")


@pytest.fixture
def broken(parts: Parts) -> Unreliable:
    """The database of the parts, between them and it."""
    made = Unreliable(parts.database)
    parts.records._storage = made  # type: ignore[assignment]
    return made


async def told(parts: Parts, *names: str, resolved: bool = False) -> None:
    alerts = [parts.alert(name, resolved=resolved) for name in names]
    reports = [parts._report(alert) for alert in alerts]
    await parts.records.run(partial(parts.desk.take, told=reports, now=parts.clock.now()))


@pytest.mark.parametrize("failure", [refuses, is_no_database, lacks_the_table, hangs])
async def test_it_speaks_in_any_case(parts: Parts, broken: Unreliable, failure: Callable[[], Any]) -> None:
    """Gone, damaged, emptied or hanging: the alert is delivered at once, and stored with its receipt afterwards."""
    broken.fails = failure
    await told(parts, "quiet/database")
    await parts.deliver(1)
    assert [message.title for message in parts.wires["mail"].taken] == ["[WARNING] about quiet/database"]
    assert not await parts.records.come_back()
    broken.fails = None
    assert await parts.records.come_back()
    await told(parts, "quiet/database", resolved=True)
    await parts.deliver()
    assert [message.title for message in parts.wires["mail"].taken][1:] == ["[RESOLVED] about quiet/database"]
    (kept,) = await parts.matters()
    assert kept.state is Standing.RESOLVED
    assert await parts.deliveries() == [("mail", "raised/warning", "delivered"), ("mail", "resolved", "delivered")]


async def test_a_database_that_hangs_costs_no_more_than_its_patience(
    parts: Parts, broken: Unreliable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It never answers and never fails: after a while it counts as away, with the reason in words."""
    monkeypatch.setattr(records, "PATIENCE_SECONDS", 0.2)

    async def never() -> None:
        await asyncio.Event().wait()

    broken.fails = never
    async with asyncio.timeout(30):
        await told(parts, "quiet/database")
    assert parts.records.away == "the database has not answered for 0.2 s"


async def test_it_speaks_without_a_lease_while_nobody_can_hold_one(parts: Parts, broken: Unreliable) -> None:
    """The lease runs out because the database is away: that is noticed though nothing else is tried."""
    await parts.lease.release(parts.database)
    acts = [parts.records.may_act]
    broken.fails = refuses
    await parts.records.notice()
    acts.append(parts.records.may_act)
    broken.fails = None
    with pytest.raises(LeaseLost):
        await parts.records.come_back()
    assert [*acts, parts.records.may_act] == [False, True, False]


async def test_what_was_pending_in_memory_is_delivered_from_sql(parts: Parts, broken: Unreliable) -> None:
    """The channel was down as well: what nobody heard yet waits in the database afterwards."""
    broken.fails = refuses
    parts.wires["mail"].refuses = "no network"
    await told(parts, "quiet/database")
    await parts.deliver(1)
    broken.fails, parts.wires["mail"].refuses = None, ""
    assert await parts.records.come_back()
    parts.clock.advance(60)
    await parts.deliver(1)
    assert [message.title for message in parts.wires["mail"].taken] == ["[WARNING] about quiet/database"]


async def test_an_alert_that_was_open_before_is_the_same_afterwards(parts: Parts, broken: Unreliable) -> None:
    """Told again in memory by somebody who cannot know, it counts in the database and stays one matter."""
    await told(parts, "quiet/bus")
    broken.fails = refuses
    await told(parts, "quiet/bus")
    broken.fails = None
    assert await parts.records.come_back()
    (kept,) = await parts.matters()
    assert (kept.count, kept.state) == (2, Standing.OPEN)


async def test_what_the_database_does_not_take_keeps_nothing_else(parts: Parts, broken: Unreliable) -> None:
    """Memory is left all the same: what can be done again is, and the rest is given up with a word in the log."""
    broken.fails = refuses
    await told(parts, "quiet/first")
    parts.records._journal.append(refused)
    await told(parts, "quiet/second")
    broken.fails = None
    assert await parts.records.come_back()
    assert [one.fingerprint for one in await parts.matters()] == ["quiet/first", "quiet/second"]


async def test_memory_is_forgotten_when_it_is_over(parts: Parts, broken: Unreliable) -> None:
    """A second outage begins with an empty memory, and its alerts are told as well."""
    for name in ("quiet/first", "quiet/second"):
        broken.fails = refuses
        await told(parts, name)
        await parts.deliver(1)
        broken.fails = None
        assert await parts.records.come_back()
        assert parts.records.waiting == 0
    assert [message.title for message in parts.wires["mail"].taken] == [
        "[WARNING] about quiet/first",
        "[WARNING] about quiet/second",
    ]


async def test_a_process_that_lost_its_lease_writes_nothing(parts: Parts) -> None:
    """The lease is checked in each transaction: another holder's alerts are not touched."""
    await parts.database.run(lambda c: c.execute(text("UPDATE alert_lease SET token = token + 1")) and None)
    with pytest.raises(LeaseLost):
        await told(parts, "quiet/bus")
    assert await parts.matters() == []
