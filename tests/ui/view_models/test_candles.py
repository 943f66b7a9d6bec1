"""The chart of a symbol as ECharts options."""

from datetime import timedelta
from decimal import Decimal

from msgspec.structs import replace

from stockbot.events.market import Bar
from stockbot.testing.clock import START
from stockbot.testing.scenes import bars
from stockbot_console.theme import DARK, LIGHT
from stockbot_console.view_models.ages import zone_of
from stockbot_console.view_models.candles import EMPTY, Options, chart_options, live_options
from stockbot_console.view_models.gaps import gaps

NEW_YORK = zone_of("America/New_York")
SERIES = bars("AAPL", "5m", timedelta(minutes=5), end=START, count=6)
BROKEN = [*SERIES[:2], *SERIES[4:]]


def options(series: list[Bar], price: str | None = None) -> Options:
    return chart_options(
        series, gaps(series, NEW_YORK), price=Decimal(price) if price else None, zone=NEW_YORK, colours=DARK
    )


def test_a_candle_is_open_close_low_high() -> None:
    """ECharts wants this order, and the axis has the exchange's time."""
    chart, first = options(SERIES), SERIES[0]
    assert chart["series"][0]["data"][0] == [float(p) for p in (first.open, first.close, first.low, first.high)]
    assert chart["xAxis"][0]["data"][0] == "02 Mar 09:30"


def test_a_daily_bar_is_labelled_with_its_date() -> None:
    """The day of a daily bar is not moved by a time zone."""
    daily = bars("AAPL", "1d", timedelta(days=1), end=START.replace(hour=0), count=2)
    assert options(daily)["xAxis"][0]["data"] == ["28 Feb 2026", "01 Mar 2026"]


def test_a_gap_takes_an_empty_shaded_place() -> None:
    """Two missing bars are one place without a candle, shaded from the bar before to the bar after."""
    chart = options(BROKEN)
    assert chart["series"][0]["data"][2] is EMPTY
    assert chart["series"][1]["data"][2] == {"value": None}
    shade = chart["series"][0]["markArea"]["data"][0]
    assert shade[0]["name"] == "2 bars missing"
    assert (shade[0]["xAxis"], shade[1]["xAxis"]) == ("02 Mar 09:35", "02 Mar 09:50")


def test_rising_and_falling_differ_without_colour() -> None:
    """A rising candle is hollow: its body has the colour of the ground."""
    style = options(SERIES)["series"][0]["itemStyle"]
    assert (style["color"], style["color0"]) == (DARK.surface, DARK.down)


def test_the_live_price_is_a_labelled_line() -> None:
    """The line stands at the price, and the label says it exactly."""
    line = options(SERIES, "187.4")["series"][0]["markLine"]
    assert (line["data"], line["label"]["formatter"]) == ([{"yAxis": 187.4}], "187.40")


def test_without_a_price_there_is_no_line() -> None:
    """No quote, no line at zero."""
    assert options(SERIES)["series"][0]["markLine"] == {"data": []}


def test_a_live_price_leaves_zoom_and_axes_alone() -> None:
    """What a person has zoomed into stays."""
    changed = live_options(SERIES, (), price=Decimal(1), zone=NEW_YORK, colours=LIGHT)
    assert list(changed) == ["series"]
    assert [series["name"] for series in changed["series"]] == ["Price"]


def test_a_bar_without_volume_has_no_column() -> None:
    """Unknown volume is not zero volume."""
    silent = replace(SERIES[0], volume=None)
    assert options([silent])["series"][1]["data"][0]["value"] is None
