"""Which ticks follow one another, and which leave a gap."""

from datetime import timedelta

import pytest

from stockbot.strategy_orchestrator.continuity import Continuity
from stockbot.testing.clock import START
from stockbot.testing.events import market_data

BEAT = timedelta(seconds=5)


@pytest.mark.parametrize(
    ("sequence", "incarnation", "after", "broken"),
    [
        (2, "a", BEAT, False),
        (2, "a", 3 * BEAT, False),
        (2, "a", 3 * BEAT + timedelta(seconds=1), True),
        (3, "a", BEAT, True),
        (2, "b", BEAT, True),
    ],
)
def test_what_breaks_the_row_of_ticks(sequence: int, incarnation: str, after: timedelta, broken: bool) -> None:
    """A missed number, a new start of the gateway and a long pause do; the first tick always does."""
    continuity = Continuity()
    assert continuity.breaks(market_data(1))
    assert continuity.breaks(market_data(sequence, incarnation=incarnation, at=START + after)) is broken


def test_each_shard_counts_for_itself() -> None:
    """Another source's numbers say nothing about this one's."""
    continuity = Continuity()
    continuity.breaks(market_data(1))
    assert continuity.breaks(market_data(7, shard=1))
    assert not continuity.breaks(market_data(2))
