"""The price inside a bar of which only open, high, low and close are known. Used by replay.

The documented path: from the open straight to the extreme that is nearer to it (the low where both are as near),
then to the other extreme, then to the close, each in a third of the time.
"""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from stockbot.events.market import Bar

LEGS = 3
CENT = Decimal("0.01")
MICROSECOND = timedelta(microseconds=1)


def price_at(bar: Bar, at: datetime) -> Decimal:
    """Return the price at `at`, which lies in [start, end], in cents or in the bar's own finer digits."""
    knots = _knots(bar)
    passed, whole = _elapsed(bar, at)
    leg = min(LEGS * passed // whole, LEGS - 1)
    price = knots[leg] + (knots[leg + 1] - knots[leg]) * (LEGS * passed - leg * whole) / whole
    return price.quantize(min((*knots, CENT), key=_exponent), ROUND_HALF_EVEN)


def volume_at(bar: Bar, at: datetime) -> Decimal | None:
    """Return the whole shares traded since the bar's start: even in time."""
    passed, whole = _elapsed(bar, at)
    return None if bar.volume is None else bar.volume * passed // whole


def _knots(bar: Bar) -> tuple[Decimal, ...]:
    extremes = (bar.low, bar.high) if bar.open - bar.low <= bar.high - bar.open else (bar.high, bar.low)
    return (bar.open, *extremes, bar.close)


def _elapsed(bar: Bar, at: datetime) -> tuple[int, int]:
    """Return the microseconds since the bar's start, and those of the whole bar."""
    return (at - bar.start) // MICROSECOND, (bar.end - bar.start) // MICROSECOND


def _exponent(price: Decimal) -> int:
    exponent = price.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - a bar's prices are finite
    return exponent
