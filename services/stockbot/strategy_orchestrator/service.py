"""The beat of the orchestrator: read ticks, give bars and quotes to the strategies, commit what they signal.

Nothing goes on before it is committed: signals, their events and how far each strategy is are one transaction. So a
process that ends at any moment is followed by one that decides the same bars again or goes on behind them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

import structlog

from stockbot.errors import Unavailable
from stockbot.events.market import MarketData
from stockbot.events.portfolio import PortfolioUpdate
from stockbot.model.strategies.lifecycle import State
from stockbot.runtime.bus import BroadcastReader, Bus, BusUnavailable, LatestWins, read_state
from stockbot.runtime.storage import Transactions
from stockbot.spec.strategy_orchestrator import Strategy
from stockbot.strategy_orchestrator import own_strategies, register, store
from stockbot.strategy_orchestrator.book import Line
from stockbot.strategy_orchestrator.calendars import Calendars
from stockbot.strategy_orchestrator.continuity import Continuity
from stockbot.strategy_orchestrator.desk import Cause, Desk
from stockbot.strategy_orchestrator.ledger import Ledger
from stockbot.strategy_orchestrator.performance import Made, Outcome, Scene, hear, open_run, perform
from stockbot.strategy_orchestrator.roster import Roster
from stockbot.strategy_orchestrator.series import Series
from stockbot.strategy_orchestrator.strategy_thread import StrategyThread
from stockbot.strategy_orchestrator.watch import Watch

OBEY_SECONDS = 0.5
RETRY_SECONDS = 1.0
SHORTEST_SILENCE = 15.0  # seconds

logger = structlog.stdlib.get_logger(__name__)


@dataclass(kw_only=True)
class Orchestrator:
    """All that one shard does. `specs` are the document's strategies, `folder` is where a person's own are."""

    specs: Sequence[Strategy]
    folder: Path | None
    account: str
    roster: Roster
    watches: Mapping[str, Watch]
    calendars: Calendars
    thread: StrategyThread
    storage: Transactions
    ledger: Ledger
    bus: Bus
    reader: BroadcastReader
    committed: Callable[[], None]
    own: own_strategies.OwnStrategies = field(default_factory=own_strategies.OwnStrategies)
    _opened: bool = field(default=False, init=False)
    _made: list[Made] = field(default_factory=list, init=False)
    _heard: int = field(default=0, init=False)
    _continuity: Continuity = field(default_factory=Continuity, init=False)
    _portfolios: LatestWins = field(default_factory=LatestWins, init=False)
    _obeyed_at: float | None = field(default=None, init=False)
    _ticked_at: float | None = field(default=None, init=False)
    _longest_silence: float = field(default=SHORTEST_SILENCE, init=False)

    def __post_init__(self) -> None:
        self._series = Series(self.bus.metrics.registry)

    def trouble(self) -> str | None:
        """A check of readiness: why no tick can lead to a signal."""
        if not self._opened:
            return "the strategies are not loaded yet"
        if self._ticked_at is None:
            return "no prices have come yet"
        silence = self.bus.clock.monotonic() - self._ticked_at
        return f"no prices for {silence:.0f} s" if silence > self._longest_silence else None

    def degraded(self) -> str | None:
        """A note of readiness: the strategies that have failed."""
        failed = [member for member in self.roster.members.values() if member.state is State.FAILED]
        told = [f"{member.spec.name}: {member.standing.life.reason}" for member in failed]
        return "; ".join([*told, *(f"{name}: {why}" for name, why in sorted(self.own.problems.items()))]) or None

    async def step(self) -> None:
        """One turn of the loop; without bus or database it waits and goes on where it was."""
        try:
            await self._turn()
        except BusUnavailable as error:
            await self.bus.lost(error)
            logger.warning("the orchestrator waits for the bus", reason=str(error))
            await self.bus.clock.sleep(RETRY_SECONDS)
        except Unavailable as error:
            logger.warning("the orchestrator waits", reason=str(error))
            await self.bus.clock.sleep(RETRY_SECONDS)

    async def _turn(self) -> None:
        if not self._opened:
            await self._open()
        await self._obey()
        await self._commit()
        for event in await self.reader.read():
            self._take(event)
        await self._play()
        await self._commit()

    async def _open(self) -> None:
        """Load the strategies, and stand where the process before this one stood."""
        hung = await self.storage.read(store.hung_files)
        self.own = await self.thread.run(lambda begin: own_strategies.load(self.folder, begin, hung))
        standings = await self.storage.read(register.standings)
        progress = await self.storage.read(store.progress)
        self._heard = await self.storage.read(store.last_feedback)
        for state in await read_state(self.bus):
            self._portfolios.offer(state)
        self.roster.open(self.specs, self.own, standings, progress, self.bus.clock.now())
        self._opened = True

    async def _obey(self) -> None:
        monotonic = self.bus.clock.monotonic()
        if self._obeyed_at is not None and monotonic - self._obeyed_at < OBEY_SECONDS:
            return
        self.roster.obey(await self.storage.read(register.requests), self.bus.clock.now())
        self._obeyed_at = monotonic
        await self._furnish()
        self._show_states()

    def _show_states(self) -> None:
        for name, member in self.roster.members.items():
            self._series.show(name, member.state)

    async def _furnish(self) -> None:
        """Make the runs of new desks: their constructors are the strategies' own code."""
        bare = [desk for desk in self.roster.desks if desk.run is None]
        if bare:
            failures = await self.thread.run(lambda begin: [open_run(desk, begin) for desk in bare])
            self._fail({desk.key[0]: why for desk, why in zip(bare, failures, strict=True) if why})

    def _take(self, event: object) -> None:
        if isinstance(event, PortfolioUpdate):
            self._portfolios.offer(event)
        if isinstance(event, MarketData):
            self._take_tick(event)

    def _take_tick(self, event: MarketData) -> None:
        broken = self._continuity.breaks(event)
        cause = Cause(event.id, event.correlationid)
        for quote in event.data.quotes:
            watch = self.watches.get(quote.symbol)
            if watch is not None:
                bars = watch.take(quote, self.calendars.hours(quote), broken=broken)
                for desk in self.roster.desks_of(quote.symbol):
                    desk.see(watch, bars, cause)
        self._ticked_at = self.bus.clock.monotonic()
        self._longest_silence = SHORTEST_SILENCE + 3 * event.data.interval_seconds

    async def _play(self) -> None:
        await self._tell()
        busy = [desk for desk in self.roster.desks if desk.due and desk.run is not None]
        if not busy:
            return
        lines = await lines_for(busy, self.storage)
        turns = [(desk, desk.take_due(), self._scene(desk, lines)) for desk in busy]
        outcomes = await self.thread.run(lambda begin: [perform(desk, due, scene, begin) for desk, due, scene in turns])
        self._conclude(outcomes)

    def _scene(self, desk: Desk, lines: dict[tuple[str, str], Line]) -> Scene:
        return Scene(
            line=lines.setdefault(desk.key, Line()),
            equity=self._equity(),
            upcoming=self.calendars.upcoming(desk.symbol),
            signals=self.roster.members[desk.key[0]].state is not State.PAUSED,
        )

    def _equity(self) -> Decimal | None:
        state = self._portfolios.states.get(self.account)
        return None if state is None else state.data.equity

    def _conclude(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            self._made += outcome.made
            outcome.desk.progress = outcome.progress
            outcome.desk.withheld = outcome.withheld or outcome.desk.withheld
        self._fail({outcome.desk.key[0]: outcome.failure for outcome in outcomes if outcome.failure})
        self.roster.note_warm(self.bus.clock.now())

    async def _tell(self) -> None:
        """Give the strategies what risk and the broker said since the last time."""
        told = await self.storage.read(partial(store.feedback_after, number=self._heard))
        if not told:
            return
        desks = {desk.key: desk for desk in self.roster.desks}
        pairs = [(desks.get((event.data.strategy, event.data.symbol)), event) for _, event in told]
        told_to = [(desk, event) for desk, event in pairs if desk is not None]
        failures = await self.thread.run(lambda begin: [hear(desk, event, begin) for desk, event in told_to])
        self._fail({desk.key[0]: why for (desk, _), why in zip(told_to, failures, strict=True) if why})
        self._heard = told[-1][0]

    def _fail(self, failures: Mapping[str, str]) -> None:
        for name, failure in failures.items():
            self.roster.fail(name, failure, self.bus.clock.now())

    async def _commit(self) -> None:
        """Make everything so far last; raises Unavailable, and then it is tried again before anything else."""
        unsaved = {desk.key: desk.progress for desk in self.roster.desks if desk.progress != desk.saved}
        changes = self.roster.take_changes()
        if not (self._made or unsaved or changes):
            return
        now = self.bus.clock.now()
        try:
            fresh = await self.storage.run(partial(self.ledger.write, self._made, unsaved, changes, now))
        except BaseException:
            self.roster.put_back(changes)
            raise
        self._made = []
        for desk in self.roster.desks:
            desk.saved = unsaved.get(desk.key, desk.saved)
        self._series.count(fresh)
        self.committed()

    async def record_hung(self, running: str, seconds: float) -> None:
        """Commit what hangs, for the next start to leave out: the watchdog ends this process after it."""
        now = self.bus.clock.now()
        file = own_strategies.loaded(running)
        if file is not None:
            await self.storage.run(lambda connection: store.add_hung_file(connection, *file, now))
            return
        self.roster.fail(running, f"hung: it took more than {seconds:g} s for one bar, quote or answer", now)
        changes = self.roster.take_changes()
        await self.storage.run(partial(self.ledger.write, (), {}, changes, now))


async def lines_for(busy: Sequence[Desk], storage: Transactions) -> dict[tuple[str, str], Line]:
    """What is held and on its way at all that is due; read again where older bars came out of the past meanwhile.

    A signal that was valid at an older bar would else not count there, and be made a second time.
    """
    while True:
        since = _earliest(busy)
        lines = await storage.read(partial(store.lines, since=since))
        if since <= _earliest(busy):
            return lines


def _earliest(busy: Sequence[Desk]) -> datetime:
    return min(due.at for desk in busy for due in desk.due)
