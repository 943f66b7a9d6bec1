"""The track of a symbol through its quotes."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from stockbot.testing.clock import START
from stockbot.testing.scenes import quote
from stockbot_console.market import MARKS_KEPT, begin, follow

SECOND = timedelta(seconds=1)
prices = st.lists(st.decimals(min_value="0.1", max_value=1000, places=2), min_size=1, max_size=150)


def test_the_first_quote_is_the_reference() -> None:
    """A change is measured from the first price seen."""
    track = follow(begin(quote("AAPL", Decimal(100), START)), quote("AAPL", Decimal(101), START + SECOND), None)
    assert (track.reference, track.reference_at, track.quote.mark) == (Decimal(100), START, Decimal(101))
    assert track.marks == (Decimal(100), Decimal(101))


def test_a_new_session_is_a_new_reference() -> None:
    """The first quote after the opening begins anew; the next ones do not."""
    opened = START + timedelta(hours=18)
    before = begin(quote("AAPL", Decimal(100), START))
    first = follow(before, quote("AAPL", Decimal(105), opened), opened)
    second = follow(first, quote("AAPL", Decimal(106), opened + SECOND), opened)
    assert (first.reference, second.reference) == (Decimal(105), Decimal(105))


def test_a_late_quote_changes_nothing() -> None:
    """A quote received before the shown one, from an answer that was overtaken by a tick, is left out."""
    track = begin(quote("AAPL", Decimal(100), START))
    assert follow(track, quote("AAPL", Decimal(90), START - SECOND), None) is track


def test_the_same_quote_twice_is_one_mark() -> None:
    """The gateway's API repeats what the bus has brought: the line does not grow level for it."""
    track = begin(quote("AAPL", Decimal(100), START))
    assert follow(track, quote("AAPL", Decimal(100), START), None) is track


@given(prices)
def test_the_line_is_bounded(series: list[Decimal]) -> None:
    """However many ticks, the track keeps the last ones only, the newest last."""
    track = begin(quote("AAPL", series[0], START))
    for index, price in enumerate(series[1:], start=1):
        track = follow(track, quote("AAPL", price, START + index * SECOND), None)
    assert list(track.marks) == series[-MARKS_KEPT:]
