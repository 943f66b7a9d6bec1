"""Ticks on a real bus: numbered events, and the last quote of each symbol."""

import pytest

from stockbot.codec import decode_entry
from stockbot.events.market import MarketData
from stockbot.events.streams import market_data, quote_key
from stockbot.market_data_gateway.publisher import Publisher, last_quotes
from stockbot.runtime.bus import Bus, BusUnavailable
from stockbot.testing.clock import START
from stockbot.testing.events import quote

QUOTES = (quote("AAPL"), quote("MSFT", "402.10"))


def publisher(bus: Bus, incarnation: str = "a") -> Publisher:
    return Publisher(bus, source="market-data-gateway/3", shard=3, interval_seconds=5.0, incarnation=incarnation)


async def test_one_event_carries_one_tick(bus: Bus) -> None:
    """All quotes of the shard are in one event on the shard's own stream, numbered from one without a gap."""
    gateway = publisher(bus)
    sent = [await gateway.publish(QUOTES, START) for _ in range(3)]
    entries = await bus.commands.xrevrange(market_data(3), count=10)
    found = [decode_entry(fields) for _, fields in reversed(entries) if fields]
    assert found == sent
    assert [(event.sequence, event.incarnation, event.source) for event in sent] == [
        (number, "a", "market-data-gateway/3") for number in (1, 2, 3)
    ]
    assert isinstance(found[0], MarketData)
    assert found[0].data.quotes == QUOTES
    assert (found[0].data.shard, found[0].data.interval_seconds) == (3, 5.0)


async def test_the_last_quotes_are_cached(bus: Bus) -> None:
    """The next process finds each symbol's last quote; what is unknown or damaged is left out."""
    await publisher(bus).publish(QUOTES, START)
    await publisher(bus, "b").publish([quote("AAPL", "190.00")], START)
    await bus.commands.set(quote_key("IBM"), b'{"symbol": "IBM"}')
    found = await last_quotes(bus, ["MSFT", "AAPL", "IBM", "NVDA"])
    assert [(each.symbol, str(each.last)) for each in found] == [("MSFT", "402.10"), ("AAPL", "190.00")]


async def test_a_shard_without_symbols_knows_no_quotes(bus: Bus) -> None:
    """More shards than symbols is no error."""
    assert await last_quotes(bus, []) == []


async def test_a_failed_tick_leaves_a_gap(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """A number that was used is never used again, so every reader notices what it did not get."""
    gateway = publisher(bus)
    await gateway.publish(QUOTES, START)
    with monkeypatch.context() as context:
        context.setattr(bus.commands, "pipeline", _away)
        with pytest.raises(BusUnavailable):
            await gateway.publish(QUOTES, START)
    assert (await gateway.publish(QUOTES, START)).sequence == 3


def _away(*, transaction: bool) -> None:
    raise BusUnavailable(f"the bus does not answer, transaction {transaction}")
