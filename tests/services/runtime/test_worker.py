"""A worker: effects once, poison put aside, what is missing asked for again."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

import pytest
from msgspec.structs import replace
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, select

from stockbot.codec import encode
from stockbot.errors import Unavailable
from stockbot.events import AnyEvent
from stockbot.events.streams import ALERTS, dead, position
from stockbot.runtime.bus import Bus, WorkReader
from stockbot.runtime.database import Database
from stockbot.runtime.dead_letters import dead_letter_table
from stockbot.runtime.inbox import inbox_table
from stockbot.runtime.lease import LeaseLost
from stockbot.runtime.worker import HIGHEST_DELIVERIES, Handler, Worker
from stockbot.testing.events import service_alert

GROUP = "alert-manager"
METADATA = MetaData()
INBOX = inbox_table(METADATA, "test_")
LETTERS = dead_letter_table(METADATA, "test_")
EFFECTS = Table("test_effects", METADATA, Column("n", Integer, primary_key=True), Column("event_id", String(128)))


def take(connection: Connection, events: Sequence[AnyEvent]) -> None:
    connection.execute(EFFECTS.insert(), [{"event_id": event.id} for event in events])


@pytest.fixture
async def tables(database: Database) -> Database:
    """The database with the worker's tables."""
    await database.run(METADATA.create_all)
    return database


def worker_of(bus: Bus, database: Database, handle: Handler = take) -> Worker:
    reader = WorkReader(bus, ALERTS, GROUP)
    return Worker(reader, bus, database, inbox_table=INBOX, dead_letter_table=LETTERS, handle=handle)


def document(number: int, *, incarnation: str = "1.a") -> bytes:
    return encode(replace(service_alert(number), sequence=number, incarnation=incarnation))


async def add(bus: Bus, *documents: bytes) -> None:
    for each in documents:
        await bus.commands.xadd(ALERTS, {b"event": each})


async def run(worker: Worker) -> None:
    """A new group and an empty backlog cost a step each."""
    for _ in range(3):
        await worker.step()


async def effects(database: Database) -> list[str]:
    return await database.run(lambda c: list(c.execute(select(EFFECTS.c.event_id).order_by(EFFECTS.c.n)).scalars()))


async def reasons(database: Database) -> list[str]:
    return await database.run(lambda c: list(c.execute(select(LETTERS.c.reason)).scalars()))


async def pending(bus: Bus) -> int:
    return int((await bus.commands.xpending(ALERTS, GROUP))["pending"])


def ids(*numbers: int) -> list[str]:
    return [service_alert(n).id for n in numbers]


async def test_each_event_has_its_effect_once(bus: Bus, tables: Database) -> None:
    """Duplicates are acknowledged without an effect, in one batch and across restarts."""
    await add(bus, document(1), document(1), document(2))
    await run(worker_of(bus, tables))
    await add(bus, document(1), document(2), document(3))
    await run(worker_of(bus, tables))
    assert await effects(tables) == ids(1, 2, 3)
    assert await pending(bus) == 0


async def test_a_poison_event_is_put_aside_and_stops_nothing(bus: Bus, tables: Database) -> None:
    """The handler refuses one of three: the others have their effect, the third is in SQL and in the mirror."""

    def refuse_two(connection: Connection, events: Sequence[AnyEvent]) -> None:
        take(connection, events)
        if any(event.sequence == 2 for event in events):
            raise ZeroDivisionError("no price")

    await add(bus, document(1), document(2), document(3))
    await run(worker_of(bus, tables, refuse_two))
    assert await effects(tables) == ids(1, 3)
    assert await reasons(tables) == ["ZeroDivisionError: no price"]
    assert await bus.commands.xlen(dead(ALERTS)) == 1
    assert await pending(bus) == 0


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"", "no field"),
        (b"\xff\xfe", "malformed"),
        (b"{}", "missing required field"),
        (encode(service_alert(2)), "sequence and incarnation"),
        (document(2).replace(b'"dataversion":1', b'"dataversion":7'), "dataversion"),
        (document(2).replace(b"SERVICE_ALERT", b"NOBODY_KNOWS"), "known types are"),
    ],
)
async def test_bytes_that_are_no_event_are_put_aside(bus: Bus, tables: Database, bad: bytes, reason: str) -> None:
    """Unknown types, unknown versions and rubbish go to the dead letters with the reason; the next one is handled."""
    await add(bus, document(1))
    await bus.commands.xadd(ALERTS, {b"event": bad} if bad else {b"other": b"1"})
    numbered = b'"sequence":2' in bad
    await add(bus, document(3 if numbered else 2))
    await run(worker_of(bus, tables))
    assert await effects(tables) == ids(1, 3 if numbered else 2)
    assert reason.lower() in (await reasons(tables))[0].lower()


async def test_an_early_event_is_asked_for_again(bus: Bus, tables: Database) -> None:
    """A gap in the numbers moves the source's relay back to where the consumer stands."""
    await bus.commands.hset(position(ALERTS), "market-data-gateway/0", "1.a:5")
    await add(bus, document(1), document(4), document(5))
    await run(worker_of(bus, tables))
    assert await effects(tables) == ids(1)
    assert await bus.commands.hget(position(ALERTS), "market-data-gateway/0") == b"1.a:1"
    assert await pending(bus) == 0


async def test_what_is_gone_for_good_does_not_stop_the_rest(bus: Bus, tables: Database) -> None:
    """Behind the floor of the source's outbox the consumer goes on."""
    source = "market-data-gateway/0"
    await bus.commands.hset(position(ALERTS), mapping={source: "1.a:5", f"{source}:floor": "1.a:4"})
    worker = worker_of(bus, tables)
    await add(bus, document(1), document(4))
    await run(worker)
    await add(bus, document(4), document(5))  # as the relay sends again
    await run(worker)
    assert await effects(tables) == ids(1, 4, 5)


async def test_a_database_that_is_away_holds_everything(bus: Bus, tables: Database) -> None:
    """Unavailable is nobody's fault: nothing is put aside, nothing acknowledged, all of it handled later."""
    away = True

    def sometimes(connection: Connection, events: Sequence[AnyEvent]) -> None:
        if away:
            raise Unavailable("disk full")
        take(connection, events)

    await add(bus, document(1), document(2))
    worker = worker_of(bus, tables, sometimes)
    await worker.step()
    await worker.step()
    with pytest.raises(Unavailable):
        await worker.step()
    away = False
    await run(worker)
    assert await effects(tables) == ids(1, 2)
    assert await reasons(tables) == []


async def test_no_outage_is_long_enough_to_put_an_event_aside(bus: Bus, tables: Database) -> None:
    """Each attempt is one more delivery, but the process lived: the event is as good as before."""
    failures = iter([Unavailable("disk full")] * 2 * HIGHEST_DELIVERIES)

    def late(connection: Connection, events: Sequence[AnyEvent]) -> None:
        if error := next(failures, None):
            raise error
        take(connection, events)

    await add(bus, document(1))
    worker = worker_of(bus, tables, late)
    await worker.step()
    for _ in range(3 * HIGHEST_DELIVERIES):
        with contextlib.suppress(Unavailable):
            await worker.step()
    assert await effects(tables) == ids(1)
    assert await reasons(tables) == []


async def test_who_lost_the_lease_puts_nothing_aside(bus: Bus, tables: Database) -> None:
    """Neither what the handler raises nor an event that is poison lets the old holder write: it is left to the new."""

    def fence(_connection: Connection) -> None:
        raise LeaseLost("somebody else holds it")

    await add(bus, b"rubbish", document(1))
    fenced = Worker(
        WorkReader(bus, ALERTS, GROUP),
        bus,
        tables,
        inbox_table=INBOX,
        dead_letter_table=LETTERS,
        handle=take,
        fence=fence,
    )
    for _ in range(4):
        with contextlib.suppress(LeaseLost):
            await fenced.step()
    assert (await effects(tables), await reasons(tables), await pending(bus)) == ([], [], 2)


async def test_two_processes_take_in_one_after_the_other(bus: Bus, tables: Database, database_url: str) -> None:
    """Two holders of one group read the same pending entries; the effect is there once."""

    def slow(connection: Connection, events: Sequence[AnyEvent]) -> None:
        take(connection, events)
        time.sleep(0.3)  # the other one begins before this transaction ends

    other = Database.open(database_url)
    workers = [worker_of(bus, each, slow) for each in (tables, other)]
    await add(bus, document(1))
    await workers[0].step()
    first = WorkReader(bus, ALERTS, GROUP)
    while not await first.read():
        continue
    await asyncio.gather(*(worker.step() for worker in workers))
    await other.close()
    assert await effects(tables) == ids(1)


async def test_characters_that_sql_refuses_are_put_aside(bus: Bus, tables: Database) -> None:
    """A NUL in the header, or in a reason that quotes the event, must not make the letter itself impossible."""

    def refuse_two(connection: Connection, events: Sequence[AnyEvent]) -> None:
        if any(event.sequence == 2 for event in events):
            raise ValueError("no symbol is called A\0B \ud800")
        take(connection, events)

    await add(bus, document(1).replace(b"market-data-gateway/0", b"a\\u0000b"), *map(document, (1, 2, 3)))
    await run(worker_of(bus, tables, refuse_two))
    assert len(await reasons(tables)) == 2
    assert await effects(tables) == ids(1, 3)
    assert await pending(bus) == 0


async def test_an_event_that_ends_the_process_is_put_aside(bus: Bus, tables: Database) -> None:
    """Handed out again and again without an acknowledgement, it is not tried for ever; those behind it are."""
    await add(bus, document(1), document(2))
    first = WorkReader(bus, ALERTS, GROUP)
    while not await first.read():
        continue
    for _ in range(HIGHEST_DELIVERIES):  # each of these dies before it commits
        await WorkReader(bus, ALERTS, GROUP).read()
    worker = worker_of(bus, tables)
    await run(worker)
    assert await effects(tables) == ids(2)
    assert "the process ended" in (await reasons(tables))[0]


async def test_without_the_lease_nothing_is_read(bus: Bus, tables: Database) -> None:
    """A worker that may not read rests, and takes its pending entries first when it may again."""
    await add(bus, document(1))
    reader = WorkReader(bus, ALERTS, GROUP)
    worker = Worker(
        reader, bus, tables, inbox_table=INBOX, dead_letter_table=LETTERS, handle=take, may_read=lambda: False
    )
    await run(worker)
    assert await effects(tables) == []


async def test_the_backlog_is_shown_in_the_metrics(bus: Bus, tables: Database) -> None:
    """Lag, pending and the oldest age are there for whoever watches the group."""
    await add(bus, document(1))
    worker = worker_of(bus, tables)
    await run(worker)
    await add(bus, document(2), document(3))
    observing = asyncio.create_task(worker.observe())
    async with asyncio.timeout(20):
        while bus.metrics.stream_lag.labels(ALERTS)._value.get() != 2:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    observing.cancel()
    assert bus.metrics.stream_pending.labels(ALERTS, GROUP)._value.get() == 0
