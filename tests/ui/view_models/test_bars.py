"""The bars behind a chart."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot.testing.clock import START
from stockbot.testing.scenes import bars, quote
from stockbot_console.view_models.bars import carried_on, interval_of, is_due, market_time

MINUTE = timedelta(minutes=1)
SERIES = tuple(bars("AAPL", "1m", MINUTE, end=START, count=3))
LAST = SERIES[-1]
prices = st.decimals(min_value="0.01", max_value=1000, places=2)


@pytest.mark.parametrize(("name", "found"), [("5m", "5m"), ("1d", "1d"), ("", "1d"), (None, "1d"), ("7m", "1d")])
def test_an_interval_that_does_not_exist_is_the_default(name: str | None, found: str) -> None:
    """A mistyped address shows a chart all the same."""
    assert interval_of(name).name == found


@given(prices)
def test_a_live_price_stays_within_its_bar(price: Decimal) -> None:
    """The running bar takes the price as its close and widens to hold it."""
    *before, moved = carried_on(SERIES, price, LAST.end - timedelta(seconds=1))
    assert before == list(SERIES[:-1])
    assert moved.close == price
    assert moved.low <= min(price, LAST.low)
    assert moved.high >= max(price, LAST.high)
    assert not moved.complete


@pytest.mark.parametrize("at", [LAST.end, LAST.start - timedelta(seconds=1)])
def test_a_price_of_another_time_changes_no_bar(at: object) -> None:
    """A bar that is over is over, and an old price rewrites nothing."""
    assert carried_on(SERIES, Decimal(1), at) == SERIES  # type: ignore[arg-type] # times, typed by the table


def test_without_bars_there_is_nothing_to_carry_on() -> None:
    """An empty series stays empty."""
    assert carried_on((), Decimal(1), START) == ()


def test_the_market_of_a_replay_is_in_the_past() -> None:
    """The window of a chart ends where its market is, and never in the future."""
    past = START - timedelta(days=5000)
    assert market_time(quote("GOOG", Decimal(1), past, receive_time=START), START) == past
    assert market_time(quote("GOOG", Decimal(1), START + MINUTE), START) == START
    assert market_time(None, START) == START


@pytest.mark.parametrize(
    ("market", "waited", "due"),
    [
        (LAST.end - timedelta(seconds=1), timedelta(hours=1), False),
        (LAST.end, timedelta(seconds=14), False),
        (LAST.end, timedelta(seconds=15), True),
    ],
)
def test_bars_are_asked_for_when_the_last_one_is_over(market: object, waited: timedelta, due: bool) -> None:
    """Each question may cost a provider's budget, so a running bar is not asked for again."""
    assert is_due(SERIES, interval_of("1m"), market=market, waited=waited) is due  # type: ignore[arg-type] # times


def test_daily_bars_are_asked_for_at_most_every_quarter_of_an_hour() -> None:
    """A closed market, whose last bar stays over, does not eat the budget."""
    daily, market = interval_of("1d"), START + timedelta(days=9)
    assert not is_due(SERIES, daily, market=market, waited=timedelta(minutes=14))
    assert is_due(SERIES, daily, market=market, waited=timedelta(minutes=15))
