"""Bars out of quotes, and long bars out of short ones. Used by the gateway and by replay.

The rules:
- A bar is made of trades: a quote without `last` adds nothing, for a middle of bid and ask was never traded.
- Stale quotes and those outside the exchange's sessions add nothing. The closing trade, at the very moment of
  the close, belongs to the session's last minute. A minute without a trade has no bar.
- Inside the running minute source times count, not the order of arrival; of equal source times the later
  arrival is the later trade. A quote for a minute that is over comes too late and adds nothing.
- Volume is the difference of the session's running total, which starts at zero with each session. What was
  traded while nobody looked belongs to the next bar, so the bars of a session add up to its total.
- A series has one symbol, one provider and one adjustment; anything else raises ValueError.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.market import Bar, Quote, SessionHours
from stockbot.model import intervals
from stockbot.model.trading_hours import TradingHours

MINUTE = "1m"
_MOMENT = timedelta(microseconds=1)


class _Running(Struct, gc=False):
    """The minute that is being built."""

    start: datetime
    session: SessionHours
    first: tuple[datetime, Decimal]
    last: tuple[datetime, Decimal]
    high: Decimal
    low: Decimal
    total: Decimal | None  # the session's volume at the latest trade
    total_before: Decimal | None  # the same at the end of the bar before; None: not known


class BarBuilder:
    """Builds the one-minute bars of one symbol from one provider's quotes.

    `since`, UTC, is when watching began: the minute it lies in has no bar, for its beginning was missed.
    """

    def __init__(self, *, symbol: str, provider: str, hours: TradingHours, since: datetime) -> None:
        self._symbol = symbol
        self._provider = provider
        self._hours = hours
        self._since = since
        self._running: _Running | None = None
        self._built_until = since
        self._totals: tuple[SessionHours, Decimal] | None = None

    def add(self, quote: Quote) -> Bar | None:
        """Take a quote; return the bar that it completes by opening a later minute, if any."""
        self._check(quote)
        placed = self._minute_of(quote.source_time)
        if quote.last is None or quote.stale or placed is None:
            return None
        start, session = placed
        if start + intervals.LENGTHS[MINUTE] <= self._built_until:
            return None
        if self._running is not None and start < self._running.start:
            return None
        return self._take(quote, quote.last, start, session)

    def finish(self, until: datetime) -> Bar | None:
        """Return the running bar once its minute is over at `until`, without waiting for the next trade."""
        if self._running is None or until < self._running.start + intervals.LENGTHS[MINUTE]:
            return None
        return self._complete()

    @property
    def running(self) -> Bar | None:
        """The bar of the running minute as far as it is known."""
        whole = self._running is not None and self._running.start >= self._since
        return self._bar(self._running, complete=False) if self._running and whole else None

    def _check(self, quote: Quote) -> None:
        if (quote.symbol, quote.provider) != (self._symbol, self._provider):
            raise ValueError(
                f"a quote of {quote.symbol} from {quote.provider} does not belong into the bars of "
                f"{self._symbol} from {self._provider}"
            )

    def _minute_of(self, at: datetime) -> tuple[datetime, SessionHours] | None:
        session = self._hours.latest(at)
        if session is None or at > session.closes:
            return None
        return intervals.floor(min(at, session.closes - _MOMENT), MINUTE), session

    def _take(self, quote: Quote, price: Decimal, start: datetime, session: SessionHours) -> Bar | None:
        if self._running is not None and start == self._running.start:
            _extend(self._running, quote, price)
            return None
        done = self._complete() if self._running is not None else None
        trade, before = (quote.source_time, price), self._total_before(session, quote.volume)
        self._running = _Running(start, session, trade, trade, price, price, quote.volume, before)
        return done

    def _total_before(self, session: SessionHours, volume: Decimal | None) -> Decimal | None:
        """Return the total at the minute's start; where watching began in mid-session, its first quote's."""
        if self._totals is not None and self._totals[0] == session:
            return self._totals[1]
        return Decimal(0) if self._since <= session.opens else volume

    def _complete(self) -> Bar | None:
        done = self._running
        assert done is not None  # noqa: S101 - both callers have looked
        self._running, self._built_until = None, done.start + intervals.LENGTHS[MINUTE]
        if done.total is not None:
            self._totals = (done.session, max(done.total, done.total_before or done.total))
        return self._bar(done, complete=True) if done.start >= self._since else None

    def _bar(self, done: _Running, *, complete: bool) -> Bar:
        return Bar(
            symbol=self._symbol,
            interval=MINUTE,
            start=done.start,
            end=done.start + intervals.LENGTHS[MINUTE],
            open=done.first[1],
            high=done.high,
            low=done.low,
            close=done.last[1],
            volume=_difference(done.total, done.total_before),
            provider=self._provider,
            complete=complete,
        )


def _extend(running: _Running, quote: Quote, price: Decimal) -> None:
    trade = (quote.source_time, price)
    running.first = min(running.first, trade, key=_time)
    running.last = max(trade, running.last, key=_time)
    running.high, running.low = max(running.high, price), min(running.low, price)
    totals = [total for total in (running.total, quote.volume) if total is not None]
    running.total = max(totals, default=None)
    if running.total_before is None:
        running.total_before = quote.volume


def _difference(total: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if total is None or before is None else max(Decimal(0), total - before)


def _time(trade: tuple[datetime, Decimal]) -> datetime:
    return trade[0]


def aggregate(bars: Sequence[Bar], interval: str, hours: TradingHours, until: datetime) -> tuple[Bar, ...]:
    """Join shorter bars, sorted by start, into longer ones.

    Intervals within the day follow the grid of UTC. Days follow the sessions and leave out bars outside them.
    A bar that ends after `until` is marked as not complete. Raises ValueError for a mixed series.
    """
    _check_one_series(bars)
    spans = ((bar, _span(bar, interval, hours)) for bar in bars)
    grouped = groupby(((bar, span) for bar, span in spans if span), key=lambda pair: pair[1])
    return tuple(_join([bar for bar, _ in group], interval, span, until) for span, group in grouped if span)


def _check_one_series(bars: Iterable[Bar]) -> None:
    series = {(bar.symbol, bar.provider, bar.adjustment, bar.interval) for bar in bars}
    if len(series) > 1:
        raise ValueError(f"bars of different series cannot be joined: {sorted(series)}")


def _span(bar: Bar, interval: str, hours: TradingHours) -> tuple[datetime, datetime] | None:
    if interval != intervals.DAY:
        start = intervals.floor(bar.start, interval)
        return start, start + intervals.length_of(interval)
    session = hours.latest(bar.end - _MOMENT)
    return (session.opens, session.closes) if session and session.closes > bar.start else None


def _join(bars: Sequence[Bar], interval: str, span: tuple[datetime, datetime], until: datetime) -> Bar:
    volumes = [bar.volume for bar in bars if bar.volume is not None]
    return replace(
        bars[0],
        interval=interval,
        start=span[0],
        end=span[1],
        high=max(bar.high for bar in bars),
        low=min(bar.low for bar in bars),
        close=bars[-1].close,
        volume=sum(volumes, Decimal(0)) if len(volumes) == len(bars) else None,
        complete=span[1] <= until,
    )
