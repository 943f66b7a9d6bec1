"""The paper broker's rows. Each function takes a connection first and is one part of a transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, Select, Table, Update, bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from stockbot.errors import Conflict
from stockbot.events.trading import Side
from stockbot.execution_engine.brokers.paper.answers import broker_execution, broker_order, broker_order_id
from stockbot.execution_engine.brokers.paper.tables import PaperTables
from stockbot.execution_engine.brokers.protocol import BrokerExecution, BrokerOrder, OrderRefused
from stockbot.model.fills.book import Book, Change
from stockbot.model.fills.funds import Funds, Holding
from stockbot.model.fills.look import Step
from stockbot.model.fills.order import NOTHING, WorkingOrder
from stockbot.runtime.database import insert, insert_into

_encoder = msgspec.json.Encoder(decimal_format="string")
_orders = msgspec.json.Decoder(WorkingOrder)


class BookChanged(Conflict):
    """Another process has written since this one read the book."""


@dataclass(frozen=True)
class Shelf:
    """Where one account's rows are."""

    tables: PaperTables
    account: str

    def open(self, connection: Connection, opening_balance: Decimal, now: datetime) -> Book:
        """The book; the account begins with its opening balance, once."""
        row = {"account": self.account, "version": 0, "cash": opening_balance, "unsettled": NOTHING, "opened_at": now}
        connection.execute(insert(connection, self.tables.accounts).values(row).on_conflict_do_nothing())
        return self.book(connection)

    def book(self, connection: Connection) -> Book:
        """The book as it is in SQL, of an account that was opened."""
        accounts = self.tables.accounts
        kept = connection.execute(select(accounts).where(accounts.c.account == self.account)).one()
        funds = Funds(
            cash=kept.cash,
            unsettled=kept.unsettled,
            unsettled_on=kept.unsettled_on,
            holdings=self._holdings(connection),
        )
        return Book(version=kept.version, funds=funds, orders=self._open_orders(connection))

    def write(self, connection: Connection, before: Book, change: Change, now: datetime) -> None:
        """Everything that a change means, or nothing. Raises BookChanged, and OrderRefused for a repeated id."""
        self._write_account(connection, before, change.book.funds)
        self._add_orders(connection, change.new, now)
        self._write_orders(connection, change.changed, now)
        self._add_executions(connection, change.steps, now)
        self._write_positions(connection, before.funds.holdings, change.book.funds.holdings)

    def order(self, connection: Connection, client_order_id: str) -> BrokerOrder | None:
        mine = {"of": self.account, "name": client_order_id}
        row = connection.execute(_order(self.tables.orders), mine).one_or_none()
        return None if row is None else broker_order(_orders.decode(row.document), row.updated_at)

    def open_orders(self, connection: Connection) -> list[BrokerOrder]:
        return [broker_order(order, at) for order, at in self._open_rows(connection)]

    def executions(self, connection: Connection, since: datetime) -> list[BrokerExecution]:
        """Those at or after `since` by the market's clock or by ours: a replay trades in years gone by."""
        table = self.tables.executions
        later = or_(table.c.executed_at >= since, table.c.booked_at >= since)
        statement = select(table).where(table.c.account == self.account, later).order_by(table.c.number)
        return [_execution(row) for row in connection.execute(statement).mappings()]

    def _holdings(self, connection: Connection) -> dict[str, Holding]:
        table = self.tables.positions
        rows = connection.execute(select(table).where(table.c.account == self.account))
        return {
            row.symbol: Holding(symbol=row.symbol, quantity=row.quantity, average_price=row.average_price)
            for row in rows
        }

    def _open_orders(self, connection: Connection) -> dict[str, WorkingOrder]:
        return {order.client_order_id: order for order, _ in self._open_rows(connection)}

    def _open_rows(self, connection: Connection) -> list[tuple[WorkingOrder, datetime]]:
        table = self.tables.orders
        mine = (table.c.account == self.account) & table.c.is_open
        rows = connection.execute(select(table.c.document, table.c.updated_at).where(mine).order_by(table.c.number))
        return [(_orders.decode(row.document), row.updated_at) for row in rows]

    def _write_account(self, connection: Connection, before: Book, funds: Funds) -> None:
        money = {"new_cash": funds.cash, "new_unsettled": funds.unsettled, "new_unsettled_on": funds.unsettled_on}
        row = {"of": self.account, "before": before.version, **money}
        if connection.execute(_account_change(self.tables.accounts), row).rowcount != 1:
            raise BookChanged(f"the paper account {self.account} was changed by another process")

    def _add_orders(self, connection: Connection, orders: Sequence[WorkingOrder], now: datetime) -> None:
        for order in orders:
            if self.order(connection, order.client_order_id) is not None:
                raise OrderRefused(f"there is an order {order.client_order_id} already")
            named = {"account": self.account, "client_order_id": order.client_order_id}
            connection.execute(self.tables.orders.insert(), {**named, **_kept(order, now)})

    def _write_orders(self, connection: Connection, orders: Sequence[WorkingOrder], now: datetime) -> None:
        rows = [
            {"of": self.account, "name": order.client_order_id}
            | {f"new_{name}": value for name, value in _kept(order, now).items()}
            for order in orders
        ]
        if rows:
            connection.execute(_order_change(self.tables.orders), rows)

    def _add_executions(self, connection: Connection, steps: Iterable[Step], now: datetime) -> None:
        rows = [self._executed(broker_execution(step.order, step.fill), now) for step in steps if step.fill is not None]
        if rows:
            connection.execute(self.tables.executions.insert(), rows)

    def _executed(self, execution: BrokerExecution, now: datetime) -> dict[str, Any]:
        row = msgspec.structs.asdict(execution)
        del row["broker_order_id"]
        return row | {"side": execution.side.value, "account": self.account, "booked_at": now}

    def _write_positions(
        self, connection: Connection, before: Mapping[str, Holding], after: Mapping[str, Holding]
    ) -> None:
        moved = [holding for symbol, holding in after.items() if holding != before.get(symbol)]
        if moved:
            rows = [{"account": self.account, **msgspec.structs.asdict(holding)} for holding in moved]
            connection.execute(_position_change(self.tables.positions, connection.dialect.name), rows)


# Made once for each table: every order runs them, and making a statement costs more than running it.


@cache
def _order(orders: Table) -> Select[bytes, datetime]:
    mine = (orders.c.account == bindparam("of")) & (orders.c.client_order_id == bindparam("name"))
    return select(orders.c.document, orders.c.updated_at).where(mine)


@cache
def _account_change(accounts: Table) -> Update:
    mine = (accounts.c.account == bindparam("of")) & (accounts.c.version == bindparam("before"))
    new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("cash", "unsettled", "unsettled_on")}
    return update(accounts).where(mine).values(version=accounts.c.version + 1, **new)


@cache
def _order_change(orders: Table) -> Update:
    mine = (orders.c.account == bindparam("of")) & (orders.c.client_order_id == bindparam("name"))
    new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("is_open", "updated_at", "document")}
    return update(orders).where(mine).values(**new)


@cache
def _position_change(positions: Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    statement = insert_into(positions, dialect)
    new = {name: statement.excluded[name] for name in ("quantity", "average_price")}
    return statement.on_conflict_do_update(index_elements=["account", "symbol"], set_=new)


def _kept(order: WorkingOrder, now: datetime) -> dict[str, Any]:
    return {"is_open": order.is_open, "updated_at": now, "document": _encoder.encode(order)}


def _execution(row: RowMapping) -> BrokerExecution:
    facts = {name: row[name] for name in BrokerExecution.__struct_fields__ if name in row}
    order_id = broker_order_id(row["client_order_id"])
    return BrokerExecution(**facts | {"side": Side(row["side"]), "broker_order_id": order_id})
