"""The state of the whole watchlist."""

from decimal import Decimal

from stockbot.testing.clock import START
from stockbot.testing.scenes import quote
from stockbot_console.market import begin, follow
from stockbot_console.view_models.ages import zone_of
from stockbot_console.view_models.breadth import breadth
from stockbot_console.view_models.watchlist import Row, watchlist_row


def row(symbol: str, first: str, last: str) -> Row:
    track = follow(begin(quote(symbol, Decimal(first), START)), quote(symbol, Decimal(last), START), None)
    return watchlist_row(track, simulated=(), feed_lost=False, zone=zone_of(None))


def test_breadth_counts_and_names_the_extremes() -> None:
    """The strongest and the weakest are by percent, not by points."""
    rows = [row("A", "100", "103"), row("B", "10", "11"), row("C", "50", "50"), row("D", "40", "39")]
    state = breadth(rows)
    assert (state.rose, state.fell, state.unchanged) == (2, 1, 1)
    assert state.leader is rows[1]
    assert state.laggard is rows[3]


def test_nothing_moved_has_no_extremes() -> None:
    """Without a rise there is no strongest, and an empty watchlist is no error."""
    assert breadth([row("A", "100", "100")]).leader is None
    assert breadth([]).laggard is None
