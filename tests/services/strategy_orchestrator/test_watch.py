"""Bars out of quotes: only what was watched from beginning to end."""

from datetime import datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from stockbot.events.market import Bar, Session, SessionHours
from stockbot.model.trading_hours import ExchangeHours, RoundTheClock
from stockbot.strategy_orchestrator.watch import Watch
from stockbot.testing.clock import START
from stockbot.testing.events import quote

HOURS = RoundTheClock()
MINUTE = timedelta(minutes=1)


def ticks(watch: Watch, since: datetime, count: int, *, broken: bool = False) -> list[Bar]:
    """Quotes every 15 seconds; the first may come after a gap."""
    found = []
    for n in range(count):
        at = since + n * timedelta(seconds=15)
        found += watch.take(quote(last=str(100 + n), at=at), HOURS, broken=broken and n == 0)
    return found


def test_whole_minutes_become_bars() -> None:
    """The minute in which watching began is left out, and the running one is not over."""
    bars = ticks(Watch("AAPL", ["1m"]), START + timedelta(seconds=15), 12)
    assert [bar.start for bar in bars] == [START + MINUTE, START + 2 * MINUTE]
    assert (bars[0].open, bars[0].close) == (Decimal(103), Decimal(106))
    assert all(bar.complete for bar in bars)


def test_longer_bars_are_joined_of_all_their_minutes() -> None:
    """A bar of five minutes that was watched from the middle on is not given."""
    bars = ticks(Watch("AAPL", ["1m", "5m"]), START + MINUTE, 4 * 10)
    assert [bar.start for bar in bars if bar.interval == "5m"] == [START + 5 * MINUTE]
    assert len([bar for bar in bars if bar.interval == "1m"]) == 9


def test_after_a_gap_watching_begins_anew() -> None:
    """The minute with the gap in it has no bar: nobody knows what was traded in it."""
    watch = Watch("AAPL", ["1m"])
    ticks(watch, START, 7)
    bars = ticks(watch, START + timedelta(seconds=105), 10, broken=True)
    assert [bar.start for bar in bars] == [START + 2 * MINUTE, START + 3 * MINUTE]
    assert watch.since == START + timedelta(seconds=105)


def test_a_stale_quote_is_a_gap() -> None:
    """While prices are stale nobody knows what was traded."""
    watch = Watch("AAPL", ["1m"])
    ticks(watch, START, 2)
    assert watch.take(replace(quote(at=START + timedelta(seconds=30)), stale=True), HOURS, broken=False) == []
    bars = ticks(watch, START + timedelta(seconds=45), 8)
    assert [bar.start for bar in bars] == [START + MINUTE]


def test_another_provider_is_another_series() -> None:
    """Prices of two providers are never in one bar."""
    watch = Watch("AAPL", ["1m"])
    ticks(watch, START, 3)
    other = [quote(at=START + timedelta(seconds=45 + 15 * n), provider="other") for n in range(8)]
    bars = [bar for each in other for bar in watch.take(each, HOURS, broken=False)]
    assert [(bar.start, bar.provider) for bar in bars] == [(START + MINUTE, "other")]


def test_the_close_ends_the_last_bar() -> None:
    """No trade follows it, so the first quote of the closed exchange completes it, with the closing trade."""
    closes = START + 5 * MINUTE
    hours = ExchangeHours([SessionHours(date="2026-03-02", opens=START, closes=closes)])
    watch = Watch("AAPL", ["1m", "5m"])
    bars = []
    for n in range(21):
        last = replace(quote(last=str(100 + n), at=START + n * timedelta(seconds=15)), session=Session.OPEN)
        bars += watch.take(last, hours, broken=False)
    assert len(bars) == 4
    after = replace(last, session=Session.CLOSED, receive_time=closes + timedelta(seconds=5))
    ending = watch.take(after, hours, broken=False)
    assert [(bar.interval, bar.end, bar.close) for bar in ending] == [
        ("1m", closes, Decimal(120)),
        ("5m", closes, Decimal(120)),
    ]
    assert watch.now == closes
