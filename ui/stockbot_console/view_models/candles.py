"""A symbol's chart as ECharts options: candles, volume, gaps and the live price. Used by the symbol page.

Here prices become floats: this is the edge where they are drawn and nothing is counted any more.
"""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from decimal import Decimal
from typing import Any

from stockbot.events.market import Bar
from stockbot_console.theme import FONT, Palette
from stockbot_console.view_models.gaps import Gap
from stockbot_console.view_models.numbers import price_text

Options = dict[str, Any]
SHOWN_AT_FIRST = 120  # candles: more are thinner than the eye separates on a laptop
EMPTY: list[float] = []


def chart_options(
    bars: Sequence[Bar], gaps: Sequence[Gap], *, price: Decimal | None, zone: tzinfo, colours: Palette
) -> Options:
    """Make the whole chart. Each gap takes one empty place on the axis, shaded and labelled."""
    labels, candles, volumes = _places(bars, {gap.after: gap for gap in gaps}, zone, colours)
    first = max(0, len(labels) - SHOWN_AT_FIRST)
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "textStyle": {"fontFamily": FONT, "color": colours.muted},
        "grid": [
            {"left": 12, "right": 76, "top": 16, "height": "68%"},
            {"left": 12, "right": 76, "top": "76%", "bottom": 56},
        ],
        "axisPointer": {
            "link": [{"xAxisIndex": "all"}],
            "label": {"backgroundColor": colours.raised, "color": colours.text},
        },
        "tooltip": _tooltip(colours),
        "xAxis": [
            _time_axis(labels, colours, grid=0, labelled=False),
            _time_axis(labels, colours, grid=1, labelled=True),
        ],
        "yAxis": [_price_axis(colours), _volume_axis()],
        "dataZoom": _zoom(first, len(labels), colours),
        "series": [
            _candle_series(candles, colours)
            | {"markLine": price_line(price, bars, colours), "markArea": _gap_areas(gaps, labels, colours)},
            {
                "name": "Volume",
                "type": "bar",
                "xAxisIndex": 1,
                "yAxisIndex": 1,
                "data": volumes,
                "barMaxWidth": 12,
            },
        ],
    }


def live_options(
    bars: Sequence[Bar], gaps: Sequence[Gap], *, price: Decimal, zone: tzinfo, colours: Palette
) -> Options:
    """Make only what a live price changes; zoom and axes stay as the person left them."""
    _, candles, _ = _places(bars, {gap.after: gap for gap in gaps}, zone, colours)
    return {"series": [{"name": "Price", "data": candles, "markLine": price_line(price, bars, colours)}]}


def _places(
    bars: Sequence[Bar], gaps: Mapping[int, Gap], zone: tzinfo, colours: Palette
) -> tuple[list[str], list[list[float]], list[Options]]:
    labels: list[str] = []
    candles: list[list[float]] = []
    volumes: list[Options] = []
    for index, bar in enumerate(bars):
        labels.append(_label(bar, zone))
        candles.append([float(bar.open), float(bar.close), float(bar.low), float(bar.high)])
        volumes.append(_volume(bar, colours))
        if index in gaps:
            labels.append(_gap_label(gaps[index], index))
            candles.append(EMPTY)
            volumes.append({"value": None})
    return labels, candles, volumes


def _label(bar: Bar, zone: tzinfo) -> str:
    if bar.interval == "1d":
        return f"{bar.start:%d %b %Y}"  # a daily bar starts at midnight UTC of the exchange's own date
    return f"{bar.start.astimezone(zone):%d %b %H:%M}"


def _gap_label(gap: Gap, index: int) -> str:
    return f"{gap.text} (after bar {index + 1})"  # unique: an axis of categories finds a place by its name


def _volume(bar: Bar, colours: Palette) -> Options:
    colour = colours.up if bar.close >= bar.open else colours.down
    value = None if bar.volume is None else float(bar.volume)
    return {"value": value, "itemStyle": {"color": colour, "opacity": 0.45}}


def _candle_series(candles: list[list[float]], colours: Palette) -> Options:
    """Rising candles are hollow and falling ones filled, so that colour is not the only sign."""
    return {
        "name": "Price",
        "type": "candlestick",
        "data": candles,
        "barMaxWidth": 12,
        "itemStyle": {
            "color": colours.surface,
            "color0": colours.down,
            "borderColor": colours.up,
            "borderColor0": colours.down,
        },
    }


def price_line(price: Decimal | None, bars: Sequence[Bar], colours: Palette) -> Options:
    """Draw the last price across the chart; nothing where there is no price or no bar."""
    if price is None or not bars:
        return {"data": []}
    colour = colours.up if price >= bars[-1].open else colours.down
    return {
        "silent": True,
        "animation": False,
        "symbol": ["none", "none"],
        "lineStyle": {"color": colour, "type": "dashed", "width": 1},
        "label": {
            "position": "end",
            "formatter": price_text(price),
            "color": colours.surface,
            "backgroundColor": colour,
            "padding": [3, 5],
            "borderRadius": 2,
        },
        "data": [{"yAxis": float(price)}],
    }


def _gap_areas(gaps: Sequence[Gap], labels: Sequence[str], colours: Palette) -> Options:
    names = [_gap_label(gap, gap.after) for gap in gaps]
    places = {name: labels.index(name) for name in names}
    return {
        "silent": True,
        "itemStyle": {"color": colours.warning, "opacity": 0.12},
        "label": {
            "color": colours.warning,
            "position": "insideTop",
            "rotate": 90,
            "align": "right",
            "fontSize": 10,
        },
        "data": [
            [
                {"name": gap.text, "xAxis": labels[max(0, places[name] - 1)]},
                {"xAxis": labels[min(places[name] + 1, len(labels) - 1)]},
            ]
            for gap, name in zip(gaps, names, strict=True)
        ],
    }


def _tooltip(colours: Palette) -> Options:
    return {
        "trigger": "axis",
        "axisPointer": {"type": "cross", "crossStyle": {"color": colours.muted}},
        "backgroundColor": colours.raised,
        "borderColor": colours.line,
        "textStyle": {"color": colours.text, "fontSize": 12},
        ":formatter": "stockbot.candleTooltip",
        ":position": "stockbot.candleTooltipPosition",
    }


def _time_axis(labels: list[str], colours: Palette, *, grid: int, labelled: bool) -> Options:
    return {
        "type": "category",
        "gridIndex": grid,
        "data": labels,
        "boundaryGap": True,
        "axisLine": {"lineStyle": {"color": colours.line}},
        "axisTick": {"show": False},
        "axisLabel": {"show": labelled, "color": colours.muted, "hideOverlap": True},
        "axisPointer": {"label": {"show": labelled}},
    }


def _price_axis(colours: Palette) -> Options:
    return {
        "scale": True,
        "position": "right",
        "splitLine": {"lineStyle": {"color": colours.line, "opacity": 0.6}},
        "axisLabel": {"color": colours.muted, ":formatter": "stockbot.axisPrice"},
        "axisPointer": {"label": {":formatter": "stockbot.pointerPrice"}},
    }


def _volume_axis() -> Options:
    return {
        "gridIndex": 1,
        "position": "right",
        "splitNumber": 2,
        "axisLabel": {"show": False},
        "axisLine": {"show": False},
        "axisTick": {"show": False},
        "splitLine": {"show": False},
        "axisPointer": {"label": {"show": False}},
    }


def _zoom(first: int, count: int, colours: Palette) -> list[Options]:
    window = {"xAxisIndex": [0, 1], "startValue": first, "endValue": max(0, count - 1)}
    slider = {
        "type": "slider",
        "bottom": 8,
        "height": 20,
        "borderColor": colours.line,
        "backgroundColor": "transparent",
        "fillerColor": f"{colours.accent}22",
        "handleStyle": {"color": colours.raised, "borderColor": colours.accent},
        "moveHandleStyle": {"color": colours.line},
        "dataBackground": {"lineStyle": {"color": colours.line}, "areaStyle": {"color": colours.line}},
        "selectedDataBackground": {
            "lineStyle": {"color": colours.accent},
            "areaStyle": {"color": colours.accent, "opacity": 0.15},
        },
        "textStyle": {"color": colours.muted, "fontSize": 10},
        "brushSelect": False,
    }
    return [window | {"type": "inside"}, window | slider]
