"""Bars for the tests of strategies: made from closes, or the real days that are shipped with the gateway."""

import csv
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files

import pytest

from stockbot.events.market import Bar
from stockbot.model import intervals
from stockbot.testing.clock import START

MakeBars = Callable[..., list[Bar]]


def bars_from(closes: Iterable[float | str], *, symbol: str = "AAPL", interval: str = "1m") -> list[Bar]:
    """Bars one after another from START, each with a range of 1 % around its close."""
    return [_bar(symbol, interval, number, Decimal(str(close))) for number, close in enumerate(closes)]


def _bar(symbol: str, interval: str, number: int, close: Decimal) -> Bar:
    start = START + number * intervals.length_of(interval)
    return Bar(
        symbol=symbol,
        interval=interval,
        start=start,
        end=start + intervals.length_of(interval),
        open=close,
        high=close * Decimal("1.005"),
        low=close * Decimal("0.995"),
        close=close,
        provider="demo",
    )


@cache
def real_days(symbol: str, last: int = 700) -> list[Bar]:
    """The last days of a shipped series, each from 14:30 to 21:00 UTC."""
    lines = (files("stockbot.market_data_gateway") / "prices" / f"{symbol}.csv").read_text().splitlines()
    return [_day(symbol, row) for row in list(csv.DictReader(lines))[-last:]]


def _day(symbol: str, row: dict[str, str]) -> Bar:
    opens = datetime.fromisoformat(row["date"]).replace(hour=14, minute=30, tzinfo=UTC)
    prices = {name: Decimal(row[name]) for name in ("open", "high", "low", "close")}
    return Bar(
        symbol=symbol,
        interval="1d",
        start=opens,
        end=opens + timedelta(hours=6.5),
        provider="replay",
        open=prices["open"],
        high=max(prices.values()),
        low=min(prices.values()),
        close=prices["close"],
    )


@pytest.fixture(scope="session")
def make_bars() -> MakeBars:
    return bars_from


@pytest.fixture(scope="session")
def days() -> MakeBars:
    return real_days
