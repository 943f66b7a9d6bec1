"""The row of one symbol."""

from collections.abc import Collection
from datetime import UTC, timedelta, tzinfo
from decimal import Decimal
from typing import Any

import pytest

from stockbot.testing.clock import START
from stockbot.testing.scenes import quote
from stockbot_console.market import Track, begin, follow
from stockbot_console.view_models.ages import zone_of
from stockbot_console.view_models.numbers import MINUS, NOTHING
from stockbot_console.view_models.watchlist import Row, watchlist_row

NEW_YORK = zone_of("America/New_York")


def track(*prices: str, **changes: Any) -> Track:
    """A symbol whose price went through `prices`, one a second."""
    quotes = [
        quote("AAPL", Decimal(price), START + timedelta(seconds=index), **changes) for index, price in enumerate(prices)
    ]
    followed = begin(quotes[0])
    for later in quotes[1:]:
        followed = follow(followed, later, None)
    return followed


def row(shown: Track, *, simulated: Collection[str] = (), feed_lost: bool = False, zone: tzinfo = NEW_YORK) -> Row:
    return watchlist_row(shown, simulated=simulated, feed_lost=feed_lost, zone=zone)


def test_a_row_says_price_change_and_book() -> None:
    """The texts are what a person reads, the values beside them what the grid sorts by."""
    shown = row(track("100.00", "101.50"))
    assert (shown["symbol"], shown["last"], shown["lastValue"]) == ("AAPL", "101.50", 101.5)
    assert (shown["change"], shown["percent"]) == ("+1.50", "\N{BLACK UP-POINTING TRIANGLE} +1.50 %")
    assert (shown["bid"], shown["ask"], shown["spread"]) == ("101.48", "101.53", "0.05")
    assert shown["volume"] == "1.23M"


def test_a_fall_is_said_by_arrow_and_sign() -> None:
    """Down is never told by colour alone."""
    shown = row(track("100", "99"))
    assert shown["percent"] == f"\N{BLACK DOWN-POINTING TRIANGLE} {MINUS}1.00 %"
    assert (shown["direction"], shown["tick"]) == ("down", "down")


def test_the_last_tick_may_go_against_the_change() -> None:
    """The flash follows the last move, the arrow the change since the reference."""
    shown = row(track("100", "103", "102"))
    assert (shown["direction"], shown["tick"]) == ("up", "down")


def test_the_change_says_since_when() -> None:
    """Hovering the change tells the reference and its time at the exchange."""
    assert row(track("100", "99"))["since"] == "since 10:00:00 New York, from 100.00"


def test_a_missing_book_is_a_dash() -> None:
    """Where the provider has no bid and ask there is no spread either, and no zero."""
    shown = row(track("100", bid=None, ask=None, volume=None))
    assert [shown[field] for field in ("bid", "ask", "spread", "volume")] == [NOTHING] * 4
    assert shown["spreadValue"] is None


@pytest.mark.parametrize(
    ("changes", "lost", "words", "stale"),
    [
        ({}, False, [], False),
        ({"delayed": True}, False, ["DELAYED"], False),
        ({"stale": True}, False, ["STALE"], True),
        ({}, True, ["STALE"], True),
        ({"stale": True, "delayed": True}, False, ["STALE", "DELAYED"], True),
    ],
)
def test_badges_say_what_is_wrong_with_a_price(
    changes: dict[str, bool], lost: bool, words: list[str], stale: bool
) -> None:
    """A quote is greyed where the gateway calls it stale, and where ticks stopped coming."""
    shown = row(track("100", **changes), feed_lost=lost)
    assert (shown["badges"], shown["stale"]) == (words, stale)


def test_the_age_of_a_real_price_counts_from_the_provider() -> None:
    """A delayed price is as old as the provider says, however fresh its receipt."""
    old = quote("AAPL", Decimal(100), START - timedelta(minutes=15), receive_time=START)
    assert row(begin(old))["at"] == (START - timedelta(minutes=15)).timestamp() * 1000


def test_the_age_of_a_simulated_price_counts_from_its_receipt() -> None:
    """A replayed price of 2010 is not sixteen years stale; it is simulated, and the row says so."""
    old = quote("AAPL", Decimal(100), START.replace(year=2010), receive_time=START, provider="replay")
    shown = row(begin(old), simulated={"replay"})
    assert (shown["at"], shown["badges"]) == (START.timestamp() * 1000, ["SIMULATED"])


def test_the_exact_time_is_there_for_hovering() -> None:
    """The age's exact time names the zone."""
    assert row(track("100"), zone=UTC)["exact"] == "2026-03-02 15:00:00.000 UTC"
