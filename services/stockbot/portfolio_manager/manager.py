"""The Portfolio Manager's loops, and what they say about its readiness. Put together once, by the composition root."""

from collections.abc import Iterator
from dataclasses import dataclass

from stockbot.events.streams import ALERTS, ORDERS
from stockbot.portfolio_manager.batch import Terms
from stockbot.portfolio_manager.books import Books
from stockbot.portfolio_manager.feed import Feed
from stockbot.portfolio_manager.portfolios import Portfolios
from stockbot.portfolio_manager.publisher import Publisher
from stockbot.portfolio_manager.series import Series
from stockbot.portfolio_manager.tables import DEAD_LETTERS, HEARTBEATS, INBOX
from stockbot.portfolio_manager.watch import Watch
from stockbot.runtime.bus import WorkReader
from stockbot.runtime.duty import Duty
from stockbot.runtime.lease import Lease
from stockbot.runtime.relays import Relays
from stockbot.runtime.supervise import Step
from stockbot.runtime.surroundings import Surroundings
from stockbot.runtime.worker import Worker

GROUP = "portfolio-manager"
AT_ONCE = 500  # order updates in one transaction
TURNING = ("orders", "portfolio", "watch")  # the loops that the alive key stands for
LONGEST_TURN = 10.0  # seconds; a loop that has not turned for so long does not work
MOST_NAMED = 8


@dataclass(kw_only=True)
class Manager:
    """One process of the service. It writes only while it holds the lease; its API answers in any case."""

    around: Surroundings
    lease: Lease
    publisher: Publisher
    exchange: str
    stale_seconds: float
    settlement_days: int
    sample_seconds: int

    def __post_init__(self) -> None:
        around, self.series = self.around, Series(self.around.metrics.registry)
        self.duty = Duty(around, self.lease, HEARTBEATS, TURNING, longest_turn=LONGEST_TURN)
        shards = around.settings.gateway_shards
        self.feed = Feed(around.bus, self.exchange, self.stale_seconds, self._held, shards)
        self.portfolios = Portfolios(
            bus=around.bus,
            storage=around.storage,
            feed=self.feed,
            lease=self.lease,
            fence=self.duty.fence,
            source=around.source,
            series=self.series,
        )
        self._reader = WorkReader(around.bus, ORDERS, GROUP, count=AT_ONCE)
        self.orders = self._worker()
        self.watch = self._watch()
        self.relays = Relays(around.bus, around.storage, self.publisher.writer, [ALERTS])

    def loops(self) -> Iterator[tuple[str, Step]]:
        """Every background loop with its name."""
        yield "lease", self.duty.keep_lease
        yield "market data", self.feed.read
        yield "keys", self.feed.look
        yield "orders", self.duty.turning("orders", self.orders.step)
        yield "orders backlog", self.orders.observe
        yield "watch", self.duty.turning("watch", self.watch.step)
        yield "portfolio", self.duty.turning("portfolio", self.portfolios.step)
        yield "alive", self.duty.say_alive
        yield from self.relays.loops()

    def register(self) -> None:
        """Say what readiness and liveness depend on, and what readiness notes."""
        checks, notes = self.around.readiness.register, self.around.readiness.note
        self.duty.register()
        checks("account", lambda: self.watch.trouble)
        notes("orders", self._orders_put_aside)
        notes("activities", self._activities_put_aside)
        notes("marks", self._marks)
        notes("sessions", self._sessions)

    def terms(self) -> Terms:
        """Time and calendar of now, for one batch of bookings."""
        return Terms(now=self.around.clock.now(), days=self.feed.days, settlement_days=self.settlement_days)

    def wake(self) -> None:
        """Have published and sent what was committed."""
        self.portfolios.wake()
        self.relays.wake()

    def _booked(self) -> None:
        """A batch of order updates is committed."""
        self.series.count()
        self.wake()

    def _worker(self) -> Worker:
        books = Books(terms=self.terms, publisher=self.publisher, fence=self.duty.fence, series=self.series)
        return Worker(
            self._reader,
            self.around.bus,
            self.around.storage,
            inbox_table=INBOX,
            dead_letter_table=DEAD_LETTERS,
            handle=books.handle,
            committed=self._booked,
            may_read=self._may_book,
            fence=self.duty.fence,
        )

    def _watch(self) -> Watch:
        return Watch(
            terms=self.terms,
            feed=self.feed,
            storage=self.around.storage,
            lease=self.lease,
            fence=self.duty.fence,
            publisher=self.publisher,
            series=self.series,
            committed=self.wake,
            drained=lambda: self._reader.drained,
            clock=self.around.clock,
            sample_seconds=self.sample_seconds,
        )

    def _held(self) -> set[str]:
        return self.portfolios.held()

    def _may_book(self) -> bool:
        """Fills are booked into accounts that are open: before that they wait on the stream."""
        return self.lease.held() and bool(self.watch.seen.accounts)

    def _orders_put_aside(self) -> str | None:
        count = self.watch.seen.orders_put_aside
        return f"{count} order updates were put aside: cash and positions may be wrong" if count else None

    def _activities_put_aside(self) -> str | None:
        count = self.watch.seen.activities_put_aside
        return f"{count} of the broker's activities were put aside: cash may be wrong" if count else None

    def _marks(self) -> str | None:
        """Equity is unknown without a price, and old with a stale one."""
        missing = [symbol for one in self.watch.seen.accounts for symbol in one.unpriced()]
        stale = [symbol for one in self.watch.seen.accounts for symbol in one.stale()]
        said = [
            f"{words} {', '.join(symbols[:MOST_NAMED])}"
            for words, symbols in (("no price of", missing), ("stale prices of", stale))
            if symbols
        ]
        return "; ".join(said) or None

    def _sessions(self) -> str | None:
        if not self.feed.days.is_guess():
            return None
        return f"the sessions of {self.exchange} are not known: every weekday counts as a trading day"
