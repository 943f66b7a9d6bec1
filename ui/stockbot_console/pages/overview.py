"""The overview, at `/overview`: the account, its curve today, what needs a person, limits, strategies, the session."""

from datetime import timedelta

from nicegui import ui
from nicegui.element import Element

from stockbot_console.answers import Failure, known
from stockbot_console.bookkeeper_answers import Account, EquityPoint
from stockbot_console.components.account_head import AccountHead
from stockbot_console.components.elements import box, link, text
from stockbot_console.components.equity_curve import EquityCurve
from stockbot_console.components.excuse import excuse
from stockbot_console.components.gauge import gauge
from stockbot_console.components.keyed import Keyed
from stockbot_console.console import Console
from stockbot_console.pages.frame import Frame, guarded
from stockbot_console.pages.market import ClockTile
from stockbot_console.view import View
from stockbot_console.view_models.attention import Matter, attention
from stockbot_console.view_models.equity_chart import with_now
from stockbot_console.view_models.gauges import Gauge
from stockbot_console.view_models.limits import gauges
from stockbot_console.view_models.portfolio import account_figures, exposure_of
from stockbot_console.view_models.strategy_tiles import StrategyTile, strategy_tiles

TITLE = "Overview"
LIMITS = ("max_daily_loss", "max_drawdown", "max_gross_exposure", "max_open_orders")
LOOK_SECONDS = 30.0
DAY = timedelta(days=1)
NO_BOOKS = Failure(reason="This platform has no Portfolio Manager.", remedy="See Portfolio for how to add it.")
NO_ACCOUNT = Failure(reason="No account is open yet.", remedy="One opens with the broker.")
NO_POINTS = Failure(reason="The curve begins with the first sample.", remedy="")


def register(console: Console) -> None:
    @guarded(console, "/overview", TITLE)
    def overview() -> None:
        frame = Frame(console, here=TITLE)
        with box("page", tag="main"):
            page = OverviewPage(console, frame)
        frame.dark.on_value_change(lambda event: page.paint(dark=event.value))
        ui.timer(0, page.look, once=True)
        ui.timer(LOOK_SECONDS, page.look)
        frame.follow(page.show)


class OverviewPage:
    """All of the board but the curve, which this page asks for."""

    def __init__(self, console: Console, frame: Frame) -> None:
        self._console = console
        self._points: tuple[EquityPoint, ...] = ()
        self._head: AccountHead | None = None
        self._reason = Keyed[Failure](box("stack"), lambda failure: excuse("No account to show", failure))
        self._money = box("stack")
        with box("columns overview-columns"):
            with box("column"):
                with box("panel attention", tag="section"):
                    with box("toolbar"):
                        text("Needs attention", tag="h2")
                    self._calm = text("Nothing needs you now.", "muted none")
                    self._matters = Keyed[Matter](box("list"), _matter)
                with box("panel chart equity", tag="section"):
                    with box("toolbar"):
                        text("Equity today", tag="h2")
                        text("and what was paid in, by your clock", "muted")
                        box("spring")
                        link("Portfolio", "/portfolio", "more")
                    self._curve = EquityCurve(dark=bool(frame.dark.value))
            with box("column"):
                self._clock = ClockTile(frame.view.clock)
                self._limits = Keyed[tuple[Gauge, ...]](box("stack"), _limits)
                self._strategies = Keyed[StrategyTile](_strategies_panel(), _strategy)
        self.show(frame.view)

    def show(self, view: View) -> None:
        account = _account(view)
        self._reason.show({"": account} if isinstance(account, Failure) else {})
        if not isinstance(account, Failure):
            self._show_money(account, view)
        matters = attention(view)
        self._calm.set_visibility(not matters)
        self._matters.show(matters)
        self._clock.show(view.clock)
        uses = known(view.risk.limits) if view.risk else ()
        shown = tuple(each for name, each in gauges(uses) if name in LIMITS)
        self._limits.show({"": shown} if shown else {})
        holdings = known(view.holdings.positions) if view.holdings else ()
        self._strategies.show(strategy_tiles(known(view.strategies.instances) if view.strategies else (), holdings))

    async def look(self) -> None:
        """Ask for today's curve."""
        account, bookkeeper = _account(self._console.board.view), self._console.services.bookkeeper
        if isinstance(account, Failure) or bookkeeper is None:
            return self._curve.excuse("No curve yet", account if isinstance(account, Failure) else NO_BOOKS)
        answer = await bookkeeper.equity(account.account, self._console.board.clock.now() - DAY, 60)
        if isinstance(answer, Failure) or not answer.points:
            return self._curve.excuse("No curve yet", answer if isinstance(answer, Failure) else NO_POINTS)
        self._points = answer.points
        return self._curve.draw(self._carried_on(account))

    def paint(self, *, dark: bool) -> None:
        self._curve.dark = dark
        if self._points:
            self._curve.draw(self._points)

    def _show_money(self, account: Account, view: View) -> None:
        figures = account_figures(
            account, exposure_of(known(view.risk.exposures), account.account) if view.risk else None
        )
        if self._head is None:
            with self._money:
                self._head = AccountHead(figures)
        self._head.show(figures)
        if self._points:
            self._curve.move(self._carried_on(account))

    def _carried_on(self, account: Account) -> list[EquityPoint]:
        return with_now(self._points, account.as_of, account.equity, account.net_deposits)


def _account(view: View) -> Account | Failure:
    if view.holdings is None:
        return NO_BOOKS
    accounts = view.holdings.accounts
    return accounts if isinstance(accounts, Failure) else next(iter(accounts), NO_ACCOUNT)


def _matter(matter: Matter) -> Element:
    with link("", matter.path, f"matter {matter.level}") as element:
        text(matter.word, f"badge {matter.level}", tag="span")
        text(matter.text, tag="span")
    return element


def _limits(shown: tuple[Gauge, ...]) -> Element:
    with box("panel card", tag="section") as element:
        with box("top"):
            text("Limits", "heading", tag="h2")
            box("spring")
            link("Risk", "/risk", "more")
        for each in shown:
            gauge(each)
    return element


def _strategies_panel() -> Element:
    with box("panel side", tag="section"):
        with box("toolbar"):
            text("Strategies", tag="h2")
            text("what each made, open positions included", "muted")
        return box("list")


def _strategy(tile: StrategyTile) -> Element:
    with box("side-row") as element:
        with box("head"):
            link(tile.id, f"/strategies/{tile.id}", "symbol")
            text(tile.state, f"badge {tile.level}", tag="span")
            box("spring")
            text(tile.made.text, tile.made.direction, tag="span")
        text(tile.holds, "muted")
    return element
