"""What the bus says of the market: ticks as they come, and the keys of sessions, last quotes and heartbeats."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec
import structlog

from stockbot.codec import decode_quote
from stockbot.errors import MalformedEvent
from stockbot.events.market import ExchangeSessions, MarketData, Quote
from stockbot.events.streams import alive_key, all_market_data, quote_key, session_key
from stockbot.risk_guardian.instruments import Instruments
from stockbot.risk_guardian.market import Market
from stockbot.runtime.bus import BroadcastReader, Bus, BusUnavailable, translated

LOOK_SECONDS = 1.0
WARMING_SECONDS = 0.1

logger = structlog.stdlib.get_logger(__name__)


class Feed:
    """`vouching` names the services whose heartbeat an account depends on; market data's own are added.

    `shards` is how many streams the gateway publishes on.
    """

    def __init__(self, bus: Bus, instruments: Instruments, vouching: Callable[[], Sequence[str]], shards: int) -> None:
        self._bus = bus
        self._instruments = instruments
        self._vouching = vouching
        self._reader = BroadcastReader(bus, all_market_data(shards))
        self._quotes: dict[str, Quote] = {}
        self._sessions: Mapping[str, ExchangeSessions] = {}
        self._source_of: dict[str, str] = {}  # of each symbol, the shard that its last tick came from
        self._silent: tuple[str, ...] = ()
        self._heard_at: datetime | None = None
        self._has_looked = False

    def market(self) -> Market:
        """Everything that is known at this moment; later ticks do not change it."""
        return Market(
            now=self._bus.clock.now(),
            quotes=self._quotes.copy(),
            listings=self._instruments.listings,
            sessions=self._sessions,
            simulated=self._instruments.simulated,
            heard_at=self._heard_at,
            silent=self._silent,
        )

    @property
    def is_warm(self) -> bool:
        """Whether what was known before this start is known again: instruments, sessions, last quotes, heartbeats."""
        return self._has_looked and self._instruments.has_asked

    async def read(self) -> None:
        """Take in the next ticks: the step of a background loop. Raises BusUnavailable."""
        for event in await self._reader.read():
            if isinstance(event, MarketData):
                self._source_of.update((quote.symbol, event.source) for quote in event.data.quotes)
                self._take(event.data.quotes)
                self._hear(event.time)

    async def look(self) -> None:
        """Look at the keys, and wait: the step of a background loop."""
        watched = sorted({*self._sources(), *self._vouching()})
        try:
            await self._look(watched)
        except BusUnavailable as error:
            self._silent = tuple(watched)
            await self._bus.lost(error)
            logger.warning("sessions and heartbeats are not known", reason=str(error))
        await self._bus.clock.sleep(LOOK_SECONDS if self.is_warm else WARMING_SECONDS)

    def _sources(self) -> set[str]:
        """Where prices come from now: a shard whose symbols are all another's since, is not missed."""
        listings = self._instruments.listings
        return {source for symbol, source in self._source_of.items() if symbol in listings}

    async def _look(self, watched: Sequence[str]) -> None:
        listings = self._instruments.listings
        exchanges = sorted({listing.exchange for listing in listings.values()})
        unquoted = [symbol for symbol in listings if symbol not in self._quotes]
        sessions = await self._values([session_key(name) for name in exchanges])
        quotes = await self._values([quote_key(symbol) for symbol in unquoted])
        beats = await self._values([alive_key(source) for source in watched])
        self._sessions = {one.exchange: one for found in sessions if (one := _sessions(found)) is not None}
        self._recall([quote for found in quotes if (quote := _quote(found)) is not None])
        self._silent = tuple(source for source, beat in zip(watched, beats, strict=True) if beat is None)
        self._has_looked = bool(listings)

    async def _values(self, keys: Sequence[str]) -> list[bytes | None]:
        if not keys:
            return []
        with translated():
            return await self._bus.commands.mget(keys)

    def _recall(self, quotes: Sequence[Quote]) -> None:
        """Last quotes out of their keys: market data came when they did."""
        self._take(quotes)
        for quote in quotes:
            self._hear(quote.receive_time)

    def _hear(self, at: datetime) -> None:
        self._heard_at = at if self._heard_at is None else max(at, self._heard_at)

    def _take(self, quotes: Sequence[Quote]) -> None:
        """The newest by receipt stays: a cached quote never replaces a tick that came meanwhile."""
        for quote in quotes:
            known = self._quotes.get(quote.symbol)
            if known is None or known.receive_time <= quote.receive_time:
                self._quotes[quote.symbol] = quote


def _sessions(document: bytes | None) -> ExchangeSessions | None:
    if document is None:
        return None
    try:
        return msgspec.json.decode(document, type=ExchangeSessions)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        logger.warning("malformed sessions in the cache", reason=str(error))
        return None


def _quote(document: bytes | None) -> Quote | None:
    if document is None:
        return None
    try:
        return decode_quote(document)
    except MalformedEvent as error:
        logger.warning("malformed quote in the cache", reason=str(error))
        return None
