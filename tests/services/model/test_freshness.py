"""Freshness of quotes: two ages, a clock that runs ahead, and the marks that stay."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot.events.market import Quote, Session
from stockbot.model.freshness import FreshnessLimits, judged, staleness
from stockbot.testing.clock import START as NOW

LIMITS = FreshnessLimits(
    received=timedelta(seconds=15),
    priced=timedelta(seconds=60),
    delay=timedelta(minutes=20),
    future=timedelta(seconds=5),
)


def quote(*, priced: float = 0, received: float = 0, delayed: bool = False, session: Session = Session.OPEN) -> Quote:
    return Quote(
        symbol="AAPL",
        last=Decimal("187.44"),
        source_time=NOW - timedelta(seconds=priced),
        receive_time=NOW - timedelta(seconds=received),
        provider="yahoo",
        delayed=delayed,
        session=session,
    )


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (quote(), None),
        (quote(priced=60, received=15), None),
        (quote(received=16), "nothing newer for 16 s"),
        (quote(priced=61), "61 s old"),
        (quote(priced=61, session=Session.UNKNOWN), "61 s old"),
        (quote(priced=90_000, session=Session.CLOSED), None),
        (quote(priced=900, delayed=True), None),
        (quote(priced=1261, delayed=True), "1261 s old"),
        (quote(priced=-5), None),
        (quote(priced=-6), "in the future"),
    ],
)
def test_why_a_quote_is_stale(one: Quote, words: str | None) -> None:
    """Each limit is kept to the second, and the reason tells which one was passed."""
    reason = staleness(one, now=NOW, market_now=NOW, limits=LIMITS)
    assert reason is None if words is None else words in str(reason)


def test_replayed_prices_are_judged_by_their_own_time() -> None:
    """A price of ten years ago is fresh while its market is replayed at that moment."""
    then = NOW - timedelta(days=3650)
    old = msgspec.structs.replace(quote(), source_time=then)
    assert staleness(old, now=NOW, market_now=then, limits=LIMITS) is None


@given(priced=st.floats(-100, 3000), received=st.floats(0, 100), delayed=st.booleans(), stale=st.booleans())
def test_only_the_mark_changes(priced: float, received: float, delayed: bool, stale: bool) -> None:
    """Judging sets `stale` to what the reason says and leaves all else, `delayed` included, as it was."""
    one = msgspec.structs.replace(quote(priced=priced, received=received, delayed=delayed), stale=stale)
    marked = judged(one, now=NOW, market_now=NOW, limits=LIMITS)
    assert marked.stale is (staleness(one, now=NOW, market_now=NOW, limits=LIMITS) is not None)
    assert msgspec.structs.replace(marked, stale=stale) == one


@given(later=st.floats(0, 1000))
def test_a_stale_quote_never_grows_fresh(later: float) -> None:
    """Time alone makes no quote fresh again."""
    now = NOW + timedelta(seconds=later)
    assert staleness(quote(received=16), now=now, market_now=now, limits=LIMITS) is not None
