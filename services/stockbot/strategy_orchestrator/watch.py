"""Bars of one symbol out of its quotes, only of what was watched from beginning to end. Pure.

After a gap, a stale quote or a change of provider watching begins anew: what is missing then, the gateway is asked for.
"""

from collections.abc import Iterable
from datetime import datetime

from stockbot.events.market import Bar, Quote, Session
from stockbot.model.bar_building import BarBuilder, aggregate
from stockbot.model.trading_hours import TradingHours


class Watch:
    """`intervals` are those that somebody wants; `now` is the market's time, `since` when watching began."""

    def __init__(self, symbol: str, intervals: Iterable[str]) -> None:
        self.symbol = symbol
        self.now: datetime | None = None
        self.since: datetime | None = None
        self.quote: Quote | None = None
        self.hours: TradingHours | None = None
        self._minutes: dict[str, list[Bar]] = {interval: [] for interval in intervals}
        self._builder: BarBuilder | None = None

    def take(self, quote: Quote, hours: TradingHours, *, broken: bool) -> list[Bar]:
        """The bars of all intervals that this quote shows to be over, oldest first in each interval."""
        broken = broken or self._is_another_series(quote, hours)
        self.quote, self.hours = quote, hours
        self.now = quote.source_time if self.now is None else max(self.now, quote.source_time)
        if broken or self._builder is None:
            self._begin(quote, hours)
        if quote.stale:
            self._builder = None
            return []
        return self._built(quote, hours)

    @property
    def is_stale(self) -> bool:
        """Whether the last quote must not be acted on."""
        return self.quote is not None and self.quote.stale

    def _is_another_series(self, quote: Quote, hours: TradingHours) -> bool:
        same_provider = self.quote is None or quote.provider == self.quote.provider
        return not same_provider or hours is not self.hours

    def _begin(self, quote: Quote, hours: TradingHours) -> None:
        self.since = quote.source_time
        self._builder = BarBuilder(symbol=self.symbol, provider=quote.provider, hours=hours, since=self.since)
        for minutes in self._minutes.values():
            minutes.clear()

    def _built(self, quote: Quote, hours: TradingHours) -> list[Bar]:
        builder = self._builder
        assert builder is not None  # noqa: S101 - `take` has begun
        minutes = [minute for minute in (builder.add(quote), self._last_minute(quote)) if minute is not None]
        until = quote.source_time if builder.running is None else builder.running.start
        if minutes and quote.session is Session.CLOSED:
            until = self.now = max(until, _closed_at(quote, minutes[-1], hours))
        return [bar for interval in self._minutes for bar in self._joined(interval, minutes, hours, until)]

    def _last_minute(self, quote: Quote) -> Bar | None:
        """The minute before the close: no later trade completes it."""
        running = self._builder.running if self._builder is not None else None
        if running is None or quote.session is not Session.CLOSED or self._builder is None:
            return None
        return self._builder.finish(running.end)

    def _joined(self, interval: str, minutes: list[Bar], hours: TradingHours, until: datetime) -> list[Bar]:
        """The bars of one interval that are over at `until`; the minutes of the others are kept."""
        if not minutes:
            return []
        kept = [*self._minutes[interval], *minutes]
        bars = [bar for bar in aggregate(kept, interval, hours, until) if bar.complete]
        if bars:
            kept = [minute for minute in kept if minute.start >= bars[-1].end]
        self._minutes[interval] = kept
        assert self.since is not None  # noqa: S101 - watching has begun
        return [bar for bar in bars if bar.start >= self.since]


def _closed_at(quote: Quote, last: Bar, hours: TradingHours) -> datetime:
    """The close of the session that the quote ended; the end of its last minute where no session is known."""
    session = hours.latest(quote.source_time)
    return session.closes if session is not None and session.closes <= quote.receive_time else last.end
