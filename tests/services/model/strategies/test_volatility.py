"""Annual volatility: by another library's arithmetic, and its constants by the exchange's calendar."""

import statistics
import warnings
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from math import sqrt

import exchange_calendars  # type: ignore[import-untyped]  # ships no types
import pytest

from stockbot.errors import ConfigurationError
from stockbot.events.market import Bar
from stockbot.model.strategies.volatility import SESSION_MINUTES, TRADING_DAYS, annual_volatility, bars_per_year

Days = Callable[..., list[Bar]]


def test_the_constants_are_those_of_new_york() -> None:
    """Since 2000 a year had 251.6 sessions on average, and an ordinary one lasts 390 minutes."""
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # how it uses pandas is not ours
        calendar = exchange_calendars.get_calendar("XNYS", start="2000-01-01", end="2024-12-31")
    assert round(len(calendar.sessions) / 25) == TRADING_DAYS
    opens, closes = calendar.session_open_close("2024-03-04")
    assert (closes - opens).total_seconds() / 60 == SESSION_MINUTES


@pytest.mark.parametrize(("interval", "bars"), [("1d", "252"), ("1h", "1638"), ("5m", "19656"), ("1m", "98280")])
def test_bars_in_a_year(interval: str, bars: str) -> None:
    """Days count as sessions, shorter bars fill the minutes of the sessions."""
    assert bars_per_year(interval) == Decimal(bars)


def test_an_interval_that_does_not_exist() -> None:
    """The error names those that do."""
    with pytest.raises(ConfigurationError, match="1m, 5m"):
        bars_per_year("2m")


def test_it_is_the_annualised_sample_deviation(days: Days) -> None:
    """The same as the standard library's over a real year, though in exact decimals."""
    closes = [bar.close for bar in days("IBM", last=253)]
    returns = [float(after / before) - 1 for before, after in pairwise(closes)]
    assert float(annual_volatility(closes, "1d") or 0) == pytest.approx(statistics.stdev(returns) * sqrt(252))


def test_two_returns_are_needed() -> None:
    """Two closes have one return and no deviation; three equal closes have none either, and that is known."""
    assert annual_volatility([Decimal(10), Decimal(11)], "1d") is None
    assert annual_volatility([Decimal(10)] * 3, "1d") == 0
