"""The Portfolio Manager's loops, and what they say about its readiness. Put together once, by the composition root."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection

from stockbot.errors import Unavailable
from stockbot.events.streams import ALERTS, ORDERS
from stockbot.portfolio_manager.batch import Terms
from stockbot.portfolio_manager.books import Books
from stockbot.portfolio_manager.feed import Feed
from stockbot.portfolio_manager.portfolios import Portfolios
from stockbot.portfolio_manager.publisher import Publisher
from stockbot.portfolio_manager.series import Series
from stockbot.portfolio_manager.tables import DEAD_LETTERS, HEARTBEATS, INBOX
from stockbot.portfolio_manager.watch import Watch
from stockbot.runtime.alive import Alive
from stockbot.runtime.bus import WorkReader
from stockbot.runtime.lease import Lease, LeaseLost
from stockbot.runtime.relays import Relays
from stockbot.runtime.supervise import Step
from stockbot.runtime.surroundings import Surroundings
from stockbot.runtime.worker import Worker

GROUP = "portfolio-manager"
AT_ONCE = 500  # order updates in one transaction
IDLE_SECONDS = 0.2
TURNING = ("orders", "portfolio", "watch")  # the loops that the alive key stands for
LIVE_SECONDS = 90.0  # without any turn, good or bad, only a restart helps
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
    _turned_at: dict[str, float] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        around, self.series = self.around, Series(self.around.metrics.registry)
        shards = around.settings.gateway_shards
        self.feed = Feed(around.bus, self.exchange, self.stale_seconds, self._held, shards)
        self.portfolios = Portfolios(
            bus=around.bus,
            storage=around.storage,
            feed=self.feed,
            lease=self.lease,
            fence=self.fence,
            source=around.source,
            series=self.series,
        )
        self._reader = WorkReader(around.bus, ORDERS, GROUP, count=AT_ONCE)
        self.orders = self._worker()
        self.watch = self._watch()
        self.relays = Relays(around.bus, around.storage, self.publisher.writer, [ALERTS])
        self.alive = Alive(around.bus, around.storage, HEARTBEATS, around.source, working=self.is_working)

    def loops(self) -> Iterator[tuple[str, Step]]:
        """Every background loop with its name."""
        yield "lease", self._keep_lease
        yield "market data", self.feed.read
        yield "keys", self.feed.look
        yield "orders", self._turning("orders", self.orders.step)
        yield "orders backlog", self.orders.observe
        yield "watch", self._turning("watch", self.watch.step)
        yield "portfolio", self._turning("portfolio", self.portfolios.step)
        yield "alive", self._say_alive
        yield from self.relays.loops()

    def register(self) -> None:
        """Say what readiness and liveness depend on, and what readiness notes."""
        checks, notes = self.around.readiness.register, self.around.readiness.note
        checks("lease", self._not_holding)
        checks("account", lambda: self.watch.trouble)
        for loop in TURNING:
            self.around.liveness.watch(loop, LIVE_SECONDS)
        notes("orders", self._orders_put_aside)
        notes("activities", self._activities_put_aside)
        notes("marks", self._marks)
        notes("sessions", self._sessions)

    def terms(self) -> Terms:
        """Time and calendar of now, for one batch of bookings."""
        return Terms(now=self.around.clock.now(), days=self.feed.days, settlement_days=self.settlement_days)

    def is_working(self) -> bool:
        """Whether this process books: it holds the lease, and its loops have turned lately."""
        now = self.around.clock.monotonic()
        turning = [now - turned <= LONGEST_TURN for turned in self._turned_at.values()]
        return self.lease.held() and len(turning) == len(TURNING) and all(turning)

    def wake(self) -> None:
        """Have published and sent what was committed."""
        self.portfolios.wake()
        self.relays.wake()

    def _booked(self) -> None:
        """A batch of order updates is committed."""
        self.series.count()
        self.wake()

    def fence(self, connection: Connection) -> None:
        """Raise Unavailable, which puts no event aside, where another process has taken over."""
        try:
            self.lease.check(connection)
        except LeaseLost as error:
            raise Unavailable(str(error)) from error

    def _worker(self) -> Worker:
        books = Books(terms=self.terms, publisher=self.publisher, fence=self.fence, series=self.series)
        return Worker(
            self._reader,
            self.around.bus,
            self.around.storage,
            inbox_table=INBOX,
            dead_letter_table=DEAD_LETTERS,
            handle=books.handle,
            committed=self._booked,
            may_read=self._may_book,
            fence=self.fence,
        )

    def _watch(self) -> Watch:
        return Watch(
            terms=self.terms,
            feed=self.feed,
            storage=self.around.storage,
            lease=self.lease,
            fence=self.fence,
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

    def _turning(self, name: str, step: Step) -> Step:
        async def turn() -> None:
            await step()
            self._turned_at[name] = self.around.clock.monotonic()

        return turn

    async def _keep_lease(self) -> None:
        """Hold the lease from the moment on that its table is there."""
        if self.around.storage.trouble() is None:
            await self.lease.keep(self.around.database, self.around.clock)
        await self.around.clock.sleep(IDLE_SECONDS)

    async def _say_alive(self) -> None:
        """A process that waits for the lease, or only begins, says nothing: the key is the booking one's."""
        if self.lease.held() and set(TURNING) <= set(self._turned_at):
            await self.alive.step()
        else:
            await self.around.clock.sleep(IDLE_SECONDS)

    def _not_holding(self) -> str | None:
        return None if self.lease.held() else "another process holds the lease, or its time is not over yet"

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
