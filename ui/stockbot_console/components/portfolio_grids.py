"""The grids of positions and of trades. Used by the portfolio page."""

from collections.abc import Mapping
from typing import Any

from stockbot_console.answers import Failure
from stockbot_console.components.elements import text
from stockbot_console.components.grid_panel import GridPanel
from stockbot_console.components.row_grid import number, words
from stockbot_console.view_models.portfolio import PositionRow
from stockbot_console.view_models.trades import TradeRow

GAIN = {":cellRenderer": "stockbot.gainCell"}
STALE = {"cellClassRules": {"stale-mark": "data.stale"}}
RIGHT = {"type": "rightAligned", "sortable": False}
SYMBOL = words("symbol", "Symbol", minWidth=62, flex=1, **{":cellRenderer": "stockbot.plainSymbolCell"})
STRATEGY = words("strategy", "Strategy", minWidth=84, flex=1)
AGE = {":cellRenderer": "stockbot.ageCell", "tooltipField": "exact"}
POSITION_COLUMNS: list[dict[str, Any]] = [
    SYMBOL,
    STRATEGY,
    number("quantity", "Quantity", minWidth=84, flex=1),
    words("average", "Average", minWidth=96, flex=1) | RIGHT,
    words("mark", "Last", minWidth=90, flex=1, tooltipField="exact") | RIGHT | STALE,
    number("value", "Value", minWidth=104, flex=1) | STALE,
    number("unrealised", "Unrealised", minWidth=112, flex=1) | GAIN,
    words("percent", "%", minWidth=100, flex=1) | RIGHT | GAIN,
    words("realised", "Realised", minWidth=110, flex=1) | RIGHT | GAIN,
    words("at", "Age", width=84, type="rightAligned") | AGE,
]
TRADE_COLUMNS: list[dict[str, Any]] = [
    words("at", "Closed", minWidth=74, maxWidth=108, flex=1) | AGE,
    SYMBOL,
    words("quantity", "Size", minWidth=84, flex=1),
    words("prices", "Entry and exit", minWidth=150, flex=2, sortable=False),
    number("profit", "Profit", minWidth=104, flex=1) | GAIN,
    words("percent", "%", minWidth=100, flex=1) | RIGHT | GAIN,
    words("held", "Held", width=108),
    STRATEGY,
    words("chain", "Explain", width=118, sortable=False, **{":cellRenderer": "stockbot.explainTradeCell"}),
]


def positions_panel(rows: Mapping[str, PositionRow], *, by_strategy: bool) -> GridPanel:
    if by_strategy:
        return GridPanel(POSITION_COLUMNS, rows, narrow=("symbol", "strategy", "unrealised"))
    columns = [column for column in POSITION_COLUMNS if column is not STRATEGY]
    return GridPanel(columns, rows, narrow=("symbol", "quantity", "unrealised"))


class TradesPanel:
    """Trades, or why they are not known."""

    def __init__(self) -> None:
        self._panel = GridPanel(TRADE_COLUMNS, {}, narrow=("at", "symbol", "quantity", "profit"), classes="trades")
        with self._panel.toolbar:
            text("Trades", tag="h2")
            text("entry matched to exit, after fees", "muted")

    def show(self, rows: dict[str, TradeRow] | Failure) -> None:
        if isinstance(rows, Failure):
            self._panel.show({}, f"{rows.reason} {rows.remedy}".strip())
        else:
            self._panel.show(rows, "No position was closed yet.")
