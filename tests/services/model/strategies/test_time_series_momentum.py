"""Momentum over a year of days, decided at the turn of the month."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from stockbot.events.market import Bar
from stockbot.model.strategies.time_series_momentum import TimeSeriesMomentum, TimeSeriesMomentumParameters
from stockbot.model.strategies.view import View
from stockbot.model.strategies.wishes import Target

MakeBars = Callable[..., list[Bar]]


def january(bars: list[Bar]) -> list[Bar]:
    """The bars as days from the 28th of January on: the fifth is the first of February."""
    starts = [datetime(2026, 1, 28, tzinfo=UTC) + timedelta(days=number) for number in range(len(bars))]
    pairs = zip(bars, starts, strict=True)
    return [replace(bar, interval="1d", start=start, end=start + timedelta(hours=6)) for bar, start in pairs]


def fractions(bars: list[Bar], *, short: bool = False) -> list[float | None]:
    strategy = TimeSeriesMomentum(TimeSeriesMomentumParameters(lookback=3, short=short))
    wishes = [strategy.on_bar(bar, View()) for bar in bars]
    return [one[0].fraction if one and isinstance(one[0], Target) else None for one in wishes]


@pytest.mark.parametrize(
    ("closes", "short", "expected"),
    [
        ([10, 10, 10, 10, 11, 5, 5], False, [None] * 4 + [1.0] * 3),
        ([10, 10, 10, 10, 9, 50, 50], False, [None] * 4 + [0.0] * 3),
        ([10, 10, 10, 10, 9, 50, 50], True, [None] * 4 + [-1.0] * 3),
        ([10, 10, 10, 10, 10, 50, 50], True, [None] * 7),
    ],
)
def test_the_first_bar_of_the_month_decides(
    make_bars: MakeBars, closes: list[int], short: bool, expected: list[float | None]
) -> None:
    """Its return over the lookback gives the direction for the whole month, whatever the next bars do."""
    assert fractions(january(make_bars(closes)), short=short) == expected


def test_the_wish_names_the_return(make_bars: MakeBars) -> None:
    """Ten percent up over three bars."""
    strategy = TimeSeriesMomentum(TimeSeriesMomentumParameters(lookback=3))
    wish = [strategy.on_bar(bar, View()) for bar in january(make_bars([10, 10, 10, 10, 11]))][-1][0]
    assert isinstance(wish, Target)
    assert wish.indicators == pytest.approx({"return_percent": 10.0})
    assert "+10.0 %" in wish.reason
