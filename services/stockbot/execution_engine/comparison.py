"""One look at the broker: all that it says is booked first, then what is left of a difference is named."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from msgspec import Struct
from sqlalchemy import Connection

from stockbot.errors import Unavailable
from stockbot.execution_engine import account_rows, execution_rows, order_rows
from stockbot.execution_engine.account_rows import Account, Books
from stockbot.execution_engine.bookings import Bookings, Said
from stockbot.execution_engine.brokers.protocol import Broker
from stockbot.execution_engine.desk import Desk
from stockbot.model.orders.broker import (
    Activity,
    BrokerAccount,
    BrokerExecution,
    BrokerOrder,
    BrokerPosition,
)
from stockbot.model.orders.order import EXTERNAL, Order
from stockbot.model.orders.reconciliation import Drift, cash_drifts, order_drifts, position_drifts

OVERLAP = timedelta(minutes=10)  # fills and activities may be told late; those that are known change nothing


class WrongAccount(Unavailable):
    """The broker's account is not the one that this platform was started with: nothing may be sent."""


class Opening(Struct, frozen=True):
    """The account as it was found before anything of ours was in it."""

    account: BrokerAccount
    positions: list[BrokerPosition]


@dataclass(frozen=True)
class Comparison:
    """Asks, books, compares. Every method raises Unavailable. `costs` are the broker's per share, as last seen."""

    desk: Desk
    bookings: Bookings
    broker: Broker
    costs: dict[str, Decimal] = field(default_factory=dict)

    async def check_account(self) -> Account:
        """The account by its name, opened at the first start; WrongAccount where the broker shows another one."""
        seen = await self.broker.account()
        known = await self.desk.storage.read(self._account)
        if known is None:
            await self._open()
            known = await self.desk.storage.read(self._account)
        if known is None:
            raise Unavailable(f"account {self.desk.account} is not written down yet")
        if (known.broker, known.broker_account_id, known.mode) != (seen.broker, seen.account_id, seen.mode):
            raise WrongAccount(
                f"account {self.desk.account} was opened as {known.mode} account {known.broker_account_id} at "
                f"{known.broker}, but the broker shows the {seen.mode} account {seen.account_id} at {seen.broker}: "
                f"give the platform the credentials of the first one, or another STOCKBOT_ACCOUNT and database"
            )
        return known

    async def look(self) -> list[Drift]:
        """Book all that the broker says, then compare."""
        absent = await self._catch_up()
        positions, account = await self.broker.positions(), await self.broker.account()
        self._note_costs(positions)
        return await self.desk.storage.read(partial(self._differences, absent, positions, account))

    def _note_costs(self, positions: Sequence[BrokerPosition]) -> None:
        self.costs.clear()
        self.costs.update({one.symbol: one.average_price for one in positions if one.average_price > 0})

    async def _catch_up(self) -> list[Order]:
        """Book orders, fills and activities; returns our working orders that the broker does not know."""
        books, opened_at = await self.desk.storage.read(self._known)
        now = self.desk.clock.now()
        working = await self.broker.open_orders()
        fills = await self._fills_since(opened_at, books.executed_through - OVERLAP)
        activities = await self._activities_since(opened_at, books.active_through - OVERLAP)
        found, absent = await self._ended({order.client_order_id for order in working})
        unknown = await self._strangers(fills, {order.client_order_id for order in (*working, *found)})
        await self.bookings.book(_in_order(unknown, fills, [*working, *found]))
        await self.desk.run(partial(self._advance, activities=activities, now=now))
        return absent

    async def _fills_since(self, opened_at: datetime, since: datetime) -> list[BrokerExecution]:
        """What was filled before the account was opened here is in its opening balance.

        By the broker's clock or by the market's: in a replay a fill of today was executed years ago.
        """
        return await self.broker.executions(max(since, opened_at))

    async def _activities_since(self, opened_at: datetime, since: datetime) -> list[Activity]:
        """A broker may tell of earlier ones again, since it does not say when on a day they were."""
        return [one for one in await self.broker.activities(max(since, opened_at)) if one.at >= opened_at]

    async def _ended(self, working: set[str]) -> tuple[list[BrokerOrder], list[Order]]:
        """Our orders that are open here and not there: what became of them, and those that are not there at all."""
        ours = await self.desk.storage.read(order_rows.open_orders)
        found, absent = [], []
        for name, order in ours.items():
            if order.is_at_broker and name not in working:
                said = await self.broker.order(name)
                found.extend([said] if said else [])
                absent.extend([] if said else [order])
        return found, absent

    async def _strangers(self, fills: Sequence[BrokerExecution], known: set[str]) -> list[BrokerOrder]:
        """The orders of fills that we do not know to be there: placed by hand, or before our database was restored."""
        names = {fill.client_order_id for fill in fills} - known
        rows = await self.desk.storage.read(partial(order_rows.by_id, client_order_ids=names))
        ours = {name for name, order in rows.items() if order.is_at_broker}
        asked = [await self.broker.order(name) for name in sorted(names - ours)]
        return [order for order in asked if order is not None]

    async def _open(self) -> None:
        """Write the opening balance down; again where something was filled while it was read."""
        before = self.desk.clock.now()
        account, positions = await self.broker.account(), await self.broker.positions()
        again = await self.broker.account()
        if await self.broker.executions(before) or again.cash != account.cash:
            raise Unavailable("something is filled just now: the opening balance is read again")
        await self.desk.run(partial(self._write_opening, opening=Opening(account, positions), at=before))

    def _write_opening(self, connection: Connection, opening: Opening, at: datetime) -> None:
        """`at` is when the reading began: what is told of later is not in the balance, what is told of before is."""
        self.desk.fence(connection)
        account_rows.open_account(connection, self.desk.account, opening.account, opening.positions, at)

    def _advance(self, connection: Connection, activities: Sequence[Activity], now: object) -> None:
        """Activities move cash and shares once each; what was asked for is known through the time of the question."""
        self.desk.fence(connection)
        name = self.desk.account
        fresh = account_rows.add_activities(connection, name, activities, self.desk.clock.now())
        self._follow(connection, fresh)
        account_rows.keep_books(connection, name, executed_through=now, active_through=now)

    def _follow(self, connection: Connection, fresh: Sequence[Activity]) -> None:
        """A fill that was taken back goes from who had it, a split moves all holders' shares; the rest is nobody's."""
        names = [one.execution_id for one in fresh if one.execution_id is not None]
        owners = execution_rows.strategies(connection, self.desk.account, names)
        for one in fresh:
            owner = owners.get(one.execution_id or "", EXTERNAL)
            account_rows.follow(connection, self.desk.account, one, owner)

    def _differences(
        self,
        absent: Sequence[Order],
        positions: Sequence[BrokerPosition],
        account: BrokerAccount,
        connection: Connection,
    ) -> list[Drift]:
        name = self.desk.account
        held = account_rows.by_symbol(account_rows.positions(connection, name))
        still_open = order_rows.open_orders(connection)
        return [
            *order_drifts([order for order in absent if order.client_order_id in still_open], still_open.values()),
            *position_drifts(held, positions),
            *cash_drifts(name, self._books(connection).cash, account.cash),
        ]

    def _account(self, connection: Connection) -> Account | None:
        return account_rows.account(connection, self.desk.account)

    def _known(self, connection: Connection) -> tuple[Books, datetime]:
        account = self._account(connection)
        if account is None:
            raise Unavailable(f"account {self.desk.account} is not opened yet")
        return self._books(connection), account.opened_at

    def _books(self, connection: Connection) -> Books:
        books = account_rows.books(connection, self.desk.account)
        if books is None:
            raise Unavailable(f"account {self.desk.account} is not opened yet")
        return books


def _in_order(strangers: Sequence[Said], fills: Sequence[Said], orders: Sequence[Said]) -> list[Said]:
    """Orders that we do not know come before their fills; the states of all others after them."""
    return [*strangers, *fills, *orders]
