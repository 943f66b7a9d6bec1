"""Statistics of finished trades against numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockbot.model.statistics import trading

profits = st.lists(st.floats(-1000, 1000).map(lambda p: round(p, 2)), min_size=1, max_size=60)


@given(profits)
@settings(max_examples=150)
def test_wins_and_losses(made: list[float]) -> None:
    """Rate, factor, expectancy and averages; None where there is no winner or no loser."""
    array = np.array(made)
    won, lost = array[array > 0], array[array < 0]
    assert trading.win_rate(made) == pytest.approx(np.mean(array > 0))
    assert trading.expectancy(made) == pytest.approx(np.mean(array))
    assert trading.average_win(made) == (pytest.approx(np.mean(won)) if won.size else None)
    assert trading.average_loss(made) == (pytest.approx(np.mean(lost)) if lost.size else None)
    assert trading.profit_factor(made) == (pytest.approx(won.sum() / -lost.sum()) if lost.size else None)


@given(profits)
@settings(max_examples=100)
def test_the_longest_streak(made: list[float]) -> None:
    """The longest run of ones in the sign of the profits."""
    text = "".join("w" if profit > 0 else "." for profit in made)
    assert trading.longest_streak(made, lambda profit: profit > 0) == max(map(len, text.split(".")))
