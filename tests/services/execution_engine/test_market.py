"""Ticks reach the broker that fills from them, once, and only while this process may trade."""

from collections.abc import Sequence
from datetime import datetime

from stockbot.events.market import Quote
from stockbot.events.streams import market_data
from stockbot.execution_engine.market import Market
from stockbot.runtime.bus import Bus, publish
from stockbot.testing.events import market_data as tick
from stockbot.testing.events import quote


async def test_ticks_reach_the_broker_while_it_may_see_them(bus: Bus) -> None:
    """The last quote of any shard is known in any case, to judge orders at once; without the lease nothing fills."""
    seen: list[tuple[str, bool]] = []
    priced: list[str] = []
    allowed: list[bool] = [True, False]

    async def see(quotes: Sequence[Quote], now: datetime, may_fill: bool) -> None:
        seen.extend((str(one.last), may_fill) for one in quotes)

    market = Market(
        bus, see, lambda: allowed.pop(0), lambda quotes: priced.extend(str(one.last) for one in quotes), shards=2
    )
    assert market.silent() == "no market data has come yet"
    await market.read()
    for number, last in enumerate(("100", "101"), start=1):
        await publish(bus, market_data(number - 1), [tick(number, quotes=[quote("AAPL", last)])])
        await market.read()
    assert (seen, priced) == ([("100", True), ("101", False)], ["100", "101"])
    assert str(market.quotes["AAPL"].last) == "101"
    assert market.silent() is None
