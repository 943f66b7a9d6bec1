"""Broadcast: all observers see all, gaps are counted, a server that forgot is noticed."""

import pytest
from prometheus_client import CollectorRegistry

from stockbot.events.streams import FIELD, market_data
from stockbot.local.bus_server import BusServer
from stockbot.runtime.bus import BroadcastReader, Bus, BusUnavailable, publish
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.metrics import Metrics
from stockbot.testing import events

STREAM = market_data(0)


def counted(bus: Bus, name: str, *labels: str) -> float:
    return float(getattr(bus.metrics, name).labels(*labels)._value.get())


async def test_two_observers_see_the_same_events_in_order(bus: Bus) -> None:
    """Broadcast reaches every reader, in the order of publishing."""
    first, second = BroadcastReader(bus, [STREAM]), BroadcastReader(bus, [STREAM], start=b"0-0")
    sent = [events.market_data(n) for n in (1, 2, 3)]
    await first._fix_positions()
    await publish(bus, STREAM, sent)
    assert await first.read() == sent
    assert await second.read() == sent


async def test_nothing_is_skipped_between_two_reads(bus: Bus) -> None:
    """A reader that starts at the latest keeps its place from its first read on."""
    reader = BroadcastReader(bus, [STREAM])
    assert await reader.read() == []
    await publish(bus, STREAM, [events.market_data(1)])
    assert [event.sequence for event in await reader.read()] == [1]


async def test_gaps_are_counted_and_repetitions_dropped(bus: Bus) -> None:
    """Sequence numbers tell what was missed, and an event that comes twice is seen once."""
    reader = BroadcastReader(bus, [STREAM], start=b"0-0")
    await publish(bus, STREAM, [events.market_data(n) for n in (1, 2, 5, 5, 4, 6)])
    assert [event.sequence for event in await reader.read()] == [1, 2, 5, 6]
    assert counted(bus, "broadcast_gaps", STREAM) == 2


async def test_a_restarted_gateway_is_not_a_gap(bus: Bus) -> None:
    """Numbers begin anew with each start of the source."""
    reader = BroadcastReader(bus, [STREAM], start=b"0-0")
    await publish(bus, STREAM, [events.market_data(7), events.market_data(1, incarnation="b")])
    assert [event.sequence for event in await reader.read()] == [7, 1]
    assert counted(bus, "broadcast_gaps", STREAM) == 0


async def test_a_malformed_entry_is_counted_and_passed_over(bus: Bus) -> None:
    """Bytes that are no event stop nobody."""
    await bus.commands.xadd(STREAM, {FIELD: b'{"type":"NOBODY_KNOWS"}'})
    await bus.commands.xadd(STREAM, {b"other": b"field"})
    await publish(bus, STREAM, [events.market_data(1)])
    reader = BroadcastReader(bus, [STREAM], start=b"0-0")
    assert [event.sequence for event in await reader.read()] == [1]
    assert counted(bus, "events", "in", "unknown", "malformed") == 2


async def test_a_stream_numbered_from_below_is_read_from_its_beginning(bus: Bus) -> None:
    """A server that fell back in time would leave a reader mute for ever if it kept its old position."""
    reader = BroadcastReader(bus, [STREAM], start=b"0-0")
    await bus.commands.xadd(STREAM, {FIELD: b"{}"}, id="9999999999999-0")
    assert await reader.read() == []
    await bus.commands.delete(STREAM)
    await publish(bus, STREAM, [events.market_data(1)])
    assert await reader.read() == []  # notices that the newest entry is older than its own position
    assert [event.sequence for event in await reader.read()] == [1]


async def test_a_killed_server_is_said_and_then_healed(own_bus_server: BusServer) -> None:
    """While the server is away both sides raise BusUnavailable; afterwards the same objects work again."""
    bus = Bus(own_bus_server.url.get_secret_value(), clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
    reader = BroadcastReader(bus, [STREAM], start=b"0-0")
    await publish(bus, STREAM, [events.market_data(1)])
    assert len(await reader.read()) == 1
    own_bus_server.kill()
    with pytest.raises(BusUnavailable):
        await publish(bus, STREAM, [events.market_data(2)])
    with pytest.raises(BusUnavailable):
        await reader.read()
    assert bus.trouble is not None, "the trouble is said"
    own_bus_server.restart()
    await bus.check()
    await publish(bus, STREAM, [events.market_data(3)])
    received = await reader.read() or await reader.read()
    assert [event.sequence for event in received] == [3]
    assert [bus.trouble] == [None]
    assert counted(bus, "broadcast_gaps", STREAM) == 1
    await bus.close()


async def test_each_stream_is_counted_for_itself(bus: Bus) -> None:
    """One source numbers its events on every stream anew: the second stream's are neither repeated nor a gap."""
    other = market_data(1)
    reader = BroadcastReader(bus, [STREAM, other], start=b"0-0")
    await publish(bus, STREAM, [events.market_data(5)])
    await publish(bus, other, [events.market_data(2)])
    received = [*await reader.read(), *await reader.read()]
    assert sorted(event.sequence for event in received) == [2, 5]
    assert counted(bus, "broadcast_gaps", other) == 0
