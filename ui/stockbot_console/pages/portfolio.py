"""The portfolio, at `/portfolio?account=&by=strategy&span=1w`: money, curve, positions, trades, performance."""

import asyncio
from urllib.parse import urlencode

from msgspec import Struct
from nicegui import ui
from nicegui.element import Element

from stockbot_console.answers import Failure, known
from stockbot_console.bookkeeper_answers import Account, Equity, EquityPoint
from stockbot_console.components.account_head import AccountHead
from stockbot_console.components.elements import box, link, text
from stockbot_console.components.equity_curve import EquityCurve
from stockbot_console.components.excuse import absent, excuse
from stockbot_console.components.filters import choices
from stockbot_console.components.keyed import Keyed
from stockbot_console.components.performance import heat_map, statistics_panel
from stockbot_console.components.portfolio_grids import TradesPanel, positions_panel
from stockbot_console.console import Console
from stockbot_console.guardian_answers import Exposure
from stockbot_console.pages.frame import Frame, guarded
from stockbot_console.view import View
from stockbot_console.view_models.equity_chart import SPANS, Span, span_of, with_now
from stockbot_console.view_models.portfolio import PositionRow, account_figures, exposure_of, position_rows
from stockbot_console.view_models.statistics import HeatYear, StatisticRow, heat_years, statistic_rows, unknown_rows
from stockbot_console.view_models.trades import trade_row

TITLE = "Portfolio"
SERVICE = "Portfolio Manager"
DOCUMENT = """\
apiVersion: stockbot.dev/v1alpha1
kind: TradingService
metadata: {name: portfolio-manager}
spec:
  type: PortfolioManager"""
NO_ACCOUNT = Failure(
    reason="The Portfolio Manager has no account yet.",
    remedy="It opens one when the Execution Engine has reached its broker.",
)
NO_POINTS = Failure(reason="The curve begins with the first sample.", remedy="One is taken every minute or so.")
LOOK_SECONDS = 15.0  # how often trades, curve and statistics are asked for


class Asked(Struct, frozen=True, kw_only=True):
    """What the address says: the account, positions by strategy or not, and how far back the curve goes."""

    account: str
    by_strategy: bool
    span: Span

    def address(self, **changes: str) -> str:
        """The address of the page with one thing changed."""
        by = "strategy" if self.by_strategy else ""
        asked = {"account": self.account, "by": by, "span": self.span.name} | changes
        return f"/portfolio?{urlencode({name: value for name, value in asked.items() if value})}"


class Answered(Struct, frozen=True, kw_only=True):
    """The performance, as it is shown."""

    statistics: tuple[StatisticRow, ...]
    unknown: tuple[tuple[str, str], ...]
    years: tuple[HeatYear, ...]


def register(console: Console) -> None:
    @guarded(console, "/portfolio", TITLE)
    def portfolio(account: str = "", by: str = "", span: str = "") -> None:
        frame = Frame(console, here=TITLE)
        with box("page", tag="main"):
            if frame.view.holdings is None:
                text(TITLE, "heading", tag="h1")
                absent(SERVICE, DOCUMENT)
                return frame.follow()
            asked = Asked(account=account[:128], by_strategy=by == "strategy", span=span_of(span))
            page = PortfolioPage(console, asked, frame)
        frame.dark.on_value_change(lambda event: page.paint(dark=event.value))
        ui.timer(0, page.look, once=True)
        ui.timer(LOOK_SECONDS, page.look)
        return frame.follow(page.show)


class PortfolioPage:
    """Money and positions of the board; curve, trades and performance that this page asks for."""

    def __init__(self, console: Console, asked: Asked, frame: Frame) -> None:
        self._console = console
        self._asked = asked
        self._dark = bool(frame.dark.value)
        self._points: tuple[EquityPoint, ...] = ()
        self._parts: Parts | None = None
        self._reason = Keyed[Failure](box("stack"), lambda failure: excuse("The account is not known", failure))
        self._content = box("stack")
        self.show(frame.view)

    def show(self, view: View) -> None:
        account = self._account(view)
        self._reason.show({"": account} if isinstance(account, Failure) else {})
        if isinstance(account, Failure):
            return
        if self._parts is None:
            with self._content:
                self._parts = Parts(self._asked, account, view, dark=self._dark)
        self._parts.show(account, view)
        if self._points:
            self._parts.curve.move(self._carried_on(account))

    async def look(self) -> None:
        """Ask for what the board has not: curve, trades, performance."""
        account, bookkeeper = self._account(self._console.board.view), self._console.services.bookkeeper
        if isinstance(account, Failure) or bookkeeper is None or self._parts is None:
            return
        span = self._asked.span
        start = self._console.board.clock.now() - span.length if span.length else None
        equity, trades, performance = await asyncio.gather(
            bookkeeper.equity(account.account, start, span.every),
            bookkeeper.last_trades(account.account),
            bookkeeper.performance(account.account),
        )
        self._draw(NO_POINTS if not isinstance(equity, Failure) and not equity.points else equity, account)
        zone = self._console.board.view.zone
        self._parts.trades.show(
            trades if isinstance(trades, Failure) else {f"{one.number}": trade_row(one, zone) for one in trades}
        )
        self._parts.performance.show(
            {
                "": performance
                if isinstance(performance, Failure)
                else Answered(
                    statistics=statistic_rows(performance.statistics),
                    unknown=unknown_rows(performance.statistics),
                    years=heat_years(performance.monthly),
                )
            }
        )

    def paint(self, *, dark: bool) -> None:
        self._dark = dark
        if self._parts is not None:
            self._parts.curve.dark = dark
            self._parts.curve.draw(self._points)

    def _draw(self, answer: Equity | Failure, account: Account) -> None:
        assert self._parts is not None  # noqa: S101 - it was looked at before
        if isinstance(answer, Failure):
            if not self._points:
                self._parts.curve.excuse("No curve yet", answer)
            return
        self._points = answer.points
        self._parts.curve.draw(self._carried_on(account))

    def _carried_on(self, account: Account) -> list[EquityPoint]:
        return with_now(self._points, account.as_of, account.equity, account.net_deposits)

    def _account(self, view: View) -> Account | Failure:
        accounts = view.holdings.accounts if view.holdings else ()
        if isinstance(accounts, Failure):
            return accounts
        wanted = self._asked.account
        found = next((one for one in accounts if wanted in ("", one.account)), None)
        if found is None and wanted and accounts:
            names = ", ".join(one.account for one in accounts)
            return Failure(reason=f"{wanted} is not an account here.", remedy=f"There are: {names}.")
        return found or NO_ACCOUNT


class Parts:
    """All that is shown of an account that is known."""

    def __init__(self, asked: Asked, account: Account, view: View, *, dark: bool) -> None:
        self._asked = asked
        _page_head(account)
        self._head = AccountHead(account_figures(account, _exposure(view, account)))
        with box("panel chart equity", tag="section"):
            with box("toolbar"):
                text("Equity", tag="h2")
                text("and what was paid in, by your clock", "muted")
                box("spring")
                choices(((one.title, asked.address(span=one.name), one is asked.span) for one in SPANS), "Span")
            self.curve = EquityCurve(dark=dark)
        self._positions = positions_panel(self._rows(account, view), by_strategy=asked.by_strategy)
        with self._positions.toolbar:
            text("Positions", tag="h2")
            box("spring")
            choices(
                (
                    ("Account", asked.address(by=""), not asked.by_strategy),
                    ("By strategy", asked.address(by="strategy"), asked.by_strategy),
                ),
                "Positions of",
            )
        self.trades = TradesPanel()
        self.performance = Keyed[Answered | Failure](box("stack"), _performance)

    def show(self, account: Account, view: View) -> None:
        self._head.show(account_figures(account, _exposure(view, account)))
        self._positions.show(self._rows(account, view), "No position is held.")

    def _rows(self, account: Account, view: View) -> dict[str, PositionRow]:
        holdings = known(view.holdings.positions) if view.holdings else ()
        ours = [one for one in holdings if one.account == account.account]
        return position_rows(ours, by_strategy=self._asked.by_strategy, zone=view.zone)


def _exposure(view: View, account: Account) -> Exposure | None:
    return exposure_of(known(view.risk.exposures), account.account) if view.risk else None


def _page_head(account: Account) -> None:
    with box("page-head"):
        text(TITLE, tag="h1")
        text(f"account {account.account}{f' at {account.broker}' if account.broker else ''}", "muted")
        box("spring")
        with box("files"):
            text("Statement", "muted", tag="span")
            for title, form in (("CSV", "csv"), ("JSON", "json")):
                address = f"/statement.{form}?{urlencode({'account': account.account})}"
                link(title, address, "download").props["download"] = ""


def _performance(answer: Answered | Failure) -> Element:
    if isinstance(answer, Failure):
        return excuse("The performance is not known", answer)
    with box("stack") as element:
        if answer.statistics or answer.unknown:
            statistics_panel(answer.statistics, answer.unknown)
        if answer.years:
            heat_map(answer.years)
    return element
