"""The grid of the watchlist: its columns, and how rows that changed get to the browser. Used by the market page."""

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from stockbot_console.view_models.watchlist import Row

NUMBER = {"type": "rightAligned", "sortingOrder": ["desc", "asc", None]}
FLASHING = {
    "enableCellChangeFlash": True,
    "cellClassRules": {"tick-up": "data.tick === 'up'", "tick-down": "data.tick === 'down'"},
}


def _shown(field: str) -> dict[str, str]:
    """Sort by the number in `<field>Value` and show the text in `field`."""
    return {"field": f"{field}Value", "colId": field, ":valueFormatter": f"({{data}}) => data.{field}"}


COLUMNS: list[dict[str, Any]] = [
    {"field": "symbol", "headerName": "Symbol", "minWidth": 84, "flex": 2, ":cellRenderer": "stockbot.symbolCell"},
    NUMBER
    | FLASHING
    | _shown("last")
    | {"headerName": "Last", "minWidth": 88, "flex": 2, "cellClass": "ag-right-aligned-cell last"},
    NUMBER
    | {"field": "changeValue", "colId": "change", "headerName": "Change", "minWidth": 100, "flex": 2}
    | {":cellRenderer": "stockbot.changeCell", "tooltipField": "since"},
    NUMBER
    | {"field": "change", "colId": "delta", "headerName": "Points", "minWidth": 84, "flex": 2}
    | {":cellRenderer": "stockbot.deltaCell", "tooltipField": "since", "sortable": False},
    {"field": "spark", "headerName": "Trend", "width": 124, "sortable": False, ":cellRenderer": "stockbot.sparkCell"},
    NUMBER | _shown("bid") | {"headerName": "Bid", "minWidth": 88, "flex": 2},
    NUMBER | _shown("ask") | {"headerName": "Ask", "minWidth": 88, "flex": 2},
    NUMBER | _shown("spread") | {"headerName": "Spread", "minWidth": 76, "flex": 1},
    NUMBER | _shown("volume") | {"headerName": "Volume", "minWidth": 84, "flex": 2},
    {
        "field": "provider",
        "colId": "source",
        "headerName": "Source",
        "minWidth": 170,
        "flex": 3,
        ":cellRenderer": "stockbot.sourceCell",
        ":equals": "() => false",
    },
    NUMBER
    | {"field": "at", "headerName": "Age", "minWidth": 70, "flex": 1}
    | {":cellRenderer": "stockbot.ageCell", "tooltipField": "exact"},
]


class WatchlistGrid:
    """Shows rows; `quick_filter` narrows them to those in which each of its words occurs."""

    def __init__(self, rows: Mapping[str, Row], *, quick_filter: str) -> None:
        self._shown = dict(rows)
        options = {
            "columnDefs": COLUMNS,
            "defaultColDef": {"suppressMovable": True, "resizable": False, "suppressHeaderMenuButton": True},
            "rowData": list(rows.values()),
            "quickFilterText": quick_filter,
            "rowHeight": 31,
            "headerHeight": 32,
            "cellFlashDuration": 300,
            "cellFadeDuration": 700,
            "tooltipShowDelay": 300,
            "suppressCellFocus": True,
            "rowClassRules": {"stale": "data.stale"},
            "overlayNoRowsTemplate": "No symbol matches the search.",
            ":getRowId": "({data}) => data.symbol",
            ":onRowClicked": "stockbot.openRow",
            ":onGridSizeChanged": "stockbot.fitColumns",
        }
        self._grid = ui.aggrid(options, auto_size_columns=False)

    def show(self, rows: Mapping[str, Row]) -> None:
        """Send what differs from the rows shown before, as one transaction."""
        transaction = difference(self._shown, rows)
        if any(transaction.values()):
            self._grid.run_grid_method("applyTransactionAsync", transaction)
        self._shown = dict(rows)


def difference(before: Mapping[str, Row], after: Mapping[str, Row]) -> dict[str, list[Any]]:
    """Make the grid's transaction that leads from one set of rows to the other."""
    return {
        "add": [row for symbol, row in after.items() if symbol not in before],
        "update": [row for symbol, row in after.items() if symbol in before and before[symbol] != row],
        "remove": [{"symbol": symbol} for symbol in before if symbol not in after],
    }
