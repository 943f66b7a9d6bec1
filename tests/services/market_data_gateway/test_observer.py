"""The observer of all streams: one reader while somebody watches, bounded queues, and what was dropped is told."""

import asyncio
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from stockbot.codec import encode
from stockbot.errors import ConfigurationError
from stockbot.events import Event
from stockbot.events.streams import ALERTS, FIELD, PORTFOLIO, market_data
from stockbot.market_data_gateway import observer as module
from stockbot.market_data_gateway.observer import EventSubscription, Observer
from stockbot.runtime.bus import BroadcastReader, Bus
from stockbot.runtime.supervise import Backoff
from stockbot.testing.events import market_data as tick
from stockbot.testing.events import portfolio_update, service_alert

PATIENCE = 30


@pytest.fixture
def observer(bus: Bus) -> Observer:
    return Observer(bus, 2)


async def append(bus: Bus, stream: str, event: Event) -> None:
    await bus.commands.pipeline(transaction=False).xadd(stream, {FIELD: encode(event)}).execute()


async def seen(bus: Bus, subscription: EventSubscription, stream: str) -> Sequence[Event]:
    """Append alerts until one arrives: reading begins a moment after the subscription."""
    async with asyncio.timeout(PATIENCE):
        for number in range(1, 10_000):
            alert = service_alert(number, source=f"test/{id(subscription)}")
            await append(bus, stream, replace(alert, sequence=number, incarnation="a"))
            try:
                return (await asyncio.wait_for(subscription.next(), 0.05))[0]
            except TimeoutError:
                continue
    raise AssertionError


async def test_sees_every_kind_of_stream(bus: Bus, observer: Observer) -> None:
    """Ticks of all shards, work events and states come to one client, each as it stands on the bus."""
    events = {market_data(0): tick(), market_data(1): tick(shard=1), PORTFOLIO: portfolio_update(1)}
    async with observer.subscribe([]) as subscription:
        await seen(bus, subscription, ALERTS)
        for stream, event in events.items():
            await append(bus, stream, event)
        found: list[Event] = []
        async with asyncio.timeout(PATIENCE):
            while len(found) < len(events):
                found += [event for event in (await subscription.next())[0] if event in events.values()]
    assert sorted(event.source for event in found) == sorted(event.source for event in events.values())


def test_gives_only_the_types_that_were_asked_for() -> None:
    """A client of one type is not filled by another; without types it gets all."""
    alerts, everything = EventSubscription(["SERVICE_ALERT"]), EventSubscription([])
    for subscription in (alerts, everything):
        subscription.offer([tick(), service_alert()])
    assert list(alerts._waiting) == [service_alert()]
    assert list(everything._waiting) == [tick(), service_alert()]


@pytest.mark.parametrize("batch", [1, 7, 999, 1500])
async def test_a_slow_client_is_told_what_it_lost(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue is bounded: the oldest go, their number is exact, and the newest are all there."""
    subscription = EventSubscription([])
    events = [tick(number) for number in range(1, 3001)]
    for first in range(0, len(events), batch):
        subscription.offer(events[first : first + batch])
    waiting, dropped = await subscription.next()
    assert (len(waiting), dropped) == (1000, 2000)
    assert waiting == events[-1000:]
    subscription.offer(events[:1])
    assert await subscription.next() == (events[:1], 0)


async def test_reads_only_while_somebody_watches(bus: Bus, observer: Observer) -> None:
    """The reader ends with the last client, and begins again for the next one."""
    for _ in range(2):
        async with observer.subscribe([]) as first:
            async with observer.subscribe([]) as second:
                assert await seen(bus, second, ALERTS)
            assert await seen(bus, first, ALERTS)
            reading = observer._reading
        assert reading is not None
        await asyncio.wait([reading], timeout=PATIENCE)
        assert reading.cancelled()
        assert observer._reading is None
    assert bus._readers == []


async def test_a_reader_that_ended_is_begun_again(bus: Bus, observer: Observer) -> None:
    """A reading task that has ended, for whatever reason, serves no one: the next client starts another."""
    async with observer.subscribe([]):
        ended = observer._reading
        assert ended is not None
        ended.cancel()
        await asyncio.gather(ended, return_exceptions=True)
        async with observer.subscribe([]) as second:
            assert await seen(bus, second, ALERTS)


async def test_a_read_that_fails_is_tried_again(bus: Bus, observer: Observer, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that nobody foresaw costs a pause, and no client its subscription."""
    read, failures = BroadcastReader.read, iter([ConfigurationError("?"), ValueError("?")])

    async def failing(reader: BroadcastReader) -> object:
        for failure in failures:
            raise failure
        return await read(reader)

    monkeypatch.setattr(module, "PAUSE", Backoff(first=0.01, longest=0.01))
    monkeypatch.setattr(BroadcastReader, "read", failing)
    async with observer.subscribe([]) as subscription:
        assert await seen(bus, subscription, ALERTS)
