"""The account's books: order updates and portfolios, whichever comes first, in one transaction each.

Used by the worker of stockbot:orders and by the reader of stockbot:portfolio.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection

from stockbot.errors import Conflict, MalformedEvent
from stockbot.events import AnyEvent
from stockbot.events.alerts import Alert
from stockbot.events.portfolio import PortfolioUpdate
from stockbot.events.trading import OrderUpdate
from stockbot.model.risk.account import Account
from stockbot.risk_guardian import alerts, store
from stockbot.risk_guardian.account_state import AccountState, take_order_update, take_portfolio
from stockbot.risk_guardian.market import Market
from stockbot.risk_guardian.publisher import Publisher

logger = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Books:
    """`fence` raises where this process may not write; `market` gives what is known of it now."""

    market: Callable[[], Market]
    publisher: Publisher
    fence: Callable[[Connection], None]

    def handle_orders(self, connection: Connection, events: Sequence[AnyEvent]) -> None:
        """Take a batch of order updates; one that was taken before changes nothing."""
        self.fence(connection)
        updates, market = [_order_update(event) for event in events], self.market()
        stored = store.accounts(connection, {update.data.account for update in updates})
        date, marks, after = market.session_date(), market.marks(), dict(stored)
        for update in updates:
            report = update.data
            state = after.get(report.account) or _new(report.account)
            after[report.account] = take_order_update(state, report, update.sequence, date=date, marks=marks)
        store.keep_accounts(connection, stored, after.values(), market.now)

    def take_portfolio(self, connection: Connection, update: PortfolioUpdate) -> None:
        """Take a newer portfolio over; one that contradicts an earlier one is refused, and that is told once."""
        self.fence(connection)
        name, now = update.data.account, self.market().now
        if _is_of_another_life(connection, update):
            logger.warning("portfolio of a database that was there before a restore", account=name, update=update.id)
            return
        stored = store.accounts(connection, [name])
        try:
            state = take_portfolio(stored.get(name) or _new(name), update.data, update.source)
        except Conflict as error:
            logger.error("portfolio refused", account=name, reason=str(error))  # noqa: TRY400 - a state, not a fault
            self._tell(connection, alerts.of_contradiction(name, str(error)), now)
        else:
            store.keep_accounts(connection, stored, [state], now)
            self._tell(connection, alerts.of_contradiction(name), now)

    def _tell(self, connection: Connection, judged: Alert, now: datetime) -> None:
        fresh = alerts.news(store.told(connection), [judged])
        if fresh:
            store.remember_told(connection, fresh)
            self.publisher.tell_alerts(connection, fresh, now)


def _is_of_another_life(connection: Connection, update: PortfolioUpdate) -> bool:
    """Whether it has booked order updates that this database has never told: the bus kept it over a restore.

    Taken over it would count fills as booked that come again under these numbers, and refuse all true portfolios.
    """
    told = store.orders_told(connection)
    return told is not None and update.data.through_sequence > told


def _order_update(event: AnyEvent) -> OrderUpdate:
    if not isinstance(event, OrderUpdate):
        raise MalformedEvent(f"{type(event).__name__} does not belong on the stream of orders")
    return event


def _new(account: str) -> AccountState:
    return AccountState(account=Account(name=account))
