"""How many requests a source may still be sent. Used by the gateway's budgets and sources.

Both windows slide: at most `limit` requests in ANY 60 seconds and in ANY 24 hours. A source may count by its
own minute and day in its own time zone; whichever it is, a sliding window never exceeds it.

Usage is kept in buckets (a second, five minutes), so that a day is at most 289 numbers. A bucket counts until
its last possible request has left the window: the rounding is always on the safe side.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Window(StrEnum):
    MINUTE = "minute"
    DAY = "day"

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=1) if self is Window.MINUTE else timedelta(days=1)

    @property
    def grain(self) -> timedelta:
        return timedelta(seconds=1) if self is Window.MINUTE else timedelta(minutes=5)

    def bucket(self, at: datetime) -> datetime:
        """Return the start of the bucket that `at` falls into, UTC."""
        seconds = int(self.grain.total_seconds())
        return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """Requests per window; None where the source sets no limit."""

    per_minute: int | None = None
    per_day: int | None = None

    @property
    def limits(self) -> dict[Window, int]:
        both = {Window.MINUTE: self.per_minute, Window.DAY: self.per_day}
        return {window: limit for window, limit in both.items() if limit is not None}


@dataclass(frozen=True, slots=True)
class Spent:
    """The requests of one bucket."""

    bucket: datetime
    requests: int


Usage = Mapping[Window, Sequence[Spent]]


def used(window: Window, spent: Iterable[Spent], now: datetime) -> int:
    """Return requests that still count at `now`.

    A bucket from the future (the clock was set back) counts as well.
    """
    return sum(s.requests for s in spent if now < _leaves(window, s))


def allowed(budget: Budget, usage: Usage, now: datetime, wanted: int) -> int:
    """How many of the `wanted` requests may be sent now."""
    left = [limit - used(window, usage.get(window, ()), now) for window, limit in budget.limits.items()]
    return max(0, min([wanted, *left]))


def next_allowed(budget: Budget, usage: Usage, now: datetime, requests: int = 1) -> datetime | None:
    """Return the first moment from `now` on at which `requests` may be sent.

    None if a limit is below that number.
    """
    if any(requests > limit for limit in budget.limits.values()):
        return None
    return max((_free(w, usage.get(w, ()), now, n - requests) for w, n in budget.limits.items()), default=now)


def pace(budget: Budget, requests: int) -> timedelta:
    """How far apart rounds of so many requests must lie for the budget to last.

    25 a day and 5 a round are 4.8 h.
    """
    return max((w.length * requests / max(n, 1) for w, n in budget.limits.items()), default=timedelta())


def _leaves(window: Window, spent: Spent) -> datetime:
    return spent.bucket + window.grain + window.length


def _free(window: Window, spent: Sequence[Spent], now: datetime, at_most: int) -> datetime:
    """Return the first moment from `now` on at which at most `at_most` requests count in this window."""
    moments = [now, *sorted(m for m in (_leaves(window, s) for s in spent) if m > now)]
    return next(m for m in moments if used(window, spent, m) <= at_most)
