"""One strategy on one symbol: what it has still to be given, and what it needs of the past before it goes on. Pure.

Bars that were not watched from beginning to end are asked of the gateway; until they are here, later ones wait. So a
strategy never sees a hole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec import Struct

from stockbot.events.market import Bar, Quote
from stockbot.model.strategies.run import Run
from stockbot.model.strategies.schedule import VALID_INTERVALS
from stockbot.strategy_orchestrator.assignments import Assignment
from stockbot.strategy_orchestrator.slots import is_traded, over_until, whole_from
from stockbot.strategy_orchestrator.watch import Watch

PATIENCE = timedelta(minutes=2)  # the market's: a gateway may need so long for a bar that is over
MOST_WAITING = 2_000  # bars and quotes that wait for the past; who waits longer asks for the past anew


class Cause(Struct, frozen=True):
    """The event that something follows from."""

    id: str
    correlationid: str


class Due(Struct, frozen=True):
    """A bar or a quote to be given, with the last quote and the market's time at that moment."""

    seen: Bar | Quote
    quote: Quote
    now: datetime
    cause: Cause

    @property
    def at(self) -> datetime:
        """The moment in the market that it stands for."""
        return self.seen.end if isinstance(self.seen, Bar) else self.seen.source_time


class Progress(Struct, frozen=True):
    """Through which bar was decided, and whether the wishes of the last one wait for the session."""

    decided_until: datetime
    waiting: bool


class Want(Struct, frozen=True):
    """Bars to ask for: those that start in [start, until), or the last `count` before `until`."""

    start: datetime | None
    until: datetime
    count: int


@dataclass
class Desk:
    """`progress` is None before the first price, `saved` what of it is in SQL.

    `known_until` is the end of the last bar that was given or is due.
    """

    assignment: Assignment
    symbol: str
    progress: Progress | None = None
    saved: Progress | None = None
    run: Run | None = None
    known_until: datetime | None = None
    due: list[Due] = field(default_factory=list)
    problem: str = "no price yet"
    withheld: str = ""
    _later: list[Due] = field(default_factory=list)
    _last: tuple[Quote, Cause] | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.assignment.instance.name, self.symbol

    @property
    def interval(self) -> str:
        return self.assignment.instance.interval

    @property
    def is_warm(self) -> bool:
        return self.run is not None and self.run.warm and not self._later

    def see(self, watch: Watch, bars: Sequence[Bar], cause: Cause) -> None:
        """Take what a tick brought of this symbol."""
        quote, now = watch.quote, watch.now
        assert quote is not None  # noqa: S101 - a watch that took a tick has both
        assert now is not None  # noqa: S101
        self._last = quote, cause
        if self.progress is None:
            self.progress = Progress(now, waiting=True)
        own = [bar for bar in bars if bar.interval == self.interval]
        waiting = [due for due in self._later if isinstance(due.seen, Bar)]
        seen: list[Bar | Quote] = [*own, quote]
        self._later = [*waiting, *(Due(each, quote, now, cause) for each in seen)]
        if self.run is not None and not watch.is_stale and self.want(watch) is None:
            self._release()
        elif len(self._later) > MOST_WAITING:
            self.begin_anew()

    def want(self, watch: Watch) -> Want | None:
        """The bars that watching did not bring and that are over by now."""
        if self.run is None or watch.now is None or watch.since is None or watch.hours is None or watch.is_stale:
            return None
        until = min(
            over_until(watch.now, self.interval, watch.hours), whole_from(watch.since, self.interval, watch.hours)
        )
        if self.known_until is None:
            return Want(None, until, self.run.warmup + VALID_INTERVALS + 1)
        missing = self.known_until < until and is_traded(self.known_until, until, watch.hours)
        return Want(self.known_until, until, 0) if missing else None

    def fill(self, want: Want, bars: Sequence[Bar], watch: Watch) -> bool:
        """Take what the gateway has; False where its last bars may still come."""
        assert self._last is not None  # noqa: S101 - who wants bars has seen a tick
        assert watch.now is not None  # noqa: S101
        quote, cause = self._last
        found = [bar for bar in bars if bar.end <= want.until and (want.start is None or bar.start >= want.start)]
        ends = found[-1].end if found else want.start
        self.due += [Due(bar, quote, watch.now, cause) for bar in found]
        may_still_come = ends is not None and ends < want.until and watch.now - want.until < PATIENCE
        self.known_until = ends if may_still_come else want.until
        if may_still_come:
            self.problem = f"the gateway has no bar until {want.until.isoformat()} yet"
        else:
            self._release()
        return not may_still_come

    def take_due(self) -> list[Due]:
        due, self.due = self.due, []
        return due

    def begin_anew(self) -> None:
        """Forget the run and all that waits: it warms up again."""
        self.run, self.known_until = None, None
        self.due.clear()
        self._later.clear()

    def _release(self) -> None:
        self.due += self._later
        self._later.clear()
        ends = [due.seen.end for due in self.due if isinstance(due.seen, Bar)]
        self.known_until = max([*ends, *([self.known_until] if self.known_until else [])], default=None)
        self.problem = ""
