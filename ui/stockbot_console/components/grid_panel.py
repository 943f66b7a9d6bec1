"""A panel with a toolbar and a grid as high as its rows; without any, why. Used by the portfolio page."""

from collections.abc import Mapping
from typing import Any

from stockbot_console.components.elements import box, text
from stockbot_console.components.row_grid import Row, RowGrid


class GridPanel:
    """`toolbar` is for the page to fill. Rows that are known while the page is built come with it."""

    def __init__(
        self, columns: list[dict[str, Any]], rows: Mapping[str, Row], *, narrow: tuple[str, ...], classes: str = ""
    ) -> None:
        with box(f"panel gridded {classes}".strip(), tag="section") as self._panel:
            self.toolbar = box("toolbar")
            self._none = text("", "muted none")
            with box("filled") as self._filled:
                self._grid = RowGrid(columns, rows, narrow=narrow)
        self._filled.set_visibility(False)

    def show(self, rows: Mapping[str, Row], none: str) -> None:
        """Show these rows; `none` is said where there are none."""
        self._none.set_text(none)
        self._none.set_visibility(not rows)
        self._filled.set_visibility(bool(rows))
        self._panel.style(replace=f"--rows: {len(rows)}")
        self._grid.show(rows)
