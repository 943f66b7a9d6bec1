"""The relay resumes where the bus says, and notices a database that went back."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from prometheus_client import CollectorRegistry
from sqlalchemy import Connection, MetaData

from stockbot.codec import decode_entry
from stockbot.events.streams import ALERTS
from stockbot.local.bus_server import BusServer
from stockbot.runtime import outbox as outboxes
from stockbot.runtime.bus import Bus, BusUnavailable, publish
from stockbot.runtime.bus.positions import Position, append, read_floor, read_position, rewind
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.database import Database
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.outbox import Outbox, Writer, begin_incarnation, outbox_tables, prune
from stockbot.runtime.relay import Relay, resume_after
from stockbot.testing.clock import START
from stockbot.testing.events import service_alert
from stockbot.testing.postgres import PostgresServer

SOURCE = "market-data-gateway/0"


@pytest.mark.parametrize(
    ("position", "present", "after", "restored"),
    [
        (None, Position("1.a", 9), 0, False),  # the bus forgot everything
        (Position("1.a", 9), Position("1.a", 9), 9, False),  # nothing to do
        (Position("1.a", 4), Position("1.a", 9), 4, False),  # behind, or fallen back
        (Position("1.a", 12), Position("1.a", 9), 0, True),  # the database fell back
        (Position("10.b", 12), Position("1.a", 9), 0, True),  # it fell back further than its last restore
        (Position("1.a", 12), Position("10.b", 11), 9, True),  # named anew, but the bus was not told
    ],
)
def test_where_to_resume(position: Position | None, present: Position, after: int, restored: bool) -> None:
    """The bus's position decides, except where it shows that the database was restored."""
    assert resume_after(position, present) == (after, restored)


@given(
    position=st.builds(Position, st.sampled_from(["1.a", "5.b", "9.c"]), st.integers(0, 20)),
    present=st.builds(Position, st.sampled_from(["1.a", "5.b", "9.c"]), st.integers(0, 20)),
)
def test_nothing_of_the_present_incarnation_is_ever_skipped(position: Position, present: Position) -> None:
    """What the relay skips was sent under the present incarnation, or is older than it."""
    after, _ = resume_after(position, present)
    sent = position.sequence if position.incarnation == present.incarnation else 0
    assert after <= max(sent, int(present.incarnation.split(".")[0]) - 1)


@pytest.fixture
async def outbox(database: Database) -> Outbox:
    return await _created(database)


async def _created(database: Database) -> Outbox:
    """A new outbox whose source has one stream."""
    metadata = MetaData()
    outbox = outbox_tables(metadata, "test_")
    await database.run(metadata.create_all)
    await database.run(lambda c: Writer(outbox, SOURCE).open(c, ALERTS, "a"))
    return outbox


def relay_of(bus: Bus, database: Database, outbox: Outbox) -> Relay:
    return Relay(bus, database, outbox, stream=ALERTS, source=SOURCE, new_incarnation=lambda: "b")


async def commit(database: Database, outbox: Outbox, *numbers: int) -> None:
    alerts = [service_alert(n) for n in numbers]
    await database.run(lambda c: Writer(outbox, SOURCE).append(c, ALERTS, alerts, SystemClock().now()))


async def arrived(bus: Bus) -> list[tuple[str, int]]:
    entries = await bus.commands.xrange(ALERTS)
    return [(event.incarnation, event.sequence) for event in (decode_entry(fields) for _, fields in entries if fields)]


async def test_what_was_committed_arrives_once_and_in_order(bus: Bus, database: Database, outbox: Outbox) -> None:
    """Two turns of the relay send three events once."""
    await commit(database, outbox, 1, 2, 3)
    relay = relay_of(bus, database, outbox)
    await relay.send_all()
    await relay.send_all()
    assert await arrived(bus) == [("1.a", 1), ("1.a", 2), ("1.a", 3)]


async def test_a_wiped_bus_is_filled_again_with_the_same_bytes(bus: Bus, database: Database, outbox: Outbox) -> None:
    """What is sent again has its first bytes and times."""
    await commit(database, outbox, 1, 2)
    relay = relay_of(bus, database, outbox)
    await relay.send_all()
    first = [fields for _, fields in await bus.commands.xrange(ALERTS)]
    await bus.commands.flushdb()
    relay_again = relay_of(bus, database, outbox)
    await relay_again.send_all()
    assert [fields for _, fields in await bus.commands.xrange(ALERTS)] == first


async def test_a_batch_reads_no_more_than_it_sends(postgres_server: PostgresServer) -> None:
    """After a wipe a long outbox is read once: batches that read all that follows would read it hundreds of times."""
    database = Database.open(postgres_server.create_database())
    outbox = await _created(database)
    await commit(database, outbox, *range(2_000))
    assert await database.run(partial(_rows_read, outbox, limit=10)) < 50
    await database.close()


def _rows_read(outbox: Outbox, connection: Connection, limit: int) -> int:
    """How many rows PostgreSQL reads for the first batch of so many."""
    assert len(outboxes.following(connection, outbox, ALERTS, SOURCE, 0, limit)[1]) == limit
    counted = "SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
    return int(connection.exec_driver_sql(f"{counted} WHERE relname = 'test_outbox'").scalar_one())


async def test_two_relays_of_one_source_do_not_send_twice(bus: Bus, database: Database, outbox: Outbox) -> None:
    """Compare-and-append: the second one learns where the first one is."""
    old, new = relay_of(bus, database, outbox), relay_of(bus, database, outbox)
    await commit(database, outbox, 1)
    await old.send_all()
    await new.send_all()
    await commit(database, outbox, 2, 3)
    await new.send_all()
    await old.send_all()
    assert [sequence for _, sequence in await arrived(bus)] == [1, 2, 3]


async def test_a_refused_append_changes_nothing(bus: Bus) -> None:
    """Events and position move together or not at all."""
    floor = Position("1.a", 1)
    at = await append(
        bus,
        ALERTS,
        SOURCE,
        expected=Position("1.a", 7),
        new=Position("1.a", 8),
        floor=floor,
        documents=[b"x"],
    )
    assert at is None
    assert await bus.commands.xlen(ALERTS) == 0
    assert await read_position(bus, ALERTS, SOURCE) is None


async def test_a_restored_database_goes_on_under_a_new_name(bus: Bus, database: Database, outbox: Outbox) -> None:
    """The bus is ahead of the database: numbers go on, and the incarnation says that they are other events."""
    await append(bus, ALERTS, SOURCE, expected=None, new=Position("1.a", 40), floor=Position("1.a", 1), documents=[])
    await commit(database, outbox, 1, 2)
    relay = relay_of(bus, database, outbox)
    await relay.send_all()
    await commit(database, outbox, 3)
    await relay.send_all()
    assert await arrived(bus) == [("1.a", 1), ("1.a", 2), ("3.b", 3)]
    assert await read_position(bus, ALERTS, SOURCE) == Position("3.b", 3)


async def test_a_consumer_may_ask_for_what_it_missed(bus: Bus, database: Database, outbox: Outbox) -> None:
    """A rewind moves the position back, never forward, and the relay notices within a second."""
    await commit(database, outbox, 1, 2, 3)
    relay = relay_of(bus, database, outbox)
    await relay.send_all()
    await rewind(bus, ALERTS, SOURCE, 1)
    await rewind(bus, ALERTS, SOURCE, 2)
    await relay_of(bus, database, outbox).send_all()
    assert [sequence for _, sequence in await arrived(bus)] == [1, 2, 3, 2, 3]


async def test_the_floor_says_what_is_gone_for_good(bus: Bus, database: Database, outbox: Outbox) -> None:
    """Rows that were pruned can not be sent again, and the bus says from where on it is possible."""
    await commit(database, outbox, 1, 2, 3)
    await database.run(lambda c: prune(c, outbox, ALERTS, SOURCE, through=2, before=START.replace(year=2030)))
    await relay_of(bus, database, outbox).send_all()
    assert await read_floor(bus, ALERTS, SOURCE) == Position("1.a", 3)
    assert [sequence for _, sequence in await arrived(bus)] == [3]


async def test_pruning_never_takes_what_was_not_sent(database: Database, outbox: Outbox) -> None:
    """An old row beyond the position stays."""
    await commit(database, outbox, 1, 2, 3)
    await database.run(lambda c: prune(c, outbox, ALERTS, SOURCE, through=1, before=START.replace(year=2030)))
    rows = await database.run(lambda c: [r.sequence for r in c.execute(outbox.events.select())])
    assert rows == [2, 3]


async def test_an_incarnation_goes_on_counting(database: Database, outbox: Outbox) -> None:
    """Numbers are never given twice, whatever the name."""
    await commit(database, outbox, 1, 2)
    await database.run(lambda c: begin_incarnation(c, outbox, ALERTS, SOURCE, "b"))
    numbered = await database.run(lambda c: Writer(outbox, SOURCE).append(c, ALERTS, [service_alert(3)], START))
    assert [(event.incarnation, event.sequence) for event in numbered] == [("3.b", 3)]


async def test_pruning_takes_the_oldest_and_not_all_at_once(
    database: Database, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All services of one file wait while rows are deleted, so that each turn deletes a few."""
    monkeypatch.setattr(outboxes, "PRUNED_AT_ONCE", 2)
    await commit(database, outbox, 1, 2, 3)
    left = []
    for _ in range(2):
        await database.run(lambda c: prune(c, outbox, ALERTS, SOURCE, through=3, before=START.replace(year=2030)))
        left.append(await database.run(lambda c: [r.sequence for r in c.execute(outbox.events.select())]))
    assert left == [[3], []]


async def test_events_leave_under_the_name_of_their_outbox(bus: Bus, database: Database, outbox: Outbox) -> None:
    """A consumer asks the source in the event for what is missing, so that must be the name of its relay."""
    strayed = [replace(service_alert(1), source="somebody/0")]
    (numbered,) = await database.run(lambda c: Writer(outbox, SOURCE).append(c, ALERTS, strayed, START))
    assert numbered.source == SOURCE


async def test_a_full_server_is_trimmed_before_anything_is_sent(
    own_bus_server: BusServer, database: Database, outbox: Outbox
) -> None:
    """The stream itself has filled the memory: only trimming makes room, so it does not wait for a batch to pass."""
    bus = Bus(own_bus_server.url.get_secret_value(), clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
    await bus.commands.xgroup_create(ALERTS, "group", id="0", mkstream=True)
    newest = b""
    for _ in range(3_000):
        newest = await bus.commands.xadd(ALERTS, {b"event": b"x" * 1_000})
    await bus.commands.execute_command("CONFIG", "SET", "maxmemory", "3mb")
    await bus.commands.execute_command("XGROUP", "SETID", ALERTS, "group", newest.decode())
    await commit(database, outbox, 1)
    with pytest.raises(BusUnavailable, match="maxmemory"):
        await publish(bus, ALERTS, [service_alert(1)])
    await relay_of(bus, database, outbox).send_all()
    assert await read_position(bus, ALERTS, SOURCE) == Position("1.a", 1)
    await bus.close()
