"""Work: own pending entries first, one acknowledgement, groups that appear by themselves."""

import pytest
from prometheus_client import CollectorRegistry

from stockbot.local.bus_server import BusServer
from stockbot.runtime.bus import Bus, BusUnavailable, WorkReader
from stockbot.runtime.bus.work import SUSPECT_DELIVERIES, Backlog
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.metrics import Metrics

STREAM, GROUP = "stockbot:alerts", "alert-manager"


async def add(bus: Bus, *documents: bytes) -> None:
    for document in documents:
        await bus.commands.xadd(STREAM, {b"event": document})


async def read_documents(reader: WorkReader) -> list[bytes]:
    """The next non-empty batch; at most three reads, since a new group and an empty backlog cost one each."""
    for _ in range(3):
        if entries := await reader.read():
            return [entry.fields[b"event"] for entry in entries]
    return []


async def test_a_new_group_gets_what_was_there_before_it(bus: Bus) -> None:
    """A group that does not exist is created at 0, so the backlog is work as well."""
    await add(bus, b"1", b"2")
    assert await read_documents(WorkReader(bus, STREAM, GROUP)) == [b"1", b"2"]


async def test_unacknowledged_entries_come_again_first_and_in_order(bus: Bus) -> None:
    """After a restart the reader takes its own pending entries before new ones."""
    await add(bus, b"1", b"2")
    await read_documents(WorkReader(bus, STREAM, GROUP))
    await add(bus, b"3")
    again = WorkReader(bus, STREAM, GROUP)
    assert await read_documents(again) == [b"1", b"2"]
    assert await read_documents(again) == [b"3"]


async def test_acknowledged_entries_do_not_come_again(bus: Bus) -> None:
    """One XACK covers the batch."""
    await add(bus, b"1", b"2")
    reader = WorkReader(bus, STREAM, GROUP)
    await reader.read()
    entries = await reader.read() or await reader.read()
    await reader.acknowledge(entries)
    assert (await bus.commands.xpending(STREAM, GROUP))["pending"] == 0
    reader.start_over()
    assert await read_documents(reader) == []


async def test_a_vanished_group_is_made_again(bus: Bus) -> None:
    """NOGROUP in the middle of work heals by itself: wiped servers have no groups."""
    reader = WorkReader(bus, STREAM, GROUP)
    await add(bus, b"1")
    assert await read_documents(reader) == [b"1"]
    await bus.commands.flushdb()
    await add(bus, b"2")
    assert await read_documents(reader) == [b"2"]


async def test_an_entry_that_ends_the_process_is_read_alone(bus: Bus) -> None:
    """Each hand-out is counted by the server; a suspect is no longer read together with others."""
    await add(bus, b"killer", b"innocent")
    for _ in range(SUSPECT_DELIVERIES):
        assert await read_documents(WorkReader(bus, STREAM, GROUP)) == [b"killer", b"innocent"]
    reader = WorkReader(bus, STREAM, GROUP)
    entries = await reader.read()
    assert [entry.fields[b"event"] for entry in entries] == [b"killer"]
    assert entries[0].deliveries == SUSPECT_DELIVERIES


async def test_an_entry_trimmed_while_pending_is_handed_out_empty(bus: Bus) -> None:
    """What was trimmed comes without fields and can be acknowledged."""
    await add(bus, b"1", b"2")
    await read_documents(WorkReader(bus, STREAM, GROUP))
    await bus.commands.xtrim(STREAM, maxlen=1, approximate=False)
    entries = await WorkReader(bus, STREAM, GROUP).read()
    assert [entry.fields for entry in entries if entry.fields] == [{b"event": b"2"}]


async def test_the_backlog_counts_what_is_unread_and_what_is_pending(bus: Bus) -> None:
    """Unread and pending entries and the age of the oldest, for the metrics; nothing where there is no group."""
    reader = WorkReader(bus, STREAM, GROUP)
    assert await reader.backlog(bus.clock.now()) == Backlog()
    await add(bus, b"1", b"2")
    await read_documents(reader)
    await add(bus, b"3")
    backlog = await reader.backlog(bus.clock.now())
    assert (backlog.unread, backlog.pending) == (1, 2)
    assert 0 <= backlog.oldest_seconds < 60
    await reader.acknowledge(await reader.read())
    reader.start_over()
    await reader.acknowledge(await reader.read())
    assert await reader.backlog(bus.clock.now()) == Backlog()


async def test_a_server_that_went_away_is_said_and_healed(own_bus_server: BusServer) -> None:
    """The reader raises BusUnavailable, and reads on once the server is back, wiped as it is."""
    bus = Bus(own_bus_server.url.get_secret_value(), clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
    reader = WorkReader(bus, STREAM, GROUP)
    await add(bus, b"1")
    assert await read_documents(reader) == [b"1"]
    own_bus_server.kill()
    with pytest.raises(BusUnavailable):
        await reader.read()
    (own_bus_server.folder / "bus.rdb").unlink(missing_ok=True)
    own_bus_server.restart()
    await bus.check()
    await add(bus, b"2")
    assert await read_documents(reader) == [b"2"]
    await bus.close()


async def test_a_demoted_server_is_trouble_and_not_a_mistake(own_bus_server: BusServer) -> None:
    """READONLY means that the connection leads to a replica: drop it and try again."""
    bus = Bus(own_bus_server.url.get_secret_value(), clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
    reader = WorkReader(bus, STREAM, GROUP)
    await add(bus, b"1")
    assert await read_documents(reader) == [b"1"]
    await bus.commands.execute_command("REPLICAOF", "127.0.0.1", "1")
    with pytest.raises(BusUnavailable):
        await reader.read()
    await bus.commands.execute_command("REPLICAOF", "NO", "ONE")
    assert await read_documents(reader) == [b"1"]
    await bus.close()


async def test_what_is_forgiven_counts_as_never_handed_out(bus: Bus) -> None:
    """A failure that the process survived is not held against the entries."""
    await add(bus, b"1", b"2")
    for _ in range(SUSPECT_DELIVERIES):
        await read_documents(WorkReader(bus, STREAM, GROUP))
    reader = WorkReader(bus, STREAM, GROUP)
    await reader.forgive(await reader.read())
    assert [entry.deliveries for entry in await WorkReader(bus, STREAM, GROUP).read()] == [0, 0]


async def test_a_reader_knows_when_it_has_taken_all(bus: Bus) -> None:
    """Drained is a read of new entries that found fewer than it asked for, not one of its own pending ones."""
    await add(bus, b"1", b"2", b"3")
    reader = WorkReader(bus, STREAM, GROUP, count=2)
    seen = []
    for _ in range(4):
        entries = await reader.read()
        seen.append((len(entries), reader.drained))
    assert seen == [(0, False), (0, False), (2, False), (1, True)]
