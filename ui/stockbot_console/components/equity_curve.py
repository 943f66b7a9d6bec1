"""The equity curve in the browser; without a point, the reason. Used by the portfolio page."""

from collections.abc import Sequence

from nicegui import ui

from stockbot_console.answers import Failure
from stockbot_console.bookkeeper_answers import EquityPoint
from stockbot_console.components.elements import box, text
from stockbot_console.theme import palette
from stockbot_console.view_models.equity_chart import equity_moved, equity_options


class EquityCurve:
    """Draws what it is given; only the series are sent again."""

    def __init__(self, *, dark: bool) -> None:
        self.dark = dark
        self._chart: ui.echart | None = None
        with box("empty") as self._empty:
            self._heading = text("Loading", "heading")
            self._reason = text("", "muted")
        self._filled = box("curve")

    def excuse(self, heading: str, failure: Failure) -> None:
        self._heading.set_text(heading)
        self._reason.set_text(f"{failure.reason} {failure.remedy}".strip())
        self._filled.set_visibility(False)
        self._empty.set_visibility(True)

    def draw(self, points: Sequence[EquityPoint]) -> None:
        """Draw the whole curve."""
        options = equity_options(points, palette(dark=self.dark))
        self._empty.set_visibility(False)
        self._filled.set_visibility(True)
        if self._chart is None:
            with self._filled:
                self._chart = ui.echart(options)
        else:
            self._chart.run_chart_method("setOption", options)

    def move(self, points: Sequence[EquityPoint]) -> None:
        """Redraw what a new point has changed."""
        if self._chart is not None:
            self._chart.run_chart_method("setOption", equity_moved(points, palette(dark=self.dark)))
