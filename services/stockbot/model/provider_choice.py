"""Which source is asked now. Used by the gateway's failover before every single request.

The order of the document is the order of preference: the first source that nothing keeps back is asked. A
source that comes back is therefore preferred again at once, after one small question while its breaker is
half-open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from stockbot.model.circuit_breaker import Breaker, BreakerState


class Condition(StrEnum):
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """One source as the choice sees it.

    `symbols` are those that it could still be asked for in this round.
    """

    name: str
    breaker: Breaker
    batch: int = 1  # symbols per request
    symbols: int = 1
    requests_allowed: int | None = None  # None: no budget is set
    next_allowed: datetime | None = None  # when the budget allows the next request; None: never
    throttled_until: datetime | None = None  # what the source itself asked for


@dataclass(frozen=True, slots=True)
class Ask:
    """Send one request to `name` for `symbols` symbols."""

    name: str
    symbols: int


@dataclass(frozen=True, slots=True)
class Nobody:
    """Nobody can be asked.

    `reasons` says why not, in words, for each source that had symbols to be asked for.
    """

    reasons: Mapping[str, str]


def choose(candidates: Sequence[Candidate], now: datetime) -> Ask | Nobody:
    wanted = [candidate for candidate in candidates if candidate.symbols > 0]
    obstacles = {candidate.name: obstacle(candidate, now) for candidate in wanted}
    for candidate in wanted:
        if obstacles[candidate.name] is None:
            return Ask(candidate.name, _symbols(candidate, now))
    return Nobody({name: reason for name, reason in obstacles.items() if reason is not None})


def obstacle(candidate: Candidate, now: datetime) -> str | None:
    """Return what keeps this source from being asked now, in words; None if nothing does."""
    if candidate.throttled_until is not None and now < candidate.throttled_until:
        return f"it asked for patience until {_time(candidate.throttled_until)}"
    if candidate.breaker.state(now) is BreakerState.OPEN:
        failures, until = candidate.breaker.failures, candidate.breaker.open_until
        return f"it failed {failures} times in a row, next try at {_time(until)}"
    if candidate.requests_allowed == 0:
        return f"its request budget is spent, next request at {_time(candidate.next_allowed)}"
    return None


def condition(candidate: Candidate, now: datetime) -> Condition:
    """Return the light of a source.

    Down cannot be asked because of failures, degraded is limping or spent.
    """
    if candidate.breaker.state(now) is BreakerState.OPEN:
        return Condition.DOWN
    limping = candidate.breaker.failures > 0 or obstacle(candidate, now) is not None
    return Condition.DEGRADED if limping else Condition.HEALTHY


def _symbols(candidate: Candidate, now: datetime) -> int:
    probing = candidate.breaker.state(now) is BreakerState.HALF_OPEN
    return 1 if probing else min(candidate.symbols, candidate.batch)


def _time(moment: datetime | None) -> str:
    return "no time: the limit is zero" if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S UTC")
