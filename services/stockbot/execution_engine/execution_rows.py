"""The fills in SQL: one row for each execution id of an account, written once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, bindparam, select

from stockbot.events.trading import Side
from stockbot.execution_engine.tables import EXECUTIONS
from stockbot.model.orders.broker import BrokerExecution
from stockbot.model.orders.order import Order


class ExecutionItem(Struct, frozen=True, kw_only=True):
    """A fill as it is listed: shares, price per share, the fee as a cost."""

    number: int
    execution_id: str
    client_order_id: str
    account: str
    strategy: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    executed_at: datetime
    booked_at: datetime
    correlationid: str
    signal_id: str | None
    decision_id: str | None


class Wanted(Struct, frozen=True, kw_only=True):
    """Which fills to list; None does not filter. `before` is the number of the last one seen."""

    limit: int
    before: int | None = None
    symbol: str | None = None
    strategy: str | None = None
    client_order_id: str | None = None
    correlationid: str | None = None


def booked(connection: Connection, account: str, execution_ids: Iterable[str]) -> dict[str, BrokerExecution]:
    """Those of the fills that are booked already, by execution id."""
    wanted = list(execution_ids)
    if not wanted:
        return {}
    rows = connection.execute(_BY_ID, {"of": account, "ids": wanted})
    return {row.execution_id: _fill(row) for row in rows}


def strategies(connection: Connection, account: str, execution_ids: Iterable[str]) -> dict[str, str]:
    """Whose fills these are, by execution id."""
    columns = (EXECUTIONS.c.execution_id, EXECUTIONS.c.strategy)
    conditions = (EXECUTIONS.c.account == account, EXECUTIONS.c.execution_id.in_(list(execution_ids)))
    rows = connection.execute(select(*columns).where(*conditions))
    return {row.execution_id: row.strategy for row in rows}


def add(connection: Connection, fills: Sequence[tuple[Order, BrokerExecution]], now: datetime) -> None:
    """Store new fills with their orders, in their order."""
    if fills:
        connection.execute(EXECUTIONS.insert(), [_row(order, fill, now) for order, fill in fills])


def listed(connection: Connection, wanted: Wanted) -> list[ExecutionItem]:
    """One more than `limit` fills where there are more, the newest first."""
    conditions = [
        column == value
        for column, value in (
            (EXECUTIONS.c.symbol, wanted.symbol),
            (EXECUTIONS.c.strategy, wanted.strategy),
            (EXECUTIONS.c.client_order_id, wanted.client_order_id),
            (EXECUTIONS.c.correlationid, wanted.correlationid),
        )
        if value is not None
    ]
    if wanted.before is not None:
        conditions.append(EXECUTIONS.c.number < wanted.before)
    statement = select(EXECUTIONS).where(*conditions).order_by(EXECUTIONS.c.number.desc()).limit(wanted.limit + 1)
    return [_item(row) for row in connection.execute(statement)]


def _row(order: Order, fill: BrokerExecution, now: datetime) -> dict[str, object]:
    return {
        "account": order.account,
        "execution_id": fill.execution_id,
        "client_order_id": fill.client_order_id,
        "broker_order_id": fill.broker_order_id,
        "strategy": order.strategy,
        "symbol": fill.symbol,
        "side": fill.side,
        "quantity": fill.quantity,
        "price": fill.price,
        "fee": fill.fee,
        "executed_at": fill.executed_at,
        "booked_at": now,
        "correlationid": order.correlationid,
        "signal_id": order.signal_id,
        "decision_id": order.decision_id,
    }


def _fill(row: Row[*tuple[Any, ...]]) -> BrokerExecution:
    names = [name for name in BrokerExecution.__struct_fields__ if name != "side"]
    return BrokerExecution(side=Side(row.side), **{name: getattr(row, name) for name in names})


def _item(row: Row[*tuple[Any, ...]]) -> ExecutionItem:
    names = [name for name in ExecutionItem.__struct_fields__ if name != "side"]
    return ExecutionItem(side=Side(row.side), **{name: getattr(row, name) for name in names})


_BY_ID = select(EXECUTIONS).where(  # made once: making a statement costs more than running it
    EXECUTIONS.c.account == bindparam("of"), EXECUTIONS.c.execution_id.in_(bindparam("ids", expanding=True))
)
