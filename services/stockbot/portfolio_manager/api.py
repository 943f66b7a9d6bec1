"""The Portfolio Manager's HTTP API: accounts, positions, trades, the equity curve and the performance."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime
from sqlalchemy import Connection

from stockbot.portfolio_manager import equity_curve, ledger_rows, performance
from stockbot.portfolio_manager.answers import (
    AccountItem,
    EquityAnswer,
    PositionItem,
    account_item,
    equity_answer,
    position_items,
)
from stockbot.portfolio_manager.benchmark import Benchmark, Closes
from stockbot.portfolio_manager.equity_curve import Point
from stockbot.portfolio_manager.feed import Prices
from stockbot.portfolio_manager.ledger_rows import TradeItem, Wanted
from stockbot.portfolio_manager.performance import PerformanceAnswer
from stockbot.portfolio_manager.views import ValuedView, read_views, valued
from stockbot.runtime.clock import Clock
from stockbot.runtime.storage import Transactions
from stockbot.runtime.web.paging import PRINTABLE, Page, PageParameters, page_of, page_parameters
from stockbot.runtime.web.problems import Problem
from stockbot.runtime.web.structs import StructResponse, described

EVERY = "60"
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

Paging = Annotated[PageParameters, Depends(page_parameters)]
Name = Annotated[str | None, Query(min_length=1, max_length=128, pattern=PRINTABLE)]
Symbol = Annotated[str | None, Query(min_length=1, max_length=32, pattern=PRINTABLE)]
Time = Annotated[AwareDatetime | None, Query(description="With a timezone, as 2026-03-02T15:00:00Z.")]
Every = Annotated[
    str, Query(pattern="^[1-9][0-9]{0,7}[smhd]?$", description="At most one sample in so long: 90, 90s, 5m, 1h or 1d.")
]


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What the API answers from. `account` is the one that is meant where none is named."""

    storage: Transactions
    feed: Prices
    clock: Clock
    account: str
    benchmark: Benchmark
    risk_free_rate: float
    version: Callable[[str], int | None]

    async def views(self, account: str | None = None) -> list[ValuedView]:
        """The accounts at the marks of now; Problem 404 for one that is not open."""
        today = self.feed.days.today(self.clock.now())
        views = await self.storage.read(partial(read_views, today=today, account=account))
        if account is not None and not views:
            raise Problem(HTTPStatus.NOT_FOUND, f"there is no account {account}")
        marks = self.feed.marks()
        return [valued(view, marks) for view in views]

    async def with_points(
        self, account: str | None, read: Callable[[Connection, str], list[Point]]
    ) -> list[tuple[ValuedView, list[Point]]]:
        """As `views`, with points of the equity curve out of the same read."""
        today = self.feed.days.today(self.clock.now())

        def both(connection: Connection) -> list[tuple[ValuedView, list[Point]]]:
            marks = self.feed.marks()
            views = read_views(connection, today, account)
            return [(valued(view, marks), read(connection, view.state.account)) for view in views]

        found = await self.storage.read(both)
        if account is not None and not found:
            raise Problem(HTTPStatus.NOT_FOUND, f"there is no account {account}")
        return found


def portfolio_api(desk: Desk) -> APIRouter:
    """The routes under /api/v1 that only read."""
    router = APIRouter(prefix="/api/v1", tags=["portfolio"])

    @router.get("/accounts", responses=described(Page[AccountItem]))
    async def accounts() -> StructResponse:
        """Every account: cash, worth, profit, and how far it is booked."""
        found = await desk.with_points(None, _last_point)
        now = desk.clock.now()
        return StructResponse(Page([_account(desk, *each, now) for each in found]))

    @router.get("/positions", responses=described(Page[PositionItem]))
    async def positions(
        account: Name = None,
        strategy: Annotated[
            str, Query(min_length=1, max_length=128, description="all, account (the account's own), or a name.")
        ] = "all",
    ) -> StructResponse:
        """Positions with shares, of the account and of each strategy, at their marks."""
        found = await desk.views(account)
        return StructResponse(Page([item for at_marks in found for item in position_items(at_marks, strategy)]))

    @router.get("/trades", responses=described(Page[TradeItem]))
    async def trades(
        page: Paging, account: Name = None, strategy: Name = None, symbol: Symbol = None
    ) -> StructResponse:
        """Trades from flat to flat, the newest first."""
        wanted = Wanted(
            limit=page.limit,
            before=number_after(page),
            account=account,
            correlationid=page.correlationid,
            strategy=strategy,
            symbol=symbol,
        )
        found = await desk.storage.read(lambda connection: ledger_rows.trades(connection, wanted))
        return StructResponse(page_of(found, page.limit, lambda item: (item.number,)))

    @router.get("/equity", responses=described(EquityAnswer))
    async def equity(
        account: Name = None, start: Time = None, end: Time = None, every: Every = EVERY
    ) -> StructResponse:
        """The equity curve, and the account at this moment: equity = cash + sum of quantity x mark."""

        def curve(connection: Connection, name: str) -> list[Point]:
            return equity_curve.thinned(connection, name, start, end, seconds_of(every))

        ((at_marks, points),) = await desk.with_points(account or desk.account, curve)
        return StructResponse(equity_answer(at_marks, points, desk.clock.now()))

    @router.get("/performance", responses=described(PerformanceAnswer))
    async def of_performance(
        account: Name = None, strategy: Name = None, start: Time = None, end: Time = None
    ) -> StructResponse:
        """Statistics with units and sentences; of a strategy those that its trades tell."""
        return StructResponse(await _performance(desk, account or desk.account, strategy, start, end))

    return router


async def _performance(
    desk: Desk, account: str, strategy: str | None, start: datetime | None, end: datetime | None
) -> PerformanceAnswer:
    await desk.views(account)
    found = await desk.storage.read(lambda connection: performance.material(connection, account, strategy, start, end))
    span = found.span()
    closes = Closes(symbol=desk.benchmark.symbol, missing="there are fewer than two daily closes to compare")
    if span is not None:
        closes = await desk.benchmark.closes(*span)
    return performance.answer(
        found,
        account=account,
        strategy=strategy,
        start=start,
        end=end,
        risk_free=desk.risk_free_rate,
        closes=closes,
    )


def _account(desk: Desk, at_marks: ValuedView, points: list[Point], now: datetime) -> AccountItem:
    version = desk.version(at_marks.view.state.account)
    return account_item(at_marks, points[0] if points else None, now, version)


def seconds_of(every: str) -> float:
    """A span such as 5m in seconds; a bare number is seconds already."""
    return float(every) if every.isdecimal() else float(every[:-1]) * UNITS[every[-1]]


def number_after(page: PageParameters) -> int | None:
    """The number in a cursor of ours; Problem 422 for another list's."""
    if page.after is None:
        return None
    number = page.after[0] if page.after else None
    if not isinstance(number, int):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "query.cursor: this cursor belongs to another list")
    return number


def _last_point(connection: Connection, account: str) -> list[Point]:
    last = equity_curve.last_point(connection, account)
    return [] if last is None else [last]
