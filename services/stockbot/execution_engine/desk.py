"""The desk: where every writing transaction of the Execution Engine begins, under the lease and with one moment.

It knows what counts for all orders at once: the trading state, the gates, our positions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection

from stockbot.errors import Unavailable
from stockbot.events.trading import Side
from stockbot.execution_engine import account_rows, risk_rows, watch_rows
from stockbot.execution_engine.blotter import Blotter
from stockbot.execution_engine.publisher import Publisher
from stockbot.model.orders.admission import Surroundings
from stockbot.model.orders.books import book_of
from stockbot.model.orders.broker import ZERO
from stockbot.model.risk.book import Book
from stockbot.model.risk.reduction import closing_side
from stockbot.runtime.clock import Clock
from stockbot.runtime.lease import Lease, LeaseLost
from stockbot.runtime.storage import Transactions

Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class Desk:
    """`gates` says why nothing that adds risk may leave now; `is_reconciled` whether positions are known at all.

    `knows_account` says whether the broker's account was seen to be the right one since the lease is held.
    """

    account: str
    publisher: Publisher
    storage: Transactions
    lease: Lease
    clock: Clock
    gates: Callable[[], tuple[str, ...]]
    is_reconciled: Callable[[], bool]
    knows_account: Callable[[], bool]
    committed: Callable[[], None] = lambda: None

    def is_at_work(self) -> bool:
        """Whether this process may say anything to the broker, and believe what it says."""
        return self.lease.held() and self.knows_account()

    def fence(self, connection: Connection) -> int:
        """The fencing token; Unavailable, which puts no event aside, where another process has taken over."""
        try:
            self.lease.check(connection)
        except LeaseLost as error:
            raise Unavailable(str(error)) from error
        if self.lease.token is None:
            raise Unavailable(f"{self.lease.holder} holds no lease")
        return self.lease.token

    async def run(self, fn: Callable[[Connection], Result]) -> Result:
        """One transaction, after which the relays are woken. Raises Unavailable."""
        result = await self.storage.run(fn)
        self.committed()
        return result

    def blotter(self, connection: Connection) -> Blotter:
        """A new blotter under the lease. Raises Unavailable."""
        return Blotter(
            connection=connection,
            publisher=self.publisher,
            account=self.account,
            token=self.fence(connection),
            now=self.clock.now(),
        )

    def surroundings(self, blotter: Blotter) -> Surroundings:
        """What counts in this transaction: the trading state stays as it is until it ends."""
        drifts = watch_rows.drifts(blotter.connection)
        drift = (f"{len(drifts)} differences from the broker are not resolved",) if drifts else ()
        return Surroundings(
            now=blotter.now,
            trading_state=risk_rows.trading_state(blotter.connection),
            gates=(*self.gates(), *drift),
            is_reconciled=self.is_reconciled(),
        )


class Holdings:
    """The account's positions in this transaction, beside what works by now."""

    def __init__(self, blotter: Blotter) -> None:
        self._blotter = blotter
        held = account_rows.positions(blotter.connection, blotter.account)
        self._positions = account_rows.by_symbol(held)

    def book(self, symbol: str, side: Side, *without: str | None) -> Book:
        """The symbol's position with the orders that close it too, but for the orders named.

        What works is looked at only where an order of this side can close anything.
        """
        position = self._positions.get(symbol, ZERO)
        if not position or side is not closing_side(position):
            return Book(symbol=symbol, position=position)
        working = (order for name, order in self._blotter.orders.items() if name not in without)
        return book_of(symbol, position, working)
