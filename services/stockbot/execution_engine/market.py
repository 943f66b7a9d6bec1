"""The market as the Execution Engine hears it: last quotes, and every tick for a broker that fills from them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from stockbot.events.market import MarketData, Quote
from stockbot.events.streams import all_market_data
from stockbot.runtime.bus import BroadcastReader, Bus

SILENT_SECONDS = 30.0

See = Callable[[Sequence[Quote], datetime, bool], Awaitable[None]]  # the quotes, when they came, whether to fill


class Market:
    """`see` is called with the quotes of every tick: a broker knows prices before it may fill, which `may_fill` says.

    `priced` is called with the same quotes, once they are the last ones. `shards` is how many streams the gateway
    publishes on.
    """

    def __init__(
        self,
        bus: Bus,
        see: See | None,
        may_fill: Callable[[], bool],
        priced: Callable[[Sequence[Quote]], None],
        shards: int,
    ) -> None:
        self.quotes: dict[str, Quote] = {}
        self._bus = bus
        self._see = see
        self._may_fill = may_fill
        self._priced = priced
        self._reader = BroadcastReader(bus, all_market_data(shards))
        self._heard_at: float | None = None

    async def read(self) -> None:
        """Take in the next ticks: the step of a background loop. Raises Unavailable."""
        events = [event for event in await self._reader.read() if isinstance(event, MarketData)]
        if not events:
            return
        self._heard_at = self._bus.clock.monotonic()
        quotes = [quote for event in events for quote in event.data.quotes]
        self.quotes.update({quote.symbol: quote for quote in quotes})
        self._priced(quotes)
        if self._see is not None:
            await self._see(quotes, self._bus.clock.now(), self._may_fill())

    def silent(self) -> str | None:
        """A check of readiness for a broker that fills from quotes."""
        if self._heard_at is None:
            return "no market data has come yet"
        age = self._bus.clock.monotonic() - self._heard_at
        return None if age <= SILENT_SECONDS else f"market data last came {age:.0f} s ago"
