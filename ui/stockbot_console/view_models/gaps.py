"""Where bars are missing from a series. Used by the chart, which marks a gap instead of drawing over it.

Whether nights and weekends are gaps is read from the series itself: they are where it trades through others of them.
"""

from collections.abc import Sequence
from datetime import date, timedelta, tzinfo
from itertools import pairwise

from msgspec import Struct

from stockbot.events.market import Bar

SATURDAY = 5  # as date.weekday counts
USUAL_CLOSURE = 2  # weekdays in a row without a session: holidays and storms explain so many, more deserve a mark


class Gap(Struct, frozen=True, kw_only=True):
    """Bars are missing between the bar at `after`, an index into the series, and the next one."""

    after: int
    text: str


def gaps(bars: Sequence[Bar], zone: tzinfo) -> tuple[Gap, ...]:
    """Find the gaps of a series sorted by start, all of one interval. `zone` is the exchange's."""
    if not bars:
        return ()
    count = _missing_days(bars) if bars[0].interval == "1d" else _missing_bars(bars, zone)
    return tuple(Gap(after=index, text=f"{missing} missing") for index, missing in enumerate(count) if missing)


def _missing_days(bars: Sequence[Bar]) -> list[str]:
    weekends = any(bar.start.weekday() >= SATURDAY for bar in bars)
    return [
        _plural(len(days), "day") if weekends else _unusual(days)
        for before, after in pairwise(bars)
        for days in [_days_between(before.start.date(), after.start.date())]
    ]


def _days_between(before: date, after: date) -> list[date]:
    return [before + timedelta(days=offset) for offset in range(1, (after - before).days)]


def _unusual(days: Sequence[date]) -> str:
    weekdays = sum(day.weekday() < SATURDAY for day in days)
    return _plural(weekdays, "weekday") if weekdays > USUAL_CLOSURE else ""


def _missing_bars(bars: Sequence[Bar], zone: tzinfo) -> list[str]:
    pairs = list(pairwise(bars))
    nights = any(_over_night(*pair, zone) and pair[1].start <= pair[0].end for pair in pairs)
    return [
        "" if _over_night(before, after, zone) and not nights else _plural(_bars_between(before, after), "bar")
        for before, after in pairs
    ]


def _over_night(before: Bar, after: Bar, zone: tzinfo) -> bool:
    return before.start.astimezone(zone).date() != after.start.astimezone(zone).date()


def _bars_between(before: Bar, after: Bar) -> int:
    return max(0, (after.start - before.end) // (before.end - before.start))


def _plural(count: int, noun: str) -> str:
    return "" if count < 1 else f"{count} {noun}" if count == 1 else f"{count} {noun}s"
