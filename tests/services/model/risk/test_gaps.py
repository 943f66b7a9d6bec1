"""Numbers that were passed over, as ranges."""

from hypothesis import given
from hypothesis import strategies as st

from stockbot.model.risk.gaps import Gaps, is_missing, passed_over, without


@given(st.lists(st.integers(1, 30), unique=True))
def test_missing_is_what_has_not_come_below_the_highest(numbers: list[int]) -> None:
    """In whatever order numbers come, the ranges hold each number below the highest that has not come, and no other."""
    gaps: Gaps = ()
    last = 0
    for number in numbers:
        gaps, last = passed_over(without(gaps, number), last, number), max(last, number)
    missing = {number for number in range(1, 40) if is_missing(gaps, number)}
    assert missing == set(range(1, last)) - set(numbers)


def test_a_long_gap_is_one_range() -> None:
    """However many were lost with an outbox, they are two numbers."""
    assert passed_over((), 0, 1_000_000) == ((1, 999_999),)
