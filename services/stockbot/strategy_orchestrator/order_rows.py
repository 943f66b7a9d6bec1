"""What risk and the broker say, in SQL: answers to signals, the orders, and the positions that fills moved.

A batch is a few reads, a fold, and one statement for each table: an order's reports often come several at a time.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from stockbot.events.trading import Intent, OrderReport, Signal
from stockbot.runtime.database import insert_into
from stockbot.strategy_orchestrator.book import signed
from stockbot.strategy_orchestrator.store import ENDED, NO_SHARES, Key, signals_of
from stockbot.strategy_orchestrator.tables import ORDERS, POSITIONS, SIGNALS


class Answer(Struct, frozen=True):
    """What became of a signal: denied or ordered, and the reasons or the order."""

    said: str
    reason: str


class Order(Struct, frozen=True, kw_only=True):
    """An order's row; quantities in shares."""

    client_order_id: str
    strategy: str
    symbol: str
    side: str
    state: str
    quantity: Decimal
    filled_quantity: Decimal
    terms: bytes | None
    protects: str | None
    replaces: str | None


def answer(connection: Connection, answers: Mapping[str, Answer]) -> None:
    """Keep the answers, by signal."""
    rows = [{"of_id": name, "said": one.said, "because": one.reason} for name, one in answers.items()]
    if rows:
        connection.execute(_ANSWERING, rows)


def book(connection: Connection, reports: Sequence[OrderReport]) -> None:
    """Keep the states of orders, and move the positions of their strategies by what was filled since earlier reports.

    A report that was put aside and is replayed after later ones tells nothing new: those had its fills in their sums.
    """
    if not reports:
        return
    orders = _known(connection, {report.client_order_id for report in reports})
    asked = _asked(connection, reports, orders)
    changed: dict[str, Order] = {}
    moved: dict[Key, Decimal] = {}
    for report in reports:
        name, key = report.client_order_id, (report.strategy, report.symbol)
        before = orders.get(name) or _new(connection, report, asked.get(report.signal_id or ""), orders)
        if not _is_behind(report, before):
            filled = signed(report.side, report.filled_quantity - before.filled_quantity)
            orders[name] = changed[name] = _after(before, report)
            moved[key] = moved.get(key, NO_SHARES) + filled
    _keep(connection, changed.values())
    _move_positions(connection, moved)


def _known(connection: Connection, names: Iterable[str]) -> dict[str, Order]:
    rows = connection.execute(_ORDERS, {"names": list(names)}).mappings()
    return {row["client_order_id"]: Order(**row) for row in rows}


def _asked(connection: Connection, reports: Sequence[OrderReport], known: Mapping[str, Order]) -> dict[str, Signal]:
    """The signals of the orders that are new."""
    fresh = [report for report in reports if report.client_order_id not in known]
    return signals_of(connection, {report.signal_id for report in fresh if report.signal_id is not None})


def _new(connection: Connection, report: OrderReport, asked: Signal | None, orders: Mapping[str, Order]) -> Order:
    """An order of a signal that wished for the other side guards what was filled: it is a leg of a bracket."""
    replaces = asked.order if asked is not None and asked.intent is Intent.REPLACE else None
    guards = report.signal_id if asked is not None and asked.side is not report.side else None
    return Order(
        client_order_id=report.client_order_id,
        strategy=report.strategy,
        symbol=report.symbol,
        side=report.side,
        state=report.state,
        quantity=report.quantity,
        filled_quantity=NO_SHARES,
        terms=None,
        protects=guards if replaces is None else _guarded_by(connection, replaces, orders),
        replaces=replaces,
    )


def _guarded_by(connection: Connection, name: str, orders: Mapping[str, Order]) -> str | None:
    replaced = orders.get(name) or _known(connection, [name]).get(name)
    return None if replaced is None else replaced.protects


def _is_behind(report: OrderReport, known: Order) -> bool:
    return report.filled_quantity < known.filled_quantity or (known.state in ENDED and report.state not in ENDED)


def _after(before: Order, report: OrderReport) -> Order:
    return replace(
        before,
        state=report.state,
        quantity=report.quantity,
        filled_quantity=report.filled_quantity,
        terms=msgspec.json.encode(report.terms),
    )


def _keep(connection: Connection, orders: Iterable[Order]) -> None:
    rows = [msgspec.structs.asdict(order) for order in orders]
    if rows:
        connection.execute(_keeping_orders(connection.dialect.name), rows)


def _move_positions(connection: Connection, moved: Mapping[Key, Decimal]) -> None:
    """Shares are added in Python: SQLite keeps them as text."""
    rows = []
    for (strategy, symbol), by in moved.items():
        if by:
            held = connection.execute(_HELD, {"of_strategy": strategy, "of_symbol": symbol}).scalar()
            rows.append({"strategy": strategy, "symbol": symbol, "quantity": (held or NO_SHARES) + by})
    if rows:
        connection.execute(_keeping_positions(connection.dialect.name), rows)


# Made once: they are needed for every batch, and making a statement costs more than running it.


@cache
def _keeping_orders(dialect: str) -> postgresql.Insert | sqlite.Insert:
    statement = insert_into(ORDERS, dialect)
    new = {name: statement.excluded[name] for name in ("state", "quantity", "filled_quantity", "terms")}
    return statement.on_conflict_do_update(index_elements=["client_order_id"], set_=new)


@cache
def _keeping_positions(dialect: str) -> postgresql.Insert | sqlite.Insert:
    statement = insert_into(POSITIONS, dialect)
    new = {"quantity": statement.excluded.quantity}
    return statement.on_conflict_do_update(index_elements=["strategy", "symbol"], set_=new)


_ANSWERING = (
    update(SIGNALS)
    .where(SIGNALS.c.id == bindparam("of_id"))
    .values(answer=bindparam("said"), answer_reason=bindparam("because"))
)
_ORDERS = select(ORDERS).where(ORDERS.c.client_order_id.in_(bindparam("names", expanding=True)))
_HELD = select(POSITIONS.c.quantity).where(
    POSITIONS.c.strategy == bindparam("of_strategy"), POSITIONS.c.symbol == bindparam("of_symbol")
)
