"""The price inside a bar."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot.events.market import Bar
from stockbot.model.bar_path import price_at, volume_at

START = datetime(2012, 6, 1, 13, 30, tzinfo=UTC)


def bar(opens: str, high: str, low: str, close: str, volume: str | None = "900") -> Bar:
    return Bar(
        symbol="AAPL",
        interval="1h",
        start=START,
        end=START + timedelta(hours=1),
        open=Decimal(opens),
        high=Decimal(high),
        low=Decimal(low),
        close=Decimal(close),
        volume=None if volume is None else Decimal(volume),
        provider="replay",
    )


@pytest.mark.parametrize(
    ("given_bar", "path"),
    [
        (bar("10", "16", "7", "13"), ["10.00", "7.00", "16.00", "13.00"]),
        (bar("15", "16", "7", "13"), ["15.00", "16.00", "7.00", "13.00"]),
        (bar("11.5", "16", "7", "13"), ["11.50", "7.00", "16.00", "13.00"]),
        (bar("0.1234", "0.1334", "0.1204", "0.13"), ["0.1234", "0.1204", "0.1334", "0.1300"]),
    ],
)
def test_the_documented_path(given_bar: Bar, path: list[str]) -> None:
    """Open, the nearer extreme (the low when equal), the other extreme, close: each a third of the time later."""
    assert [str(price_at(given_bar, START + timedelta(minutes=20 * n))) for n in range(4)] == path


def test_between_the_corners_the_price_goes_straight() -> None:
    """Half-way from the open to the low is half-way in price."""
    assert price_at(bar("10", "16", "7", "13"), START + timedelta(minutes=10)) == Decimal("8.50")


@given(
    prices=st.lists(st.decimals("0.01", "9999", places=4), min_size=4, max_size=4),
    passed=st.floats(0, 1),
)
def test_no_price_leaves_the_bar(prices: list[Decimal], passed: float) -> None:
    """At any moment the price is between low and high, also after rounding."""
    low, opens, close, high = sorted(prices)
    inside = bar(str(opens), str(high), str(low), str(close))
    assert low <= price_at(inside, START + passed * timedelta(hours=1)) <= high


def test_volume_grows_evenly_in_whole_shares() -> None:
    """A third of the time has a third of the volume; without a volume there is none."""
    known = bar("10", "16", "7", "13")
    assert [volume_at(known, START + timedelta(minutes=20 * n)) for n in range(4)] == [0, 300, 600, 900]
    assert volume_at(bar("10", "16", "7", "13", None), START) is None
