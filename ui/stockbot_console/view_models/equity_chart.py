"""The equity curve as ECharts options: equity, what was paid in, and the closes. Used by the portfolio page.

Here money becomes floats: this is the edge where it is drawn and nothing is counted any more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec import Struct

from stockbot_console.bookkeeper_answers import EquityPoint
from stockbot_console.theme import FONT, Palette
from stockbot_console.view_models.ages import epoch_milliseconds

Options = dict[str, Any]


class Span(Struct, frozen=True, kw_only=True):
    """A choice of the portfolio page: how far back the curve goes, and seconds between its points, 0 for all."""

    name: str
    title: str
    length: timedelta | None
    every: int


SPANS = (
    Span(name="1d", title="1 day", length=timedelta(days=1), every=60),
    Span(name="1w", title="1 week", length=timedelta(days=7), every=300),
    Span(name="1m", title="1 month", length=timedelta(days=31), every=3600),
    Span(name="all", title="All", length=None, every=0),
)


def span_of(name: str) -> Span:
    """Find the span of that name; the first for one that does not exist, as people type URLs."""
    return next((span for span in SPANS if span.name == name), SPANS[0])


def equity_options(points: Sequence[EquityPoint], colours: Palette) -> Options:
    """Make the whole chart; a change of what was paid in is a step of its own line, so it never looks like profit."""
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "textStyle": {"fontFamily": FONT, "color": colours.muted},
        "grid": {"left": 12, "right": 84, "top": 20, "bottom": 32},
        "tooltip": {
            "trigger": "axis",
            "backgroundColor": colours.raised,
            "borderColor": colours.line,
            "textStyle": {"color": colours.text, "fontSize": 12},
            ":formatter": "stockbot.equityTooltip",
            "axisPointer": {"lineStyle": {"color": colours.muted}},
        },
        "xAxis": {
            "type": "time",
            "axisLine": {"lineStyle": {"color": colours.line}},
            "axisTick": {"show": False},
            "axisLabel": {"color": colours.muted, "hideOverlap": True, ":formatter": "stockbot.axisTime"},
        },
        "yAxis": {
            "scale": True,
            "position": "right",
            "splitLine": {"lineStyle": {"color": colours.line, "opacity": 0.6}},
            "axisLabel": {"color": colours.muted, ":formatter": "stockbot.axisMoney"},
        },
        "series": [_curve(points, colours), _deposits(points, colours)],
    }


def equity_moved(points: Sequence[EquityPoint], colours: Palette) -> Options:
    """Make only what a new point changes."""
    return {"series": [_curve(points, colours), _deposits(points, colours)]}


def with_now(
    points: Sequence[EquityPoint], at: datetime, equity: Decimal | None, deposits: Decimal
) -> list[EquityPoint]:
    """The curve carried on to now, where the equity is known."""
    if equity is None or (points and at <= points[-1].at):
        return list(points)
    return [*points, EquityPoint(at=at, equity=equity, net_deposits=deposits)]


def _curve(points: Sequence[EquityPoint], colours: Palette) -> Options:
    closes = [point for point in points if point.kind == "close"]
    return {
        "name": "Equity",
        "type": "line",
        "data": [[epoch_milliseconds(point.at), float(point.equity)] for point in points],
        "showSymbol": False,
        "sampling": "lttb",
        "lineStyle": {"color": colours.accent, "width": 1.8},
        "itemStyle": {"color": colours.accent},
        "areaStyle": {"color": colours.accent, "opacity": 0.07, "origin": "start"},
        "markPoint": {
            "silent": True,
            "symbol": "circle",
            "symbolSize": 7,
            "label": {"show": False},
            "itemStyle": {"color": colours.surface, "borderColor": colours.accent, "borderWidth": 1.6},
            "data": [{"coord": [epoch_milliseconds(one.at), float(one.equity)]} for one in closes],
        },
    }


def _deposits(points: Sequence[EquityPoint], colours: Palette) -> Options:
    return {
        "name": "Paid in",
        "type": "line",
        "step": "end",
        "data": [[epoch_milliseconds(point.at), float(point.net_deposits)] for point in points],
        "showSymbol": False,
        "lineStyle": {"color": colours.muted, "width": 1, "type": "dashed"},
        "itemStyle": {"color": colours.muted},
    }
