"""What the bus says of prices and days: ticks as they come, last quotes out of their keys, the exchange's sessions."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

import msgspec
import structlog

from stockbot.codec import decode_quote
from stockbot.errors import MalformedEvent
from stockbot.events.market import ExchangeSessions, MarketData, Quote
from stockbot.events.streams import all_market_data, quote_key, session_key
from stockbot.model.ledger.days import Days
from stockbot.model.ledger.valuation import Mark, mark_of
from stockbot.runtime.bus import BroadcastReader, Bus, BusUnavailable, translated

LOOK_SECONDS = 1.0
AHEAD = timedelta(seconds=5)  # so far the gateway's clock may be before ours

logger = structlog.stdlib.get_logger(__name__)


class Prices(Protocol):
    """What watch, publisher and API need of the feed."""

    days: Days
    ticks: int

    def marks(self) -> Mapping[str, Mark]: ...

    def extremes(self) -> Mapping[str, tuple[Mark, Mark]]: ...

    def forget_extremes(self) -> None: ...


class Feed:
    """`held` names the symbols whose last quote is looked up where no tick has brought one.

    `shards` is how many streams the gateway publishes on.
    """

    def __init__(
        self, bus: Bus, exchange: str, stale_seconds: float, held: Callable[[], Collection[str]], shards: int
    ) -> None:
        self.days = Days()
        self.ticks = 0  # how many have changed the marks
        self._bus = bus
        self._exchange = exchange
        self._stale_seconds = stale_seconds
        self._held = held
        self._reader = BroadcastReader(bus, all_market_data(shards))
        self._quotes: dict[str, Quote] = {}
        self._extremes: dict[str, tuple[Mark, Mark]] = {}

    def marks(self) -> dict[str, Mark]:
        """The last price of every symbol, fresh or stale; safe to ask in the database thread."""
        now = self._bus.clock.now()
        return {symbol: mark_of(quote, now, self._stale_seconds) for symbol, quote in self._quotes.copy().items()}

    def extremes(self) -> Mapping[str, tuple[Mark, Mark]]:
        """The lowest and the highest mark of every symbol since `forget_extremes`."""
        return dict(self._extremes)

    def forget_extremes(self) -> None:
        self._extremes.clear()

    async def read(self) -> None:
        """Take in the next ticks: the step of a background loop. Raises BusUnavailable."""
        for event in await self._reader.read():
            if isinstance(event, MarketData):
                self._take(event.data.quotes)

    async def look(self) -> None:
        """Look at the keys, and wait: the step of a background loop."""
        try:
            await self._look()
        except BusUnavailable as error:
            await self._bus.lost(error)
            logger.warning("sessions and last quotes are not known", reason=str(error))
        await self._bus.clock.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        unquoted = [symbol for symbol in sorted(self._held()) if symbol not in self._quotes]
        keys = [session_key(self._exchange), *(quote_key(symbol) for symbol in unquoted)]
        with translated():
            sessions, *quotes = await self._bus.commands.mget(keys)
        if sessions is not None:
            self._learn(sessions)
        self._take([quote for document in quotes if (quote := _quote(document)) is not None])

    def _learn(self, document: bytes) -> None:
        """Sessions that are known stay known while the bus has forgotten them: days do not change."""
        try:
            self.days = Days(sessions=msgspec.json.decode(document, type=ExchangeSessions))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            logger.warning("malformed sessions in the cache", reason=str(error))

    def _take(self, quotes: Sequence[Quote]) -> None:
        """The newest by receipt stays: a cached quote never replaces a tick that came meanwhile.

        Unless its clock was ahead: a price from the future would stay until then.
        """
        latest = self._bus.clock.now() + AHEAD
        for quote in quotes:
            known = self._quotes.get(quote.symbol)
            if known is None or known.receive_time <= quote.receive_time or known.receive_time > latest:
                self._quotes[quote.symbol] = quote
                self.ticks += 1
                self._stretch(quote)

    def _stretch(self, quote: Quote) -> None:
        mark = Mark(price=quote.mark, at=quote.receive_time, stale=quote.stale)
        low, high = self._extremes.get(quote.symbol, (mark, mark))
        self._extremes[quote.symbol] = (
            mark if mark.price < low.price else low,
            mark if mark.price > high.price else high,
        )


def _quote(document: bytes | None) -> Quote | None:
    if document is None:
        return None
    try:
        return decode_quote(document)
    except MalformedEvent as error:
        logger.warning("malformed quote in the cache", reason=str(error))
        return None
