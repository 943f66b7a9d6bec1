"""What a consumer has missed is found and asked for, also where no later event shows the gap."""

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, select

from stockbot.events import AnyEvent
from stockbot.events.streams import ALERTS, position
from stockbot.runtime.bus import Bus, WorkReader
from stockbot.runtime.bus.positions import Position, append, read_position
from stockbot.runtime.database import Database
from stockbot.runtime.dead_letters import dead_letter_table
from stockbot.runtime.inbox import inbox_table
from stockbot.runtime.missing import Missing, behind_of
from stockbot.runtime.outbox import Writer, outbox_tables, prune
from stockbot.runtime.relay import Relay
from stockbot.runtime.worker import Worker
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.events import service_alert

SOURCE = "market-data-gateway/0"
METADATA = MetaData()
OUTBOX = outbox_tables(METADATA, "test_")
INBOX = inbox_table(METADATA, "test_")
LETTERS = dead_letter_table(METADATA, "test_")
EFFECTS = Table("test_effects", METADATA, Column("sequence", Integer, primary_key=True))


@pytest.fixture
async def tables(database: Database) -> Database:
    """The database with an outbox of five events."""
    alerts = [service_alert(n) for n in range(1, 6)]
    writer = Writer(OUTBOX, SOURCE)
    await database.run(METADATA.create_all)
    await database.run(lambda c: writer.open(c, ALERTS, "a"))
    await database.run(lambda c: writer.append(c, ALERTS, alerts, START))
    return database


@pytest.fixture
def clock(bus: Bus) -> FixedClock:
    """The clock of the bus, which every turn moves on."""
    bus.clock = FixedClock()
    return bus.clock


def take(connection: Connection, events: list[AnyEvent]) -> None:
    connection.execute(EFFECTS.insert(), [{"sequence": event.sequence} for event in events])


def relay_of(bus: Bus, database: Database) -> Relay:
    return Relay(bus, database, OUTBOX, stream=ALERTS, source=SOURCE, new_incarnation=lambda: "b")


async def taken_in(bus: Bus, database: Database, relay: Relay, clock: FixedClock, turns: int = 9) -> list[int]:
    """Let relay and worker have a number of turns, a second each; what has had its effect then."""
    reader = WorkReader(bus, ALERTS, "group")
    worker = Worker(reader, bus, database, inbox_table=INBOX, dead_letter_table=LETTERS, handle=take)  # type: ignore[arg-type] # a list is a sequence
    for _ in range(turns):
        await worker.step()
        clock.advance(1.0)
        await relay.send_all()
    return await database.run(
        lambda c: list(c.execute(select(EFFECTS.c.sequence).order_by(EFFECTS.c.sequence)).scalars())
    )


async def test_a_lost_end_of_the_stream_is_sent_again(bus: Bus, tables: Database, clock: FixedClock) -> None:
    """All entries are gone and no later one comes: the positions tell."""
    relay = relay_of(bus, tables)
    await relay.send_all()
    await bus.commands.delete(ALERTS)
    assert await taken_in(bus, tables, relay, clock) == [1, 2, 3, 4, 5]


async def test_what_was_pruned_since_the_last_append_is_given_up(bus: Bus, tables: Database, clock: FixedClock) -> None:
    """The floor on the bus is older than the pruning: the second attempt knows better, and is made."""
    relay = relay_of(bus, tables)
    await relay.send_all()
    await tables.run(lambda c: prune(c, OUTBOX, ALERTS, SOURCE, through=2, before=START.replace(year=2030)))
    await bus.commands.xtrim(ALERTS, maxlen=1, approximate=False)
    assert await taken_in(bus, tables, relay, clock) == [3, 4, 5]


async def test_nothing_is_asked_for_where_nothing_is_missing(bus: Bus, tables: Database, clock: FixedClock) -> None:
    """Every event is sent once: a consumer that is only slow asks nobody."""
    relay = relay_of(bus, tables)
    await relay.send_all()
    assert await taken_in(bus, tables, relay, clock) == [1, 2, 3, 4, 5]
    assert await bus.commands.xlen(ALERTS) == 5


async def test_the_same_is_not_asked_for_all_the_time(bus: Bus, clock: FixedClock) -> None:
    """A source that has sent again is not moved back at once by the same question."""
    here, there = Position("1.a", 1), Position("1.a", 9)
    await append(bus, ALERTS, SOURCE, expected=None, new=there, floor=here, documents=[])
    missing = Missing(bus, ALERTS)
    seen = []
    for seconds in (0.0, 0.5, 2.0):
        clock.advance(seconds)
        await bus.commands.hset(position(ALERTS), SOURCE, str(there))
        await missing.ask({(SOURCE, "1.a"): 1})
        seen.append(await read_position(bus, ALERTS, SOURCE))
    assert seen == [here, there, here]


def test_who_is_behind() -> None:
    """By incarnation, of which an unknown one begins with the number in its name."""
    sent = {"a": Position("1.x", 5), "b": Position("1.x", 5), "c": Position("4.y", 5), "d": Position("6.y", 5)}
    standing = {("a", "1.x"): 5, ("b", "1.x"): 3, ("c", "1.x"): 5}
    assert behind_of(sent, standing) == {("b", "1.x"): 3, ("c", "4.y"): 3}
