"""How one candle is split into those inside it."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot.model.demo_candle import Candle, split, split_finest
from stockbot.model.hashed_noise import noise

Splitting = Callable[..., list[Candle]]
PRICES = st.floats(1, 1000)


@st.composite
def candles(draw: st.DrawFn) -> Candle:
    low, opens, closes, high = sorted(draw(st.tuples(PRICES, PRICES, PRICES, PRICES)))
    opens, closes = draw(st.permutations([opens, closes]))
    deviation, volume = draw(st.floats(0, 100)), draw(st.integers(0, 10**9))
    return Candle(600, 660, opens, high, low, closes, deviation, volume, 5000)


@pytest.mark.parametrize("splitting", [split, split_finest])
@given(parent=candles(), count=st.sampled_from([3, 4, 5, 12]), seed=st.integers(0, 100))
def test_children_add_up_to_their_parent(splitting: Splitting, parent: Candle, count: int, seed: int) -> None:
    """Time, prices and volume continue from child to child; together they reach exactly what the parent reached."""
    edges = [600 + 60 * n // count for n in range(count + 1)]
    children = splitting(parent, edges, [1.0] * count, [noise(f"{seed}/{n}") for n in range(count)])
    assert [child.start for child in children] == edges[:-1]
    assert (children[0].open, children[-1].close) == (parent.open, parent.close)
    assert max(child.high for child in children) == parent.high
    assert min(child.low for child in children) == parent.low
    assert sum(child.volume for child in children) == parent.volume
    for before, after in pairwise(children):
        assert (before.close, before.end, before.traded + before.volume) == (after.open, after.start, after.traded)
    for child in children:
        assert child.low <= min(child.open, child.close) <= max(child.open, child.close) <= child.high
        assert child.volume >= 0


def test_the_finest_children_are_straight() -> None:
    """Within the last step nothing goes beyond its two ends, so a quote there never leaves the bar."""
    parent = Candle(600, 660, 100.0, 104.0, 97.0, 101.0, 2.0, 1200, 0)
    children = split_finest(parent, range(600, 661, 5), [1.0] * 12, [noise(f"{n}") for n in range(12)])
    assert all({child.high, child.low} == {child.open, child.close} for child in children)


def test_busy_children_take_more_volume() -> None:
    """A child weighed ten times as heavy trades more than the others together."""
    parent = Candle(0, 300, 100.0, 104.0, 97.0, 101.0, 2.0, 10_000, 0)
    children = split(parent, range(0, 301, 60), [1, 1, 10, 1, 1], [noise("same")] * 5)
    assert children[2].volume > parent.volume / 2
