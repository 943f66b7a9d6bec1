"""The watch: every second it opens accounts, books the broker's activities, values, samples the curve, and alerts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from msgspec import Struct
from sqlalchemy import Connection, bindparam, func, select

from stockbot.errors import Unavailable
from stockbot.events.alerts import Alert
from stockbot.events.streams import ORDERS
from stockbot.model.ledger.days import Days
from stockbot.model.ledger.round_trips import marked
from stockbot.model.risk.session_day import current_day
from stockbot.portfolio_manager import activities, alerts, equity_curve, store, told
from stockbot.portfolio_manager.activities import Activities
from stockbot.portfolio_manager.batch import Terms
from stockbot.portfolio_manager.equity_curve import PointKind
from stockbot.portfolio_manager.feed import Prices
from stockbot.portfolio_manager.openings import NOT_THERE, open_accounts
from stockbot.portfolio_manager.publisher import Publisher
from stockbot.portfolio_manager.series import Series
from stockbot.portfolio_manager.tables import DEAD_LETTERS, ENTRIES
from stockbot.portfolio_manager.views import ValuedView, read_views, valued
from stockbot.runtime.clock import Clock
from stockbot.runtime.lease import Lease
from stockbot.runtime.storage import Transactions

EVERY_SECONDS = 1.0
IDLE_SECONDS = 0.1  # without the lease: fills wait until it is there and accounts are seen
SETTLE_SECONDS = 15.0  # after a start prices get that long to come, before anybody is alarmed that they are missing
LATEST_CLOSE = timedelta(hours=12)  # later than so long after it, equity says nothing of the session's end

# made once: to build a statement takes longer than to run it
_LAST_ENTRY = select(func.max(ENTRIES.c.number))
_PUT_ASIDE = select(func.count()).where(
    DEAD_LETTERS.c.stream == bindparam("of_stream"), DEAD_LETTERS.c.resolved_at.is_(None)
)


class Seen(Struct, frozen=True, kw_only=True):
    """The accounts as the watch last left them."""

    accounts: tuple[ValuedView, ...] = ()
    orders_put_aside: int = 0
    activities_put_aside: int = 0
    changed: bool = False
    sampled: bool = False


@dataclass(kw_only=True)
class Watch:
    """`drained` tells whether all order updates are booked: activities come after the fills before them."""

    terms: Callable[[], Terms]
    feed: Prices
    storage: Transactions
    lease: Lease
    fence: Callable[[Connection], None]
    publisher: Publisher
    series: Series
    committed: Callable[[], None]
    drained: Callable[[], bool]
    clock: Clock
    sample_seconds: int
    seen: Seen = field(default_factory=Seen)
    trouble: str | None = "the Execution Engine's accounts were not looked for yet"

    def __post_init__(self) -> None:
        self._started_at = self.clock.monotonic()
        self._activities = Activities(self.clock.monotonic)

    async def step(self) -> None:
        """One round while the lease is held, and a pause: the step of a background loop. Raises Unavailable."""
        if not self.lease.held():
            await self.clock.sleep(IDLE_SECONDS)
            return
        try:
            await self._look()
        except Unavailable as error:
            self.trouble = str(error)
            raise
        await self.clock.sleep(EVERY_SECONDS)

    async def _look(self) -> None:
        self.seen = await self.storage.run(partial(self._round, terms=self.terms()))
        if self.seen.sampled:
            self.feed.forget_extremes()
        if self.seen.changed:
            self.committed()
        self.trouble = None if self.seen.accounts else NOT_THERE

    def _round(self, connection: Connection, terms: Terms) -> Seen:
        self.fence(connection)
        opened = open_accounts(connection, terms)
        booked = self._book_activities(connection, terms) if self.drained() else 0
        marks = self.feed.marks()
        views = [valued(view, marks) for view in read_views(connection, terms.days.today(terms.now))]
        sampled = [self._sample(connection, at_marks, terms) for at_marks in views]
        letters = [put_aside(connection, stream) for stream in (ORDERS, activities.STREAM)]
        told_now = self._tell(connection, self._judged(views, letters), terms.now)
        self._count(connection)
        return Seen(
            accounts=tuple(views),
            orders_put_aside=letters[0],
            activities_put_aside=letters[1],
            changed=bool(opened or booked or told_now),
            sampled=any(sampled),
        )

    def _book_activities(self, connection: Connection, terms: Terms) -> int:
        states = store.accounts(connection).values()
        return sum(self._activities.book(connection, terms, one.account, one.activity_number) for one in states)

    def _sample(self, connection: Connection, at_marks: ValuedView, terms: Terms) -> bool:
        """Begin the session's day, and add the points that are due; True where one was added."""
        state, now = at_marks.view.state, terms.now
        session = terms.days.session_date(now)
        deposits = state.balances.net_deposits
        day = current_day(state.day, date=session, equity=at_marks.equity, net_deposits=deposits)
        if day is not None and day != state.day:
            store.keep_day(connection, state.account, day)
        last = equity_curve.last_point(connection, state.account)
        due = last is None or (now - last.at).total_seconds() >= self.sample_seconds
        closing = self._closing(connection, state.account, state.opened_at, terms.days, now)
        if not due and closing is None:
            return False
        kind = PointKind.SAMPLE if closing is None else PointKind.CLOSE
        new = equity_curve.point(at_marks, last, now, kind, closing)
        if new is None:
            return False
        equity_curve.add(connection, new)
        self._mark_trips(connection, state.account)
        return True

    def _closing(
        self, connection: Connection, account: str, opened_at: datetime, days: Days, now: datetime
    ) -> str | None:
        """The date of the session that has ended without its point yet."""
        close = days.last_close(now)
        if close is None or close.at <= opened_at or now - close.at > LATEST_CLOSE:
            return None
        return None if equity_curve.has_close(connection, account, close.date) else close.date

    def _mark_trips(self, connection: Connection, account: str) -> None:
        """Let the open trades see the extremes of the marks since the last point."""
        extremes, changed = self.feed.extremes(), {}
        for (symbol, strategy), trip in store.open_trips(connection, account).items():
            if symbol in extremes:
                low, high = extremes[symbol]
                seen = marked(trip, *(mark.price for mark in (low, high) if mark.at >= trip.opened_at))
                if seen != trip:
                    changed[symbol, strategy] = seen
        store.keep_trips(connection, account, changed)

    def _judged(self, views: Sequence[ValuedView], letters: Sequence[int]) -> list[Alert]:
        judged = alerts.of_put_aside(*letters)
        if self.clock.monotonic() - self._started_at > SETTLE_SECONDS:
            judged += [alerts.of_unpriced(one.view.state.account, one.unpriced()) for one in views]
        return judged

    def _tell(self, connection: Connection, judged: Sequence[Alert], now: datetime) -> bool:
        fresh = alerts.news(told.told(connection), judged)
        if fresh:
            told.remember(connection, fresh)
            self.publisher.tell_alerts(connection, fresh, now)
        return bool(fresh)

    def _count(self, connection: Connection) -> None:
        self.series.entries.set(connection.execute(_LAST_ENTRY).scalar() or 0)


def put_aside(connection: Connection, stream: str) -> int:
    """How many events of a stream were put aside and not resolved by a person yet."""
    return connection.execute(_PUT_ASIDE, {"of_stream": stream}).scalar_one()
