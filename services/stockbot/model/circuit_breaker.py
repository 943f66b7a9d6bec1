"""When to stop asking a source that fails, and when to try it again. Used by the gateway's sources.

The pattern is that of M. Nygard, "Release It!": closed (ask), open (do not ask), half-open (one small
question).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

_MOST_DOUBLINGS = 16  # far beyond every sensible limit; keeps the power small


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakerLimits:
    failures: int = 3  # in a row, before the breaker opens
    open_for: timedelta = timedelta(seconds=10)  # the first time; it doubles with each opening in a row
    longest: timedelta = timedelta(minutes=5)
    spread: float = 0.2  # the largest share that jitter adds, so that many clients do not come back at once


@dataclass(frozen=True, kw_only=True, slots=True)
class Breaker:
    """The memory of one breaker. `openings` counts those since the last success."""

    failures: int = 0
    openings: int = 0
    open_until: datetime | None = None

    def state(self, now: datetime) -> BreakerState:
        if self.open_until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now < self.open_until else BreakerState.HALF_OPEN


def after_success() -> Breaker:
    """One good answer forgives everything before it."""
    return Breaker()


def after_failure(breaker: Breaker, *, now: datetime, jitter: float, limits: BreakerLimits) -> Breaker:
    """Count a failure; open at the limit, or at once when it was the half-open probe.

    `jitter` is in [0, 1).
    """
    counted = replace(breaker, failures=breaker.failures + 1)
    state = breaker.state(now)
    if state is BreakerState.OPEN:  # a late answer to an earlier question: it prolongs nothing
        return counted
    if state is BreakerState.HALF_OPEN or counted.failures >= limits.failures:
        return opened(counted, now=now, jitter=jitter, limits=limits)
    return counted


def after_refusal(breaker: Breaker, *, now: datetime, jitter: float, limits: BreakerLimits) -> Breaker:
    """Open at once and for the longest time: only a person can mend a refused key."""
    final = replace(breaker, failures=breaker.failures + 1, openings=_MOST_DOUBLINGS)
    return opened(final, now=now, jitter=jitter, limits=limits)


def opened(breaker: Breaker, *, now: datetime, jitter: float, limits: BreakerLimits) -> Breaker:
    doubled = limits.open_for * 2 ** min(breaker.openings, _MOST_DOUBLINGS)
    pause = min(doubled, limits.longest) * (1 + limits.spread * jitter)
    return replace(breaker, openings=breaker.openings + 1, open_until=now + pause)
