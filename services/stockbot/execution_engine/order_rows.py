"""The orders in SQL, each as the struct of the decisions with what is searched for in columns beside it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Result, Select, bindparam, func, select, update

from stockbot.events.trading import Approval, OrderState
from stockbot.execution_engine.tables import ORDERS, TIMELINE
from stockbot.model.orders.order import Order

_encoder = msgspec.json.Encoder(decimal_format="string")
_orders = msgspec.json.Decoder(Order)


class Shown(StrEnum):
    OPEN = "open"
    ALL = "all"


class Numbered(Struct, frozen=True):
    """An order with its place in the list."""

    number: int
    order: Order


class Wanted(Struct, frozen=True, kw_only=True):
    """Which orders to list; None does not filter. `before` is the number of the last one seen."""

    limit: int
    before: int | None = None
    shown: Shown = Shown.ALL
    symbol: str | None = None
    strategy: str | None = None
    signal_id: str | None = None
    correlationid: str | None = None


def by_id(connection: Connection, client_order_ids: Iterable[str]) -> dict[str, Order]:
    """The orders of these ids that there are."""
    wanted = list(client_order_ids)
    if not wanted:
        return {}
    return _orders_of(connection.execute(_BY_ID, {"ids": wanted}))


def open_orders(connection: Connection, symbols: Iterable[str] | None = None) -> dict[str, Order]:
    """The orders that have not ended, of some symbols or all, in the order in which they were committed."""
    if symbols is None:
        return _orders_of(connection.execute(_OPEN))
    return _orders_of(connection.execute(_OPEN_OF, {"symbols": list(symbols)}))


def in_states(connection: Connection, states: Iterable[OrderState], limit: int | None = None) -> list[Order]:
    """The open orders in one of these states, the oldest first."""
    statement = _IN_STATES.limit(limit)
    return list(_orders_of(connection.execute(statement, {"states": list(states)})).values())


def count_open(connection: Connection) -> dict[OrderState, int]:
    """How many open orders are in each state."""
    return {OrderState(row.state): row.orders for row in connection.execute(_COUNT_OPEN)}


def entries(connection: Connection) -> list[Order]:
    """The entries of brackets that have shares to be closed."""
    return list(_orders_of(connection.execute(_ENTRIES)).values())


def exits(connection: Connection, decision_ids: Iterable[str]) -> dict[str, list[Order]]:
    """The exits of brackets by decision, the oldest first."""
    found = _orders_of(connection.execute(_EXITS, {"decisions": list(decision_ids)}))
    by_decision: dict[str, list[Order]] = {}
    for order in found.values():
        by_decision.setdefault(order.decision_id or "", []).append(order)
    return by_decision


def add(connection: Connection, orders: Sequence[Order], approvals: Mapping[str, Approval], token: int) -> None:
    """Store new orders, in their order; `approvals` by client order id, of those that have one."""
    if not orders:
        return
    rows = [
        _row(order)
        | {name: getattr(order, name) for name in _FIXED}
        | {
            "fencing_token": token,
            "approval": _encoder.encode(approvals[order.client_order_id])
            if order.client_order_id in approvals
            else None,
        }
        for order in orders
    ]
    connection.execute(ORDERS.insert(), rows)


def keep(connection: Connection, orders: Sequence[Order]) -> None:
    """Store what became of known orders."""
    if orders:
        rows = [
            {"known": order.client_order_id, **{f"new_{name}": value for name, value in _row(order).items()}}
            for order in orders
        ]
        connection.execute(_KEEP, rows)


def approval_of(connection: Connection, client_order_id: str) -> bytes | None:
    """The JSON of the approval behind an order; None for one without."""
    found = connection.execute(select(ORDERS.c.approval).where(ORDERS.c.client_order_id == client_order_id)).scalar()
    return None if found is None else bytes(found)


def listed(connection: Connection, wanted: Wanted) -> list[Numbered]:
    """One more than `limit` orders where there are more, the newest first."""
    conditions = [
        column == value
        for column, value in (
            (ORDERS.c.symbol, wanted.symbol),
            (ORDERS.c.strategy, wanted.strategy),
            (ORDERS.c.signal_id, wanted.signal_id),
            (ORDERS.c.correlationid, wanted.correlationid),
        )
        if value is not None
    ]
    if wanted.shown is Shown.OPEN:
        conditions.append(ORDERS.c.is_open.is_(True))
    if wanted.before is not None:
        conditions.append(ORDERS.c.number < wanted.before)
    columns = (ORDERS.c.number, ORDERS.c.document)
    statement = select(*columns).where(*conditions).order_by(ORDERS.c.number.desc()).limit(wanted.limit + 1)
    return [Numbered(number, _orders.decode(document)) for number, document in connection.execute(statement)]


def numbered(connection: Connection, client_order_id: str) -> Numbered | None:
    statement = select(ORDERS.c.number, ORDERS.c.document).where(ORDERS.c.client_order_id == client_order_id)
    row = connection.execute(statement).one_or_none()
    return None if row is None else Numbered(row.number, _orders.decode(row.document))


def last_word(connection: Connection, symbol: str) -> tuple[bool, datetime | None]:
    """Whether any order in the symbol works, and when something was last heard of one."""
    of_symbol = ORDERS.c.symbol == symbol
    working = connection.execute(select(ORDERS.c.number).where(of_symbol, ORDERS.c.is_open.is_(True)).limit(1))
    heard = connection.execute(select(func.max(ORDERS.c.updated_at)).where(of_symbol))
    return working.first() is not None, heard.scalar()


def numbers(connection: Connection, client_order_ids: Iterable[str]) -> dict[str, int]:
    """The places of these orders in the list."""
    columns = (ORDERS.c.client_order_id, ORDERS.c.number)
    rows = connection.execute(select(*columns).where(ORDERS.c.client_order_id.in_(list(client_order_ids))))
    return {name: number for name, number in rows}  # noqa: C416 - rows are no pairs to the type checker


class Line(Struct, frozen=True, kw_only=True):
    """One line of an order's timeline: `source` is engine, broker or person."""

    at: datetime
    state: OrderState
    filled_quantity: Decimal
    reason: str
    source: str


def timeline(connection: Connection, client_order_id: str) -> list[Line]:
    """What happened to an order, the oldest first."""
    statement = select(TIMELINE).where(TIMELINE.c.client_order_id == client_order_id).order_by(TIMELINE.c.number)
    return [
        Line(
            at=row.at,
            state=OrderState(row.state),
            filled_quantity=row.filled_quantity,
            reason=row.reason,
            source=row.source,
        )
        for row in connection.execute(statement)
    ]


_FIXED = (
    "client_order_id",
    "decision_id",
    "leg",
    "revision",
    "signal_id",
    "account",
    "strategy",
    "symbol",
    "correlationid",
    "created_at",
)


def _documents(*conditions: ColumnElement[bool]) -> Select[bytes]:
    return select(ORDERS.c.document).where(*conditions).order_by(ORDERS.c.number)


# Made once: every transaction runs some of them, and making a statement costs more than running it.
_IS_OPEN = ORDERS.c.is_open.is_(True)
_BY_ID = _documents(ORDERS.c.client_order_id.in_(bindparam("ids", expanding=True)))
_OPEN = _documents(_IS_OPEN)
_OPEN_OF = _documents(_IS_OPEN, ORDERS.c.symbol.in_(bindparam("symbols", expanding=True)))
_IN_STATES = _documents(_IS_OPEN, ORDERS.c.state.in_(bindparam("states", expanding=True)))
_COUNT_OPEN = select(ORDERS.c.state, func.count().label("orders")).where(_IS_OPEN).group_by(ORDERS.c.state)
_ENTRIES = _documents(ORDERS.c.needs_exits.is_(True))
_EXITS = _documents(ORDERS.c.decision_id.in_(bindparam("decisions", expanding=True)), ORDERS.c.leg > 0)
_KEEP = (
    update(ORDERS)
    .where(ORDERS.c.client_order_id == bindparam("known"))
    .values({name: bindparam(f"new_{name}") for name in ("state", "is_open", "needs_exits", "document", "updated_at")})
)


def _orders_of(rows: Result[bytes]) -> dict[str, Order]:
    found = [_orders.decode(document) for document in rows.scalars()]
    return {order.client_order_id: order for order in found}


def _row(order: Order) -> dict[str, object]:
    return {
        "state": order.state,
        "is_open": order.is_open,
        "needs_exits": order.needs_exits,
        "document": _encoder.encode(order),
        "updated_at": order.updated_at,
    }
