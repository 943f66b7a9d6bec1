"""The bars of a chart: how far back, and the running bar carried on live. Used by the symbol page."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.market import Bar, Quote


class Interval(Struct, frozen=True, kw_only=True):
    """A choice of the symbol page: its name in the API and the URL, its length, and how far back it looks."""

    name: str
    title: str
    length: timedelta
    window: timedelta


INTERVALS = (
    Interval(name="1m", title="1 min", length=timedelta(minutes=1), window=timedelta(hours=8)),
    Interval(name="5m", title="5 min", length=timedelta(minutes=5), window=timedelta(days=3)),
    Interval(name="15m", title="15 min", length=timedelta(minutes=15), window=timedelta(days=7)),
    Interval(name="1h", title="1 hour", length=timedelta(hours=1), window=timedelta(days=30)),
    Interval(name="1d", title="1 day", length=timedelta(days=1), window=timedelta(days=730)),
)
DEFAULT_INTERVAL = INTERVALS[-1]
SHORTEST_PAUSE = timedelta(seconds=15)  # each question may cost a unit of a provider's budget
LONGEST_PAUSE = timedelta(minutes=15)


def interval_of(name: str | None) -> Interval:
    """Find the interval of that name; the default for one that does not exist, as people type URLs."""
    return next((interval for interval in INTERVALS if interval.name == name), DEFAULT_INTERVAL)


def carried_on(bars: Sequence[Bar], price: Decimal, at: datetime) -> tuple[Bar, ...]:
    """Let the last bar follow a live price of the time `at`, UTC, if the bar is still running then."""
    if not bars or not (bars[-1].start <= at < bars[-1].end):
        return tuple(bars)
    last = bars[-1]
    moved = replace(last, close=price, high=max(last.high, price), low=min(last.low, price), complete=False)
    return (*bars[:-1], moved)


def market_time(quote: Quote | None, now: datetime) -> datetime:
    """Return the time in the market of `quote`: past for a replay and after the close. UTC."""
    return now if quote is None else min(now, quote.source_time)


def is_due(bars: Sequence[Bar], interval: Interval, *, market: datetime, waited: timedelta) -> bool:
    """Tell whether the series should be asked for again: the last bar is over, and the last answer is not too fresh."""
    pause = min(max(interval.length / 4, SHORTEST_PAUSE), LONGEST_PAUSE)
    return waited >= pause and (not bars or market >= bars[-1].end)
