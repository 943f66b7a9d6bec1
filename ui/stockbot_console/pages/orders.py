"""Orders, at `/orders?state=all&symbol=&strategy=`: live, what may be done, and the books beside the broker's."""

from typing import Any

from nicegui import ui

from stockbot_console.answers import Failure
from stockbot_console.components.elements import box, link, text
from stockbot_console.components.excuse import absent
from stockbot_console.components.filters import choices, chosen_filter
from stockbot_console.components.order_actions import OrderActions
from stockbot_console.components.reconciliation_panel import ReconciliationPanel
from stockbot_console.components.row_grid import NUMBER, RowGrid, number, words
from stockbot_console.console import Console
from stockbot_console.downloads import ORDER_FILES
from stockbot_console.pages.frame import Frame, guarded
from stockbot_console.view import View
from stockbot_console.view_models.orders import Choice, OrderRow, choice_of, order_row

TITLE = "Orders"
SERVICE = "Execution Engine"
DOCUMENT = """\
apiVersion: stockbot.dev/v1alpha1
kind: TradingService
metadata: {name: execution-engine}
spec:
  type: ExecutionEngine"""
AGE = NUMBER | {"field": "at", "width": 108, ":cellRenderer": "stockbot.ageCell"}
COLUMNS: list[dict[str, Any]] = [
    words(
        "state",
        "State",
        minWidth=124,
        maxWidth=160,
        flex=2,
        **{":cellRenderer": "stockbot.stateCell", "tooltipField": "meaning"},
    ),
    words("symbol", "Symbol", minWidth=62, flex=1, **{":cellRenderer": "stockbot.plainSymbolCell"}),
    words("side", "Side", minWidth=52, maxWidth=90, flex=1, **{":cellRenderer": "stockbot.sideCell"}),
    number("quantity", "Filled", minWidth=92, maxWidth=120, flex=1, **{":valueFormatter": "({data}) => data.filled"}),
    words("terms", "Order", minWidth=130, flex=2, tooltipField="terms"),
    number("price", "Average", width=104),
    words("strategy", "Strategy", minWidth=100, flex=1),
    words("reason", "Reason", minWidth=120, flex=3, tooltipField="reason"),
    AGE | {"headerName": "Age", "tooltipField": "exact"},
    words("chain", "", width=82, sortable=False, **{":cellRenderer": "stockbot.explainCell"}),
]
NARROW = ("state", "symbol", "side", "quantity")


def register(console: Console) -> None:
    @guarded(console, "/orders", TITLE)
    def orders(state: str = "", symbol: str = "", strategy: str = "") -> None:
        frame = Frame(console, here=TITLE)
        chosen = choice_of(state, symbol, strategy)
        with box("page", tag="main"):
            if frame.view.execution is None:
                text(TITLE, "heading", tag="h1")
                absent(SERVICE, DOCUMENT)
                return frame.follow()
            actions = OrderActions(console, frame)
            grid = OrderGrid(console, chosen, actions, frame.view)
            books = ReconciliationPanel(actions, frame.role)
        books.show(frame.view)
        ui.timer(0, grid.recall, once=True)
        return frame.follow(grid.show, books.show)


class OrderGrid:
    """The orders of the board, and for a choice of one symbol or strategy those of before as well."""

    def __init__(self, console: Console, chosen: Choice, actions: OrderActions, view: View) -> None:
        self._console = console
        self._chosen = chosen
        self._past: dict[str, OrderRow] = {}
        with box("page-head"):
            text(TITLE, tag="h1")
            box("spring")
            actions.desk_buttons()
        actions.note()
        with box("panel gridded orders", tag="section") as self._panel:
            self._toolbar()
            self._trouble = text("", "problem trouble")
            with box("empty") as self._empty:
                self._none = text("", "heading")
                self._next = text("", "muted")
            with box("filled") as self._filled:
                self._grid = RowGrid(COLUMNS, self._rows(view), narrow=NARROW, opens="stockbot.orderPage")
        self.show(view)

    def show(self, view: View) -> None:
        rows = self._rows(view)
        trouble = view.execution.trouble if view.execution else None
        self._trouble.set_text(f"{trouble.reason} {trouble.remedy}".strip() if trouble else "")
        self._panel.style(replace=f"--rows: {len(rows)}")
        self._empty.set_visibility(not rows)
        self._filled.set_visibility(bool(rows))
        if not rows:
            self._say_why_empty()
        self._grid.show(rows)

    async def recall(self) -> None:
        """Ask for older orders of the symbol or strategy that was chosen."""
        engine = self._console.services.engine
        wanted = {"symbol": self._chosen.symbol, "strategy": self._chosen.strategy}
        asked = {name: value for name, value in wanted.items() if value}
        if engine is None or not asked or not self._chosen.ended:
            return
        answer = await engine.last_orders(asked)
        if not isinstance(answer, Failure):
            zone = self._console.board.view.zone
            self._past = {order.client_order_id: order_row(order, zone) for order in answer}
            self.show(self._console.board.view)

    def _rows(self, view: View) -> dict[str, OrderRow]:
        chosen = view.orders.chosen(
            ended=self._chosen.ended, symbol=self._chosen.symbol, strategy=self._chosen.strategy
        )
        rows = {order_id: order_row(order, view.zone) for order_id, order in chosen.items()}
        return dict(sorted((self._past | rows).items(), key=lambda item: -item[1]["at"]))

    def _toolbar(self) -> None:
        chosen = self._chosen
        with box("toolbar"):
            choices(
                (
                    ("Open", chosen.address(state=""), not chosen.ended),
                    ("All", chosen.address(state="all"), chosen.ended),
                ),
                "State",
            )
            _filter_form(chosen)
            if chosen.symbol:
                chosen_filter("symbol", chosen.symbol, chosen.address(symbol=""))
            if chosen.strategy:
                chosen_filter("strategy", chosen.strategy, chosen.address(strategy=""))
            box("spring")
            text("CSV", "muted", tag="span")
            for title, path in ORDER_FILES:
                link(title, chosen.address(path), "download").props["download"] = ""

    def _say_why_empty(self) -> None:
        if self._chosen.ended:
            self._none.set_text("No orders yet")
            self._next.set_text("An order is made when risk approves a signal of a strategy, or of yours: New order.")
        else:
            self._none.set_text("No order is open")
            self._next.set_text("Choose All to see those that have ended.")


def _filter_form(chosen: Choice) -> None:
    """A form like any of the web: what is typed becomes the address."""
    with box("narrowing", tag="form", method="get", action=""):
        if chosen.ended:
            box(tag="input", type="hidden", name="state", value="all")
        for name, value in (("symbol", chosen.symbol), ("strategy", chosen.strategy)):
            if value:
                box(tag="input", type="hidden", name=name, value=value)
            else:
                box(tag="input", name=name, placeholder=name.capitalize(), maxlength=128, aria_label=name.capitalize())
        with box("plain", tag="button", type="submit"):
            text("Filter", tag="span")
