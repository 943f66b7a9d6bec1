"""The watch: every second it values the accounts, keeps day and peak, and lets the loss limits speak.

So a loss tightens the trading state whether or not a signal comes. What it sees is what readiness shows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial, reduce

from sqlalchemy import Connection

from stockbot.model.risk.limits import Limits
from stockbot.model.risk.loss_watch import WHO, LossWatch, evaluate_losses
from stockbot.model.risk.trading_state import Change, Tightening, TradingState, TradingStatus, end, reopen, tighten
from stockbot.model.risk.valuation import equity, free_cash, lines
from stockbot.risk_guardian import alerts, store, trading_state_rows
from stockbot.risk_guardian.account_state import AccountState, as_of, losses, strategy_losses, without_missing
from stockbot.risk_guardian.market import Market
from stockbot.risk_guardian.publisher import Publisher
from stockbot.risk_guardian.state_changes import change_state
from stockbot.runtime.clock import Clock
from stockbot.runtime.lease import Lease
from stockbot.runtime.storage import Transactions

EVERY_SECONDS = 1.0
SETTLE_SECONDS = 15.0  # after a start prices get that long to come, before anybody is alarmed that they are missing
NO_STRATEGY = ""
PUT_ASIDE = "ORDERS_PUT_ASIDE"


@dataclass(frozen=True)
class Seen:
    """The accounts and the trading state as the watch last left them; `state` is the one that counts."""

    accounts: Mapping[str, AccountState] = field(default_factory=dict)
    status: TradingStatus = field(default_factory=TradingStatus)
    state: TradingState = TradingState.ACTIVE
    watches: Sequence[LossWatch] = ()


@dataclass(kw_only=True)
class Watch:
    """`fence` raises where this process may not write; `committed` is called after each round."""

    limits: Limits
    market: Callable[[], Market]
    publisher: Publisher
    storage: Transactions
    lease: Lease
    fence: Callable[[Connection], None]
    committed: Callable[[], None]
    clock: Clock
    seen: Seen = field(default_factory=Seen)

    def __post_init__(self) -> None:
        self._started_at = self.clock.monotonic()

    async def step(self) -> None:
        """One round while the lease is held, and a pause: the step of a background loop. Raises Unavailable."""
        if self.lease.held():
            self.seen = await self.storage.run(partial(self._round, market=self.market()))
            self.committed()
        await self.clock.sleep(EVERY_SECONDS)

    def vouching(self) -> Sequence[str]:
        """The services that the accounts' portfolios are from."""
        return [state.portfolio_source for state in self.seen.accounts.values() if state.portfolio_source]

    def _round(self, connection: Connection, market: Market) -> Seen:
        self.fence(connection)
        status = trading_state_rows.lock(connection)
        stored = store.accounts(connection)
        valued = Valuation(market.now, market.session_date(), market.marks())
        put_aside = store.orders_put_aside(connection)
        awaited = stored.values() if put_aside else map(without_missing, stored.values())
        states = [valued.current(state) for state in awaited]
        store.keep_accounts(connection, stored, states, market.now)
        watches = [valued.losses(state) for state in states]
        for step in changes(self.limits, watches, put_aside, valued):
            status = change_state(connection, self.publisher, status, step(status))
        if self._has_settled(market):
            self._tell(connection, status, watches, put_aside, market.now)
        return Seen({state.name: state for state in states}, status, status.effective_with(put_aside), watches)

    def _has_settled(self, market: Market) -> bool:
        return market.heard_at is not None or self.clock.monotonic() - self._started_at > SETTLE_SECONDS

    def _tell(
        self, connection: Connection, status: TradingStatus, watches: Sequence[LossWatch], put_aside: int, now: datetime
    ) -> None:
        judged = [alerts.of_orders_put_aside(put_aside)]
        for watch in watches:
            judged += evaluate_losses(status, self.limits, watch).alerts
        fresh = alerts.news(store.told(connection), judged)
        if fresh:
            store.remember_told(connection, fresh)
            self.publisher.tell_alerts(connection, fresh, now)


@dataclass(frozen=True)
class Valuation:
    """One moment's prices and session date, and the accounts valued by them."""

    now: datetime
    date: str | None
    marks: Mapping[str, Decimal]

    def current(self, state: AccountState) -> AccountState:
        return as_of(state, lines(state.account, self.marks), date=self.date, marks=self.marks)

    def losses(self, state: AccountState) -> LossWatch:
        """What the loss limits see of the account."""
        of_lines = lines(state.account, self.marks)
        return LossWatch(
            account=state.name,
            now=self.now,
            session=self.date,
            equity=equity(state.account, of_lines),
            free_cash=free_cash(state.account, of_lines),
            losses=losses(state, NO_STRATEGY, self.marks),
            strategy_losses=strategy_losses(state, self.marks),
        )


Step = Callable[[TradingStatus], TradingStatus]


def changes(limits: Limits, watches: Sequence[LossWatch], put_aside: int, valued: Valuation) -> Iterator[Step]:
    """What this moment does to the trading state, one step after the other; most steps change nothing."""
    opened = Change(who=WHO, when=valued.now, why=f"session {valued.date} begins")
    yield partial(reopen, change=opened, session=valued.date)
    if put_aside:
        yield partial(tighten, tightening=_put_aside(put_aside, valued))
    else:
        over = Change(who=WHO, when=valued.now, why="no order update is put aside any more")
        yield partial(end, limit=PUT_ASIDE, change=over)
    for watch in watches:
        yield partial(_after_losses, limits=limits, watch=watch)


def _after_losses(status: TradingStatus, limits: Limits, watch: LossWatch) -> TradingStatus:
    return reduce(tighten, evaluate_losses(status, limits, watch).tightenings, status)


def _put_aside(count: int, valued: Valuation) -> Tightening:
    why = f"{PUT_ASIDE}: count={count}"
    return Tightening(
        limit=PUT_ASIDE,
        state=TradingState.REDUCING,
        session=valued.date or "unknown",
        resume_at_open=False,
        change=Change(who=WHO, when=valued.now, why=why),
    )
