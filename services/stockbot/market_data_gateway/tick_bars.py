"""Bars built from ticks, for the sources whose market runs with the clock. They complete what a provider has not yet.

Built bars are raw and of one provider, so they follow only raw bars of the same provider.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from msgspec.structs import replace
from sqlalchemy import Connection

from stockbot.errors import ConfigurationError
from stockbot.events.market import Adjustment, Bar, Quote
from stockbot.market_data_gateway import store
from stockbot.model import intervals
from stockbot.model.bar_building import MINUTE, BarBuilder, aggregate
from stockbot.model.freshness import FreshnessLimits
from stockbot.model.trading_hours import TradingHours
from stockbot.runtime.storage import Transactions

KEPT = timedelta(days=30)
PRUNE_EVERY = timedelta(hours=6)
MOST_UNSAVED = 20_000  # bars that wait for SQL; beyond that the oldest are lost, and history is asked of the provider
LATE = timedelta(minutes=1)  # a minute may still get trades for so long after its end
DELAY = FreshnessLimits().delay  # and those of a delayed source come so much later

HoursOf = Callable[[str], TradingHours]

logger = structlog.stdlib.get_logger(__name__)


class TickBars:
    """One builder for each symbol and provider; completed minutes are kept in SQL."""

    def __init__(self, database: Transactions, hours_of: HoursOf) -> None:
        self._database = database
        self._hours_of = hours_of
        self._builders: dict[tuple[str, str], BarBuilder | None] = {}
        self._unsaved: list[Bar] = []
        self._pruned_at: datetime | None = None

    def add(self, quotes: Sequence[Quote], now: datetime) -> None:
        """Take the quotes of a beat."""
        for quote in quotes:
            builder = self._builder(quote, now)
            if builder is not None:
                late = LATE + DELAY if quote.delayed else LATE
                completed = [builder.add(quote), builder.finish(now - late)]
                self._unsaved += [bar for bar in completed if bar is not None]

    async def save(self, now: datetime) -> None:
        """Keep what was completed; raises Unavailable, and what was not kept stays for the next time."""
        if self._unsaved:
            await self._save()
        if self._pruned_at is None or now - self._pruned_at >= PRUNE_EVERY:
            await self._database.run(lambda connection: store.prune_bars(connection, now - KEPT))
            self._pruned_at = now

    async def following(
        self, symbol: str, provider: str, interval: str, start: datetime, end: datetime, now: datetime
    ) -> tuple[Bar, ...]:
        """The bars of `interval` that start in [start, end), the running one included; raises Unavailable.

        A bar that lacks one of its minutes, because nobody watched or nobody traded, is never marked as complete.
        """
        margin = intervals.length_of(interval)  # a long bar starts before some of its minutes
        kept = await self._database.read(partial(_kept, symbol, provider, start - margin, end + margin))
        running = self._running(symbol, provider)
        known = {bar.start: bar for bar in (*running, *self._unsaved_of(symbol, provider), *kept)}
        minutes = [known[at] for at in sorted(known)]
        if not minutes:
            return ()
        until = min([now, *(bar.start for bar in running)])
        bars = aggregate(minutes, interval, self._hours_of(symbol), until)
        return tuple(_complete_if_whole(bar, minutes) for bar in bars if start <= bar.start < end)

    async def _save(self) -> None:
        bars, self._unsaved = self._unsaved, []
        try:
            await self._database.run(lambda connection: store.add_bars(connection, bars))
        except BaseException:
            self._unsaved = [*bars, *self._unsaved][-MOST_UNSAVED:]
            raise

    def _running(self, symbol: str, provider: str) -> Sequence[Bar]:
        builder = self._builders.get((symbol, provider))
        running = builder.running if builder is not None else None
        return [] if running is None else [running]

    def _unsaved_of(self, symbol: str, provider: str) -> Sequence[Bar]:
        return [bar for bar in self._unsaved if (bar.symbol, bar.provider) == (symbol, provider)]

    def _builder(self, quote: Quote, now: datetime) -> BarBuilder | None:
        key = (quote.symbol, quote.provider)
        if key not in self._builders:
            self._builders[key] = self._new_builder(quote, now)
        return self._builders[key]

    def _new_builder(self, quote: Quote, now: datetime) -> BarBuilder | None:
        """None for an exchange without a calendar: what a day is, is not known there."""
        try:
            hours = self._hours_of(quote.symbol)
        except ConfigurationError as error:
            logger.warning("no bars are built", symbol=quote.symbol, reason=str(error))
            return None
        return BarBuilder(symbol=quote.symbol, provider=quote.provider, hours=hours, since=now)


def _kept(symbol: str, provider: str, start: datetime, end: datetime, connection: Connection) -> list[Bar]:
    return store.bars(connection, symbol, provider, start, end)


def _complete_if_whole(bar: Bar, minutes: Sequence[Bar]) -> Bar:
    first, last = (bisect_left(minutes, at, key=lambda minute: minute.start) for at in (bar.start, bar.end))
    whole = (last - first) * intervals.LENGTHS[MINUTE] == bar.end - bar.start
    return bar if whole else replace(bar, complete=False)


def joined(history: Sequence[Bar], built: Sequence[Bar]) -> tuple[Bar, ...]:
    """The provider's bars, then those built from ticks that come after them and belong to the same series."""
    if not history:
        return tuple(built)
    last = history[-1]
    if last.adjustment is not Adjustment.RAW:
        return tuple(history)
    return (*history, *(bar for bar in built if bar.provider == last.provider and bar.start >= last.end))
