"""Performance of an account or a strategy: what the statistics are made of, read and arranged."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct
from sqlalchemy import Connection

from stockbot.model.ledger.days import NEW_YORK
from stockbot.model.ledger.money import fine
from stockbot.model.ledger.round_trips import Trade
from stockbot.model.statistics import report
from stockbot.model.statistics.report import Sampled, Terms
from stockbot.model.statistics.statistic import Statistic
from stockbot.portfolio_manager import equity_curve, ledger_rows
from stockbot.portfolio_manager.benchmark import Closes
from stockbot.portfolio_manager.equity_curve import Point, PointKind

MOST_TRADES = 10_000
MOST_POINTS = 5_000


class DayReturn(Struct, frozen=True, kw_only=True):
    date: str
    return_fraction: Decimal


class MonthReturn(Struct, frozen=True, kw_only=True):
    month: str
    return_fraction: Decimal


class BenchmarkAnswer(Struct, frozen=True, kw_only=True):
    """`missing` says why there is nothing to measure against."""

    symbol: str
    total_return: Decimal | None
    missing: str | None


class PerformanceAnswer(Struct, frozen=True, kw_only=True):
    """`samples` counts the points that it is made of; returns are of the account and leave deposits out."""

    account: str
    strategy: str | None
    start: datetime | None
    end: datetime | None
    samples: int
    statistics: dict[str, Statistic]
    monthly: tuple[MonthReturn, ...]
    daily: tuple[DayReturn, ...]
    benchmark: BenchmarkAnswer | None


class Material(Struct, frozen=True, kw_only=True):
    """What was read for one answer."""

    points: tuple[Point, ...]
    trades: tuple[Trade, ...]

    def span(self) -> tuple[datetime, datetime] | None:
        """The time of the daily closes; None with fewer than two."""
        closes = [point.at for point in self.points if point.kind is PointKind.CLOSE]
        return (closes[0], closes[-1]) if len(closes) >= report.FEWEST else None


def material(
    connection: Connection, account: str, strategy: str | None, start: datetime | None, end: datetime | None
) -> Material:
    """Points of the equity curve, and the trades that closed."""
    trades = ledger_rows.trades_closed(connection, account, strategy, start, end, MOST_TRADES)
    if strategy is not None:
        return Material(points=(), trades=tuple(trades))
    return Material(points=tuple(_points(connection, account, start, end)), trades=tuple(trades))


def _points(connection: Connection, account: str, start: datetime | None, end: datetime | None) -> list[Point]:
    """The closes between the point that all is measured from and the newest one."""
    closes = list(equity_curve.points(connection, account, start=start, end=end, kind=PointKind.CLOSE))
    if len(closes) < report.FEWEST:
        return equity_curve.last_points(connection, account, start, end, MOST_POINTS)
    first, last = equity_curve.base(connection, account, start, end), closes[-1]
    newest = equity_curve.last_points(connection, account, start, end, 1)
    before = [first] if first is not None and first != closes[0] else []
    return [*before, *closes, *(point for point in newest if point != last)]


def answer(
    found: Material,
    *,
    account: str,
    strategy: str | None,
    start: datetime | None,
    end: datetime | None,
    risk_free: float,
    closes: Closes,
) -> PerformanceAnswer:
    daily = _daily(found.points)
    terms = Terms(risk_free=risk_free, symbol=closes.symbol, closes=closes.by_date, missing=closes.missing)
    if strategy is None:
        statistics = report.of_account([_sampled(point) for point in found.points], found.trades, terms)
    else:
        statistics = report.of_strategy(found.trades)
    return PerformanceAnswer(
        account=account,
        strategy=strategy,
        start=start,
        end=end,
        samples=len(found.points),
        statistics=statistics,
        monthly=tuple(_monthly(found.points)),
        daily=tuple(daily),
        benchmark=None if strategy is not None else _benchmark(closes),
    )


def _daily(points: Iterable[Point]) -> list[DayReturn]:
    closes = [point for point in points if point.session is not None]
    return [
        DayReturn(date=after.session or "", return_fraction=fine(after.growth / before.growth - 1))
        for before, after in pairwise(closes)
        if before.growth > 0
    ]


def _monthly(points: Sequence[Point]) -> list[MonthReturn]:
    """From the last point of a month to the last one of the next; the first month from its own first point.

    A month whose only point is the one that all is measured from tells nothing.
    """
    if not points:
        return []
    last_of = {_month(point): point for point in points}
    ends = [points[0], *last_of.values()]
    return [
        MonthReturn(month=_month(after), return_fraction=fine(after.growth / before.growth - 1))
        for before, after in pairwise(ends)
        if before.growth > 0 and after is not before
    ]


def _month(point: Point) -> str:
    return (point.session or point.at.astimezone(NEW_YORK).date().isoformat())[:7]


def _benchmark(closes: Closes) -> BenchmarkAnswer:
    days = [closes.by_date[date] for date in sorted(closes.by_date)]
    grown = None if len(days) < report.FEWEST else fine(Decimal(repr(days[-1])) / Decimal(repr(days[0])) - 1)
    return BenchmarkAnswer(symbol=closes.symbol, total_return=grown, missing=closes.missing)


def _sampled(point: Point) -> Sampled:
    return Sampled(
        at=point.at,
        date=point.session,
        equity=float(point.equity),
        gross=float(point.gross),
        growth=float(point.growth),
        bought=float(point.bought),
        sold=float(point.sold),
    )
