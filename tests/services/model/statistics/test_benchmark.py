"""Alpha and beta against numpy's covariance and least squares."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stockbot.model.statistics.benchmark import aligned, alpha, beta

pairs = st.lists(st.tuples(st.floats(-0.1, 0.1), st.floats(-0.1, 0.1)), min_size=3, max_size=60)


@given(pairs)
@settings(max_examples=150)
def test_the_line_of_least_squares(made: list[tuple[float, float]]) -> None:
    """Beta is its slope, alpha its height at the risk-free rate, a year."""
    own, theirs = (np.array(side) for side in zip(*made, strict=True))
    assume(np.std(theirs) > 1e-4)
    rate = 1.02 ** (1 / 252) - 1
    slope, height = np.polyfit(theirs - rate, own - rate, 1)
    assert beta(own.tolist(), theirs.tolist()) == pytest.approx(slope, rel=1e-6, abs=1e-8)
    assert alpha(own.tolist(), theirs.tolist(), 0.02) == pytest.approx(height * 252, rel=1e-6, abs=1e-6)


def test_a_benchmark_that_never_moves_explains_nothing() -> None:
    """Its variance is zero: there is no slope, and no alpha."""
    assert beta([0.01, 0.02], [0.0, 0.0]) is None
    assert alpha([0.01, 0.02], [0.0, 0.0], 0.02) is None


def test_only_days_that_both_have_are_compared() -> None:
    """A day that one of them missed is spanned by both, so the returns are over the same time."""
    own = {"2026-03-02": 1.0, "2026-03-03": 1.1, "2026-03-04": 1.21}
    theirs = {"2026-02-27": 90.0, "2026-03-02": 100.0, "2026-03-04": 110.0}
    ours, benchmark = aligned(own, theirs)
    assert ours == pytest.approx([0.21])
    assert benchmark == pytest.approx([0.10])
