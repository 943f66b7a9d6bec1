"""The demo market: the same for everybody, true to itself at every interval, and alive."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import log
from statistics import correlation, fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockbot.events.market import Session, SessionHours
from stockbot.model import intervals
from stockbot.model.demo_market import DemoBar, DemoMarket
from stockbot.model.trading_hours import ExchangeHours, RoundTheClock

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ALWAYS = RoundTheClock()
SYMBOLS = ("AAPL", "MSFT", "IBM", "X")
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def session(day: int, hours: float) -> SessionHours:
    opens = datetime(2026, 3, day, 14, 30, tzinfo=UTC)
    return SessionHours(date=f"2026-03-{day:02}", opens=opens, closes=opens + timedelta(hours=hours))


EXCHANGE = ExchangeHours([session(2, 6.5), session(3, 3.5), session(4, 6.5)])


def joined(bars: list[DemoBar]) -> tuple[Decimal, Decimal, Decimal, Decimal, Decimal]:
    volume = sum((bar.volume for bar in bars), Decimal(0))
    return bars[0].open, max(bar.high for bar in bars), min(bar.low for bar in bars), bars[-1].close, volume


@given(at=MOMENTS, symbol=st.sampled_from(SYMBOLS))
@settings(max_examples=60)
def test_a_quote_depends_on_nothing_that_was_asked_before(at: datetime, symbol: str) -> None:
    """A market that has answered much and a new one give the same quote at any moment."""
    used = DemoMarket(seed=3)
    for minutes in range(-300, 300, 7):
        used.quote("AAPL", at + timedelta(minutes=minutes), ALWAYS)
    assert used.quote(symbol, at, ALWAYS) == DemoMarket(seed=3).quote(symbol, at, ALWAYS)


def test_another_process_sees_the_same_prices() -> None:
    """Nothing depends on the process, for example on its randomised hashes of text."""
    program = (
        "from datetime import datetime, UTC; from stockbot.model.demo_market import DemoMarket;"
        "from stockbot.model.trading_hours import RoundTheClock;"
        "print(DemoMarket(seed=3).quote('AAPL', datetime(2026, 3, 2, 12, tzinfo=UTC), RoundTheClock()))"
    )
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own program
    assert said.strip() == str(DemoMarket(seed=3).quote("AAPL", NOON, ALWAYS))


@given(at=MOMENTS, symbol=st.sampled_from(SYMBOLS), interval=st.sampled_from(sorted(intervals.LENGTHS)))
@settings(max_examples=60)
def test_bars_and_quotes_come_from_the_same_path(at: datetime, symbol: str, interval: str) -> None:
    """A bar opens and closes at the quotes of its ends, and no quote within it leaves its range."""
    market = DemoMarket(seed=3)
    start = intervals.floor(at, interval)
    (bar,) = market.bars(symbol, interval, start, start + timedelta(seconds=1), ALWAYS)
    moments = [start + (bar.end - start) * n / 23 for n in range(24)]
    quotes = [quote for moment in moments if (quote := market.quote(symbol, moment, ALWAYS))]
    assert (quotes[0].last, quotes[-1].last) == (bar.open, bar.close)
    assert all(bar.low <= quote.last <= bar.high for quote in quotes)


@pytest.mark.parametrize(("short", "long"), [("1m", "5m"), ("5m", "15m"), ("15m", "1h"), ("1m", "1h")])
@pytest.mark.parametrize("hours", [ALWAYS, EXCHANGE])
def test_long_bars_are_exactly_their_short_ones(short: str, long: str, hours: RoundTheClock | ExchangeHours) -> None:
    """Joining the short bars inside a long one gives its prices to the cent and its volume to the share."""
    market, until = DemoMarket(seed=3), NOON + timedelta(hours=40)
    for bar in market.bars("AAPL", long, NOON, until, hours):
        inside = market.bars("AAPL", short, bar.start, bar.end, hours)
        assert joined(inside) == (bar.open, bar.high, bar.low, bar.close, bar.volume)


def test_a_day_is_exactly_its_hours_half_days_included() -> None:
    """Days run from the session's opening to its close; the first hour starts on the grid before the opening."""
    market = DemoMarket(seed=3)
    days = market.bars("AAPL", "1d", NOON, NOON + timedelta(days=5), EXCHANGE)
    hours = market.bars("AAPL", "1h", NOON, NOON + timedelta(days=5), EXCHANGE)
    assert [bar.end - bar.start for bar in days] == [timedelta(hours=h) for h in (6.5, 3.5, 6.5)]
    assert hours[0].start == datetime(2026, 3, 2, 14, tzinfo=UTC)
    for day in days:
        inside = [bar for bar in hours if bar.start.date() == day.start.date()]
        assert joined(inside) == (day.open, day.high, day.low, day.close, day.volume)


def test_bars_start_within_the_span_asked_for() -> None:
    """A span that ends at a bar's start leaves it out, one that starts there has it, and order is by time."""
    market = DemoMarket(seed=3)
    bars = market.bars("AAPL", "5m", NOON, NOON + timedelta(minutes=20), ALWAYS)
    assert [bar.start for bar in bars] == [NOON + timedelta(minutes=5 * n) for n in range(4)]
    later = market.bars("AAPL", "5m", NOON + timedelta(seconds=1), NOON + timedelta(minutes=20), ALWAYS)
    assert later == bars[1:]
    half_past = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
    (first,) = market.bars("AAPL", "1h", half_past - timedelta(minutes=30), half_past, EXCHANGE)
    assert first.start == half_past - timedelta(minutes=30)


@given(at=MOMENTS, symbol=st.sampled_from(SYMBOLS), volatility=st.floats(0.01, 5), spread=st.floats(0, 1))
@settings(max_examples=80)
def test_a_quote_is_sane(at: datetime, symbol: str, volatility: float, spread: float) -> None:
    """At any time and setting bid is below last below ask, and each is a positive number of cents."""
    quote = DemoMarket(seed=3, volatility=volatility, spread=spread).quote(symbol, at, ALWAYS)
    assert quote is not None
    assert 0 < quote.bid < quote.last < quote.ask
    assert all(price == price.quantize(Decimal("0.01")) for price in (quote.bid, quote.last, quote.ask))


def test_a_spread_is_as_wide_as_asked_and_wider_in_wild_moments() -> None:
    """The spread is about the given part of the price on average, and follows the range of the minute."""
    market, spreads, ranges = DemoMarket(seed=3, spread=0.004), [], []
    for bar in market.bars("AAPL", "1m", NOON - timedelta(days=1), NOON, ALWAYS):
        quote = market.quote("AAPL", bar.start, ALWAYS)
        assert quote is not None
        spreads.append(float((quote.ask - quote.bid) / quote.last))
        ranges.append(float(bar.high - bar.low))
    assert fmean(spreads) == pytest.approx(0.004, rel=0.4)
    assert correlation(spreads, ranges) > 0.2


def test_the_market_is_alive_at_every_beat() -> None:
    """Every five seconds most prices change, and the volume of the session never falls."""
    market = DemoMarket(seed=3)
    changes = []
    for symbol in SYMBOLS:
        quotes = [market.quote(symbol, NOON + timedelta(seconds=5 * n), ALWAYS) for n in range(200)]
        for before, after in pairwise(quote for quote in quotes if quote):
            changes.append(before.last != after.last)
            assert before.volume <= after.volume
    assert fmean(changes) > 0.6


def test_outside_the_sessions_the_price_stands_still() -> None:
    """After a close the last price and volume stay until the next opening, which may gap."""
    market = DemoMarket(seed=3)
    first = EXCHANGE.latest(NOON + timedelta(hours=5))
    assert first is not None
    at_close = market.quote("AAPL", first.closes, EXCHANGE)
    night = market.quote("AAPL", first.closes + timedelta(hours=9), EXCHANGE)
    opening = market.quote("AAPL", datetime(2026, 3, 3, 14, 30, tzinfo=UTC), EXCHANGE)
    assert at_close is not None
    assert night == at_close
    assert (night.session, night.at) == (Session.CLOSED, first.closes)
    assert opening is not None
    assert opening.session is Session.OPEN
    assert opening.last != night.last
    assert opening.volume == 0


def test_before_the_first_known_session_there_is_no_quote() -> None:
    """Where no session is known there is no price, rather than a made-up one."""
    assert DemoMarket(seed=3).quote("AAPL", NOON, EXCHANGE) is None


def returns(symbol: str, interval: str, days: int) -> list[float]:
    bars = DemoMarket(seed=3).bars(symbol, interval, NOON - timedelta(days=days), NOON, ALWAYS)
    return [log(bar.close / bar.open) for bar in bars]


def test_returns_look_like_a_market() -> None:
    """Returns have fat tails, cluster in size, and move together with the other symbols' in part."""
    minutes = returns("AAPL", "1m", 5)
    mean = fmean(minutes)
    kurtosis = fmean((r - mean) ** 4 for r in minutes) / fmean((r - mean) ** 2 for r in minutes) ** 2
    sizes = [abs(r) for r in minutes]
    assert kurtosis > 4
    assert correlation(sizes[1:], sizes[:-1]) > 0.1
    assert 0.1 < correlation(returns("AAPL", "1d", 2000), returns("MSFT", "1d", 2000)) < 0.8
    assert 0.05 < correlation(minutes, returns("MSFT", "1m", 5)) < 0.8


def test_opening_and_close_are_busier_than_noon() -> None:
    """Volume within the session has the shape of a U."""
    volumes = [0.0] * 24
    for bar in DemoMarket(seed=3).bars("AAPL", "1h", NOON - timedelta(days=60), NOON, ALWAYS):
        volumes[bar.start.hour] += float(bar.volume)
    assert min(sum(volumes[:3]), sum(volumes[-3:])) > 1.5 * sum(volumes[11:14])


def test_seeds_make_different_markets() -> None:
    """Another seed has other prices for the same symbol."""
    one, other = (DemoMarket(seed=seed).quote("AAPL", NOON, ALWAYS) for seed in (1, 2))
    assert one != other
