"""Puts a tick on the bus: one numbered MARKET_DATA event, and each quote as the last one of its symbol."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from stockbot.codec import decode_quote, encode_quote
from stockbot.errors import MalformedEvent
from stockbot.events.market import MarketData, Quote, Tick
from stockbot.events.streams import market_data, quote_key
from stockbot.runtime.bus import Bus, publish, translated

logger = structlog.stdlib.get_logger(__name__)


class Publisher:
    """Numbers the ticks of one start of one shard: `incarnation` is another at each start."""

    def __init__(self, bus: Bus, *, source: str, shard: int, interval_seconds: float, incarnation: str) -> None:
        self._bus = bus
        self._source = source
        self._shard = shard
        self._interval_seconds = interval_seconds
        self._incarnation = incarnation
        self._sequence = 0

    async def publish(self, quotes: Sequence[Quote], now: datetime) -> MarketData:
        """Publish one tick; BusUnavailable leaves a gap in the numbers, which every reader counts."""
        event = self.numbered(quotes, now)
        await publish(self._bus, market_data(self._shard), [event])
        pipeline = self._bus.commands.pipeline(transaction=False)
        for quote in quotes:
            pipeline.set(quote_key(quote.symbol), encode_quote(quote))
        with translated():
            await pipeline.execute()
        return event

    def numbered(self, quotes: Sequence[Quote], now: datetime) -> MarketData:
        """The next event of this source."""
        self._sequence += 1
        event_id = f"{self._source}/{self._incarnation}/{self._sequence}"
        return MarketData(
            id=event_id,
            source=self._source,
            time=now,
            subject=str(self._shard),
            correlationid=event_id,
            sequence=self._sequence,
            incarnation=self._incarnation,
            data=Tick(shard=self._shard, interval_seconds=self._interval_seconds, quotes=tuple(quotes)),
        )


async def last_quotes(bus: Bus, symbols: Sequence[str]) -> list[Quote]:
    """The last published quote of each symbol that the bus still knows; raises BusUnavailable."""
    with translated():
        documents = await bus.commands.mget([quote_key(symbol) for symbol in symbols])
    return [quote for document in documents if document and (quote := _readable(document)) is not None]


def _readable(document: bytes) -> Quote | None:
    try:
        return decode_quote(document)
    except MalformedEvent as error:
        logger.warning("malformed quote in the cache", reason=str(error))
        return None
