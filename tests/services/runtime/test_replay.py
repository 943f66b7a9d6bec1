"""A dead letter that a person asked for is handed to the worker's handler again, once, and alone."""

from collections.abc import Sequence
from functools import partial

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, select

from stockbot.codec import encode
from stockbot.errors import Unavailable
from stockbot.events import AnyEvent
from stockbot.events.streams import ALERTS
from stockbot.runtime.bus import Bus, WorkReader
from stockbot.runtime.database import Database
from stockbot.runtime.dead_letters import (
    DeadLetter,
    KeptLetter,
    ask_for_replay,
    dead_letter_table,
    find,
    put_aside,
    resolve,
)
from stockbot.runtime.inbox import inbox_table
from stockbot.runtime.lease import LeaseLost
from stockbot.runtime.replay import LOOK_SECONDS, Replay
from stockbot.runtime.worker import Worker
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.events import service_alert

GROUP = "alert-manager"
METADATA = MetaData()
INBOX = inbox_table(METADATA, "test_")
LETTERS = dead_letter_table(METADATA, "test_")
EFFECTS = Table("test_effects", METADATA, Column("n", Integer, primary_key=True), Column("event_id", String(128)))


class Handler:
    """Takes events in, unless it is told to raise."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.calls = 0

    def __call__(self, connection: Connection, events: Sequence[AnyEvent]) -> None:
        self.calls += 1
        connection.execute(EFFECTS.insert(), [{"event_id": event.id} for event in events])
        if self.error is not None:
            raise self.error


def nothing(_connection: Connection) -> None:
    """A fence that lets everything pass."""


def replay_of(database: Database, handle: Handler, clock: FixedClock, fence: object = nothing) -> Replay:
    return Replay(
        database=database,
        dead_letters=LETTERS,
        inbox=INBOX,
        stream=ALERTS,
        group=GROUP,
        handle=handle,
        fence=fence,  # type: ignore[arg-type] # any function of a connection
        clock=clock,
    )


@pytest.fixture
async def tables(database: Database) -> Database:
    await database.run(METADATA.create_all)
    return database


async def put(database: Database, number: int, *, stream: str = ALERTS, consumer: str = GROUP) -> str:
    """Put an event aside; the letter's id."""
    letter_id = f"{consumer}/gateway/0/1.a/{number}"
    letter = DeadLetter(letter_id, stream, consumer, "no price", encode(service_alert(number)), START)
    await database.run(partial(put_aside, table=LETTERS, letters=[letter]))
    return letter_id


async def ask(database: Database, letter_id: str) -> None:
    await database.run(partial(ask_for_replay, table=LETTERS, letter_id=letter_id, who="anna", why="mended"))


async def letter(database: Database, letter_id: str) -> KeptLetter:
    found = await database.read(partial(find, table=LETTERS, letter_id=letter_id))
    assert found is not None
    return found


async def effects(database: Database) -> list[str]:
    return await database.read(lambda c: list(c.execute(select(EFFECTS.c.event_id).order_by(EFFECTS.c.n)).scalars()))


async def test_what_is_asked_for_is_taken_in_once(tables: Database) -> None:
    """The effect and the letter's end are there together; nobody asked for the other letter, nor for another's."""
    clock, handle = FixedClock(), Handler()
    asked, other = await put(tables, 1), await put(tables, 2)
    foreign = await put(tables, 3, consumer="somebody-else")
    for letter_id in (asked, foreign):
        await ask(tables, letter_id)
    replay = replay_of(tables, handle, clock)
    assert await replay.turn() == 1
    clock.advance(LOOK_SECONDS)
    assert await replay.turn() == 0
    assert await effects(tables) == [service_alert(1).id]
    done = await letter(tables, asked)
    assert (done.resolved_at is not None, done.resolution) == (True, "replayed, asked by anna: mended")
    assert (await letter(tables, other)).resolution is None
    assert (await letter(tables, foreign)).resolution == "replay asked by anna: mended"


async def test_it_looks_every_few_seconds_alone(tables: Database) -> None:
    """Between two looks the database is not asked."""
    clock, handle = FixedClock(), Handler()
    replay = replay_of(tables, handle, clock)
    assert await replay.turn() == 0
    await ask(tables, await put(tables, 1))
    clock.advance(LOOK_SECONDS / 2)
    assert await replay.turn() == 0
    clock.advance(LOOK_SECONDS / 2)
    assert await replay.turn() == 1


async def test_what_fails_again_stays_with_the_new_reason(tables: Database) -> None:
    """Nothing of the attempt remains, nothing is tried by itself, and a person may ask once more."""
    clock, handle = FixedClock(), Handler()
    handle.error = ZeroDivisionError("no\0rate")
    letter_id = await put(tables, 1)
    await ask(tables, letter_id)
    replay = replay_of(tables, handle, clock)
    for _ in range(3):
        assert await replay.turn() == 0
        clock.advance(LOOK_SECONDS)
    failed = await letter(tables, letter_id)
    assert (failed.reason, failed.resolved_at) == ("ZeroDivisionError: no?rate", None)
    assert failed.resolution == "replay failed, asked by anna: mended"
    assert (handle.calls, await effects(tables)) == (1, [])
    handle.error = None
    await ask(tables, letter_id)
    assert await replay.turn() == 1


async def test_an_event_that_cannot_be_read_says_why(tables: Database) -> None:
    """Bytes that are no event are refused again by the same edge."""
    bad = DeadLetter("bad", ALERTS, GROUP, "malformed", b"\xff\xfe", START)
    await tables.run(partial(put_aside, table=LETTERS, letters=[bad]))
    await ask(tables, "bad")
    assert await replay_of(tables, Handler(), FixedClock()).turn() == 0
    assert (await letter(tables, "bad")).reason.startswith("MalformedEvent: ")


@pytest.mark.parametrize("error", [Unavailable("disk full"), LeaseLost("somebody else holds it")])
async def test_an_outage_is_not_the_events_fault(tables: Database, error: Exception) -> None:
    """The letter is tried again at the next turn, without anybody asking."""
    clock, handle = FixedClock(), Handler()
    handle.error = error
    letter_id = await put(tables, 1)
    await ask(tables, letter_id)
    replay = replay_of(tables, handle, clock)
    with pytest.raises(type(error)):
        await replay.turn()
    assert (await letter(tables, letter_id)).reason == "no price"
    handle.error = None
    clock.advance(LOOK_SECONDS)
    assert await replay.turn() == 1
    assert await effects(tables) == [service_alert(1).id]


async def test_an_event_that_ends_the_process_is_not_tried_by_the_next(tables: Database) -> None:
    """What died with it is known to have begun: a person must ask again, and can."""
    clock, handle = FixedClock(), Handler()
    handle.error = KeyboardInterrupt()  # as a signal would end it
    letter_id = await put(tables, 1)
    await ask(tables, letter_id)
    with pytest.raises(KeyboardInterrupt):
        await replay_of(tables, handle, clock).turn()
    handle.error = None
    following = replay_of(tables, handle, clock)
    assert await following.turn() == 0
    assert (await letter(tables, letter_id)).resolution == "replay begun, asked by anna: mended"
    await ask(tables, letter_id)
    clock.advance(LOOK_SECONDS)
    assert await following.turn() == 1


async def test_who_lost_the_lease_replays_nothing(tables: Database) -> None:
    """The fence comes first: the letter stays as it was asked for, to whoever holds the lease."""

    def fence(_connection: Connection) -> None:
        raise LeaseLost("somebody else holds it")

    letter_id = await put(tables, 1)
    await ask(tables, letter_id)
    handle = Handler()
    with pytest.raises(LeaseLost):
        await replay_of(tables, handle, FixedClock(), fence).turn()
    assert handle.calls == 0
    assert (await letter(tables, letter_id)).resolution == "replay asked by anna: mended"


async def test_a_letter_that_is_resolved_meanwhile_is_left_alone(tables: Database) -> None:
    """A person's word between an attempt that was held up and the next one counts."""
    clock, handle = FixedClock(), Handler()
    handle.error = Unavailable("disk full")
    letter_id = await put(tables, 1)
    await ask(tables, letter_id)
    replay = replay_of(tables, handle, clock)
    with pytest.raises(Unavailable):
        await replay.turn()
    handle.error = None
    end = partial(resolve, table=LETTERS, letter_id=letter_id, who="bob", why="booked by hand", now=START)
    await tables.run(end)
    clock.advance(LOOK_SECONDS)
    assert (await replay.turn(), await effects(tables)) == (0, [])
    assert (await letter(tables, letter_id)).resolution == "resolved by bob: booked by hand"


async def test_a_worker_replays_what_it_put_aside(bus: Bus, tables: Database) -> None:
    """From the stream to the dead letters and back: refused, asked for, taken in, and told to whoever waits."""
    handle, told = Handler(), 0
    handle.error = ZeroDivisionError("no price")

    def committed() -> None:
        nonlocal told
        told += 1

    worker = Worker(
        WorkReader(bus, ALERTS, GROUP),
        bus,
        tables,
        inbox_table=INBOX,
        dead_letter_table=LETTERS,
        handle=handle,
        committed=committed,
    )
    numbered = service_alert(1)
    await bus.commands.xadd(ALERTS, {b"event": encode(numbered)})
    for _ in range(3):
        await worker.step()
    letters = await tables.read(lambda c: c.execute(select(LETTERS.c.letter_id)).scalars().all())
    (letter_id,) = letters
    handle.error, before = None, told
    await ask(tables, letter_id)
    worker._replay._looked_at = None  # as if a few seconds had passed
    await worker.step()
    handled = await letter(tables, letter_id)
    assert handled.resolution == "replayed, asked by anna: mended"
    assert (await effects(tables), told) == ([numbered.id], before + 1)
