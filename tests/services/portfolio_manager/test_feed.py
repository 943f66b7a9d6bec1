"""Marks and days from a real bus: ticks, last quotes out of their keys, sessions, and what is malformed."""

from datetime import timedelta
from decimal import Decimal

import msgspec
from tests.services.portfolio_manager.conftest import sessions

from stockbot.codec import encode_quote
from stockbot.events.streams import market_data, quote_key, session_key
from stockbot.portfolio_manager.feed import Feed
from stockbot.runtime.bus import Bus, publish
from stockbot.testing import events


def feed_of(bus: Bus, *held: str) -> Feed:
    return Feed(bus, "XNYS", 30.0, lambda: held, shards=4)


async def test_the_newest_tick_is_the_mark(bus: Bus) -> None:
    """Last, else the middle of bid and ask; an older tick changes nothing; extremes are kept until forgotten."""
    feed, now = feed_of(bus), bus.clock.now()
    await feed.read()
    ticks = [("100", 0), ("90", 1), ("120", 2), ("95", -60)]
    for number, (price, after) in enumerate(ticks, 1):
        quote = events.quote("AAPL", price, at=now + timedelta(seconds=after))
        await publish(bus, market_data(0), [events.market_data(number, quotes=[quote])])
    middle = msgspec.structs.replace(events.quote("KO", "50", at=now), last=None)
    await publish(bus, market_data(3), [events.market_data(1, quotes=[middle], shard=3)])
    while "KO" not in feed.marks() or feed.ticks < 4:
        await feed.read()
    marks = feed.marks()
    assert [marks["AAPL"].price, marks["KO"].price] == [120, 50]
    low, high = feed.extremes()["AAPL"]
    assert [low.price, high.price] == [90, 120]
    feed.forget_extremes()
    assert feed.extremes() == {}


async def test_a_price_from_the_future_does_not_stay(bus: Bus) -> None:
    """A gateway's clock was an hour ahead: its price is stale, and gives way to the next one."""
    feed, now = feed_of(bus), bus.clock.now()
    await feed.read()
    seen = []
    for number, (price, after) in enumerate((("100", 3600), ("90", 0)), 1):
        quote = events.quote("AAPL", price, at=now + timedelta(seconds=after))
        await publish(bus, market_data(0), [events.market_data(number, quotes=[quote])])
        while feed.ticks < number:
            await feed.read()
        mark = feed.marks()["AAPL"]
        seen.append((str(mark.price), mark.stale))
    assert seen == [("100", True), ("90", False)]


async def test_what_was_known_before_the_start(bus: Bus) -> None:
    """The last quotes of what is held and the sessions are in their keys; an old quote is a stale mark."""
    now = bus.clock.now()
    old = events.quote("AAPL", "101.5", at=now - timedelta(seconds=31))
    await bus.commands.set(quote_key("AAPL"), encode_quote(old))
    await bus.commands.set(quote_key("MSFT"), encode_quote(events.quote("MSFT", "1", at=now)))
    await bus.commands.set(session_key("XNYS"), msgspec.json.encode(sessions(now)))
    feed = feed_of(bus, "AAPL")
    assert feed.days.is_guess()
    await feed.look()
    assert feed.marks().keys() == {"AAPL"}
    assert (feed.marks()["AAPL"].price, feed.marks()["AAPL"].stale) == (Decimal("101.5"), True)
    assert not feed.days.is_guess()


async def test_malformed_keys_are_passed_over(bus: Bus) -> None:
    """Whatever stands in a key, the loop goes on, and what was known stays."""
    feed = feed_of(bus, "AAPL")
    await bus.commands.set(session_key("XNYS"), msgspec.json.encode(sessions(bus.clock.now())))
    await feed.look()
    days = feed.days
    for document in (b"\xff\xfe", b"{}", b'{"symbol": 1}'):
        await bus.commands.set(quote_key("AAPL"), document)
        await bus.commands.set(session_key("XNYS"), document)
        await feed.look()
    assert (feed.days, feed.marks()) == (days, {})
