"""The Risk Guardian's loops, and what they say about its readiness. Put together once, by the composition root."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from stockbot.events.streams import ORDERS, SIGNALS
from stockbot.events.trading import SignalGenerated
from stockbot.model.risk.limits import Limits
from stockbot.model.risk.trading_state import Change, TradingState
from stockbot.risk_guardian import trading_state_rows
from stockbot.risk_guardian.books import Books
from stockbot.risk_guardian.desk import Desk, Made
from stockbot.risk_guardian.docket import Decision
from stockbot.risk_guardian.feed import Feed
from stockbot.risk_guardian.instruments import Instruments
from stockbot.risk_guardian.portfolios import PortfolioReader
from stockbot.risk_guardian.pruning import Pruning
from stockbot.risk_guardian.publisher import STREAMS, Publisher
from stockbot.risk_guardian.series import Series
from stockbot.risk_guardian.state_changes import declare_state
from stockbot.risk_guardian.tables import DEAD_LETTERS, HEARTBEATS, INBOX
from stockbot.risk_guardian.watch import Watch
from stockbot.runtime.bus import WorkReader
from stockbot.runtime.duty import Duty
from stockbot.runtime.lease import Lease
from stockbot.runtime.relays import Relays
from stockbot.runtime.supervise import Step
from stockbot.runtime.surroundings import Surroundings
from stockbot.runtime.worker import Handler, Worker

GROUP = "risk-guardian"
AT_ONCE = 250  # events of one transaction: a backlog costs fewer commits, and no other service waits long for it
WARM_UP_SECONDS = 15.0  # a signal waits so long for instruments and prices after a start, rather than be denied without
TURNING = ("signals", "orders", "watch")  # the loops that the alive key stands for
LONGEST_TURN = 10.0  # seconds; a loop that has not turned for so long does not work


@dataclass(kw_only=True)
class Guardian:
    """One process of the service. It writes only while it holds the lease; its API answers in any case."""

    around: Surroundings
    lease: Lease
    publisher: Publisher
    instruments: Instruments
    limits: Limits
    _uncounted: dict[str, tuple[SignalGenerated, Decision]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        bus, storage = self.around.bus, self.around.storage
        self._started_at = self.around.clock.monotonic()
        self.duty = Duty(self.around, self.lease, HEARTBEATS, TURNING, longest_turn=LONGEST_TURN)
        self.feed = Feed(bus, self.instruments, self._vouching, self.around.settings.gateway_shards)
        self.relays = Relays(bus, storage, self.publisher.writer, STREAMS)
        self.series = Series(self.around.metrics.registry, self.limits)
        self.desk = Desk(
            limits=self.limits,
            market=self.feed.market,
            publisher=self.publisher,
            fence=self.duty.fence,
            decided=self._note_decisions,
        )
        books = Books(market=self.feed.market, publisher=self.publisher, fence=self.duty.fence)
        self.signals = self._worker(SIGNALS, self.desk.handle, self._count_decisions)
        self.orders = self._worker(ORDERS, books.handle_orders, self.relays.wake)
        self.portfolios = PortfolioReader(bus, storage, books, self.lease)
        self.watch = Watch(
            limits=self.limits,
            market=self.feed.market,
            publisher=self.publisher,
            storage=storage,
            lease=self.lease,
            fence=self.duty.fence,
            committed=self._watched,
            clock=self.around.clock,
        )
        self.pruning = Pruning(storage, self.lease, self.duty.fence, self.around.clock)

    def loops(self) -> Iterator[tuple[str, Step]]:
        """Every background loop with its name."""
        yield "lease", self.duty.keep_lease
        yield "market data", self.feed.read
        yield "keys", self.feed.look
        yield "instruments", self.instruments.step
        yield "signals", self.duty.turning("signals", self.signals.step)
        yield "orders", self.duty.turning("orders", self.orders.step)
        yield "portfolio", self.portfolios.step
        yield "watch", self.duty.turning("watch", self.watch.step)
        yield "pruning", self.pruning.step
        yield "signals backlog", self.signals.observe
        yield "orders backlog", self.orders.observe
        yield "alive", self.duty.say_alive
        yield from self.relays.loops()

    def register(self) -> None:
        """Say what readiness and liveness depend on, and what readiness notes."""
        checks, notes = self.around.readiness.register, self.around.readiness.note
        self.duty.register()
        checks("account", self._unknown_account)
        checks("instruments", self.instruments.trouble)
        checks("market data", self._silent_market)
        notes("instruments", self.instruments.degraded)
        notes("trading state", self._restricted)

    def _watched(self) -> None:
        self.series.show(self.watch.seen)
        self.relays.wake()

    def _note_decisions(self, made: Made) -> None:
        """By their ids, so that a batch which is tried again counts once."""
        self._uncounted |= {decision.inputs.decision_id: (signal, decision) for signal, decision in made}

    def _count_decisions(self) -> None:
        """What was noted is committed."""
        self.series.count(self._uncounted.values())
        self._uncounted = {}
        self.relays.wake()

    def _worker(self, stream: str, handle: Handler, committed: Callable[[], None]) -> Worker:
        bus = self.around.bus
        return Worker(
            WorkReader(bus, stream, GROUP, count=AT_ONCE),
            bus,
            self.around.storage,
            inbox_table=INBOX,
            dead_letter_table=DEAD_LETTERS,
            handle=handle,
            committed=committed,
            may_read=self._may_decide,
        )

    def _may_decide(self) -> bool:
        """While the lease is held, and once the market of before the start is known, or had its time to be."""
        warming = self.around.clock.monotonic() - self._started_at < WARM_UP_SECONDS
        return self.lease.held() and (self.feed.is_warm or not warming)

    def _vouching(self) -> Sequence[str]:
        return self.watch.vouching()

    def _unknown_account(self) -> str | None:
        if any(state.is_known for state in self.watch.seen.accounts.values()):
            return None
        return "no portfolio was seen yet: cash and positions are not known, and nothing that adds risk passes"

    def _silent_market(self) -> str | None:
        heard_at = self.feed.market().heard_at
        if heard_at is None:
            return "no market data has come yet"
        age = (self.around.clock.now() - heard_at).total_seconds()
        return None if age <= self.limits.stale_after_seconds else f"market data last came {age:.0f} s ago"

    def _restricted(self) -> str | None:
        seen = self.watch.seen
        if seen.state is TradingState.ACTIVE:
            return None
        return f"{seen.state}: {seen.status.change.why if seen.status.change else 'declared'}"


def prepare(
    connection: Connection,
    publisher: Publisher,
    declared: TradingState | None,
    now: datetime,
    *,
    first_only: bool = False,
) -> None:
    """What must be there before anything is decided: stream heads and the declared state.

    `first_only`: the document of a pod is as old as the last roll-out, and the operator has told what came after it.
    So it counts only where nothing was ever said.
    """
    publisher.open(connection)
    if not first_only or trading_state_rows.read(connection).change is None:
        declare_state(connection, publisher, declared, Change(who="document", when=now, why="declared by the document"))
