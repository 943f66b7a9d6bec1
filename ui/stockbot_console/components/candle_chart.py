"""The candles of a symbol in the browser; without any, the reason. Used by the symbol page."""

from collections.abc import Sequence
from datetime import tzinfo
from decimal import Decimal

from nicegui import ui

from stockbot.events.market import Bar
from stockbot_console.answers import Failure
from stockbot_console.components.elements import box, text
from stockbot_console.theme import palette
from stockbot_console.view_models.candles import chart_options, live_options
from stockbot_console.view_models.gaps import gaps


class CandleChart:
    """Draws what it is given; zoom and pointer stay as the person left them."""

    def __init__(self, *, dark: bool) -> None:
        self.dark = dark
        self._chart: ui.echart | None = None
        with box("empty") as self._empty:
            self._heading = text("Loading", "heading")
            self._reason = text("", "muted")
        self._filled = box("chart")

    def excuse(self, failure: Failure) -> None:
        """Say why there are no candles."""
        self._heading.set_text("No bars")
        self._reason.set_text(f"{failure.reason} {failure.remedy}".strip())
        self._filled.set_visibility(False)
        self._empty.set_visibility(True)

    def draw(self, bars: Sequence[Bar], price: Decimal | None, zone: tzinfo) -> None:
        """Draw the whole series."""
        options = chart_options(bars, gaps(bars, zone), price=price, zone=zone, colours=palette(dark=self.dark))
        self._empty.set_visibility(False)
        self._filled.set_visibility(True)
        if self._chart is None:
            with self._filled:
                self._chart = ui.echart(options)
        else:
            del options["dataZoom"]
            self._chart.run_chart_method("setOption", options)

    def move(self, bars: Sequence[Bar], price: Decimal, zone: tzinfo) -> None:
        """Redraw what a live price has changed."""
        if self._chart is not None:
            colours = palette(dark=self.dark)
            options = live_options(bars, gaps(bars, zone), price=price, zone=zone, colours=colours)
            self._chart.run_chart_method("setOption", options)
