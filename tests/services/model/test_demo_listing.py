"""The slow part of the demo market."""

from itertools import pairwise
from statistics import pstdev

import pytest

from stockbot.model.demo_listing import DAYS, LEVELS, listing, nervousness, worth

YEARS = 30
DAY = 20_000.0  # in 2024


@pytest.mark.parametrize("volatility", [0.05, 0.25, 5.0])
def test_no_price_vanishes_or_explodes_over_decades(volatility: float) -> None:
    """Over thirty years every price stays within a factor of exp(2) of its level, at any volatility."""
    for symbol in ("AAPL", "MSFT", "IBM", "X"):
        listed = listing(7, volatility, symbol)
        prices = [worth(7, listed, DAY + n) for n in range(0, YEARS * 365, 7)]
        assert listed.level / 7.4 < min(prices) < max(prices) < listed.level * 7.4
        assert LEVELS[0] <= listed.level <= LEVELS[1]


def test_a_day_moves_as_much_as_the_volatility_says() -> None:
    """The deviation of daily returns is the yearly one by the square root of the days, within a third."""
    listed = listing(7, 0.25, "AAPL")
    prices = [worth(7, listed, DAY + n) for n in range(2000)]
    returns = [after / before - 1 for before, after in pairwise(prices)]
    assert pstdev(returns) * DAYS**0.5 == pytest.approx(0.25, rel=0.35)


def test_calm_and_wild_days_lie_in_bounds() -> None:
    """A day is at least half and at most twice as volatile as an ordinary one, and both halves occur."""
    listed = listing(7, 0.25, "AAPL")
    seen = [nervousness(7, listed, DAY + n) for n in range(1000)]
    assert 0.5 <= min(seen) < 0.8
    assert 1.25 < max(seen) <= 2
