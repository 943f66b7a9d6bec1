"""A grid of rows with keys: only what changed goes to the browser, in one transaction. Used by orders and portfolio."""

from collections.abc import Mapping
from typing import Any

from nicegui import ui

Row = Mapping[str, Any]
NUMBER = {"type": "rightAligned", "sortingOrder": ["desc", "asc", None]}


def number(field: str, title: str, **options: Any) -> dict[str, Any]:
    """A column that shows the text in `field` and sorts by the number in `<field>Value`."""
    shown: dict[str, Any] = {"field": f"{field}Value", "colId": field, ":valueFormatter": f"({{data}}) => data.{field}"}
    return NUMBER | shown | {"headerName": title} | options


def words(field: str, title: str, **options: Any) -> dict[str, Any]:
    """A column of text."""
    return {"field": field, "headerName": title, **options}


class RowGrid:
    """`columns` without a row are headings alone: the page says beside it why there is none.

    `opens` is the browser's function that makes the address to which a click on a row leads; `narrow` names the
    columns that a phone has room for.
    """

    def __init__(
        self, columns: list[dict[str, Any]], rows: Mapping[str, Row], *, narrow: tuple[str, ...], opens: str = ""
    ) -> None:
        self._shown = dict(rows)
        options = {
            "columnDefs": columns,
            "defaultColDef": {"suppressMovable": True, "resizable": False, "suppressHeaderMenuButton": True},
            "rowData": list(rows.values()),
            "rowHeight": 33,
            "headerHeight": 32,
            "tooltipShowDelay": 300,
            "suppressCellFocus": True,
            "overlayNoRowsTemplate": "<span></span>",
            "context": {"narrow": list(narrow)},
            ":getRowId": "({data}) => data.key",
            ":onGridSizeChanged": "stockbot.fitRows",
            ":onFirstDataRendered": "stockbot.fitRows",
        }
        if opens:
            options[":onRowClicked"] = f"stockbot.openWith({opens})"
        self._grid = ui.aggrid(options, auto_size_columns=False)

    def show(self, rows: Mapping[str, Row]) -> None:
        """Send what differs from the rows shown before."""
        transaction = {
            "add": [row for key, row in rows.items() if key not in self._shown],
            "addIndex": 0,
            "update": [row for key, row in rows.items() if key in self._shown and self._shown[key] != row],
            "remove": [{"key": key} for key in self._shown if key not in rows],
        }
        if transaction["add"] or transaction["update"] or transaction["remove"]:
            self._grid.run_grid_method("applyTransactionAsync", transaction)
        self._shown = dict(rows)
