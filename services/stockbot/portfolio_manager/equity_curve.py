"""The equity curve: points with the growth of one unit of money, from which deposits and withdrawals are taken out.

Growth is chained from point to point (a time-weighted return): (equity - what was paid in since) / equity before. So
statistics need no more than growths, however far apart the points are that they look at.
"""

import math
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, RowMapping, Select, bindparam, func, or_, select

from stockbot.model.ledger.money import NOTHING, fine
from stockbot.portfolio_manager.tables import EQUITY
from stockbot.portfolio_manager.views import ValuedView

ONE = Decimal(1)
MOST_SAMPLES = 5_000

# made once: the watch asks every second, and to build a statement takes longer than to run it
_LAST_POINT = (
    select(EQUITY).where(EQUITY.c.account == bindparam("of_account")).order_by(EQUITY.c.number.desc()).limit(1)
)
_CLOSE = select(EQUITY.c.number).where(
    EQUITY.c.account == bindparam("of_account"), EQUITY.c.session == bindparam("of_session")
)


class PointKind(StrEnum):
    SAMPLE = "sample"
    CLOSE = "close"


class Point(Struct, frozen=True, kw_only=True):
    """The account at one moment; `bought` and `sold` are all purchases and sales until then."""

    account: str
    at: datetime
    kind: PointKind
    session: str | None = None
    equity: Decimal
    cash: Decimal
    net_deposits: Decimal
    gross: Decimal
    bought: Decimal
    sold: Decimal
    growth: Decimal
    peak: Decimal

    @property
    def drawdown(self) -> Decimal:
        """How far below its highest growth, as a fraction."""
        return fine((self.peak - self.growth) / self.peak) if self.peak > 0 else NOTHING


def point(
    at_marks: ValuedView, last: Point | None, at: datetime, kind: PointKind, session: str | None = None
) -> Point | None:
    """The account's next point; None while a position has no price."""
    state, equity, gross = at_marks.view.state, at_marks.equity, at_marks.worth.gross
    if equity is None or gross is None:
        return None
    grown = growth(last, equity, state.balances.net_deposits)
    return Point(
        account=state.account,
        at=at,
        kind=kind,
        session=session,
        equity=equity,
        cash=state.balances.cash,
        net_deposits=state.balances.net_deposits,
        gross=gross,
        bought=state.bought,
        sold=state.sold,
        growth=grown,
        peak=grown if last is None else max(last.peak, grown),
    )


def growth(last: Point | None, equity: Decimal, net_deposits: Decimal) -> Decimal:
    """The growth at this equity; an account that had nothing before does not grow by what is paid in."""
    if last is None:
        return ONE
    if last.equity <= 0:
        return last.growth
    return fine(last.growth * (equity - (net_deposits - last.net_deposits)) / last.equity)


def add(connection: Connection, new: Point) -> None:
    connection.execute(EQUITY.insert(), msgspec.structs.asdict(new) | {"kind": new.kind.value})


def last_point(connection: Connection, account: str) -> Point | None:
    row = connection.execute(_LAST_POINT, {"of_account": account}).mappings().one_or_none()
    return None if row is None else _point(row)


def has_close(connection: Connection, account: str, session: str) -> bool:
    return connection.execute(_CLOSE, {"of_account": account, "of_session": session}).first() is not None


def points(
    connection: Connection,
    account: str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    kind: PointKind | None = None,
) -> Iterator[Point]:
    """The points in [start, end), the oldest first."""
    statement = _within(start, end).where(EQUITY.c.account == account).order_by(EQUITY.c.at, EQUITY.c.number)
    if kind is not None:
        statement = statement.where(EQUITY.c.kind == kind.value)
    for row in connection.execute(statement).mappings():
        yield _point(row)


def last_points(
    connection: Connection, account: str, start: datetime | None, end: datetime | None, limit: int
) -> list[Point]:
    """The newest points in [start, end), of both kinds, the oldest of them first."""
    statement = _within(start, end).where(EQUITY.c.account == account)
    statement = statement.order_by(EQUITY.c.at.desc(), EQUITY.c.number.desc()).limit(limit)
    return [_point(row) for row in connection.execute(statement).mappings()][::-1]


def thinned(
    connection: Connection, account: str, start: datetime | None, end: datetime | None, every: float
) -> list[Point]:
    """At most one sample in each span of `every` seconds, its last, all closes, and the newest; the oldest first.

    Of a long curve only each n-th sample is read, so that there are MOST_SAMPLES about: others wait for the database.
    """
    mine = _within(start, end).where(EQUITY.c.account == account)
    count, newest = connection.execute(mine.with_only_columns(func.count(), func.max(EQUITY.c.number))).one()
    stride = math.ceil(count / MOST_SAMPLES) or 1
    shown = or_(EQUITY.c.kind == PointKind.CLOSE.value, EQUITY.c.number % stride == 0, EQUITY.c.number == newest)
    statement = mine.where(shown).order_by(EQUITY.c.at, EQUITY.c.number)
    kept: dict[str | int, Point] = {}
    for row in connection.execute(statement).mappings():
        each = _point(row)
        kept[each.session or int(each.at.timestamp() // every)] = each
    return sorted(kept.values(), key=lambda each: each.at)


def base(connection: Connection, account: str, start: datetime | None, end: datetime | None) -> Point | None:
    """What a return since `start` is measured from: the last point before it, else the first one in [start, end)."""
    if start is not None:
        before = last_points(connection, account, None, start, 1)
        if before:
            return before[0]
    statement = _within(start, end).where(EQUITY.c.account == account).order_by(EQUITY.c.at, EQUITY.c.number).limit(1)
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else _point(row)


def _within(start: datetime | None, end: datetime | None) -> Select[Any]:
    statement = select(EQUITY)
    if start is not None:
        statement = statement.where(EQUITY.c.at >= start)
    return statement if end is None else statement.where(EQUITY.c.at < end)


def _point(row: RowMapping) -> Point:
    values: dict[str, Any] = {name: row[name] for name in Point.__struct_fields__}
    return Point(**values | {"kind": PointKind(row["kind"])})
