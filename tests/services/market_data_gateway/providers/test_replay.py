"""Real prices played again: true to the file, at any speed, and never a look ahead."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stockbot.errors import ConfigurationError
from stockbot.events.market import Adjustment, Bar, Session, SessionHours
from stockbot.market_data_gateway.providers.protocol import Provider, UnsupportedRequest
from stockbot.market_data_gateway.providers.replay import ReplayProvider
from stockbot.market_data_gateway.replay_series import Series, read_series
from stockbot.model import intervals
from stockbot.model.trading_hours import ExchangeHours
from stockbot.testing.clock import FixedClock

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MONDAY = datetime(2012, 6, 4, 14, 0, tzinfo=UTC)
SESSIONS = tuple(
    SessionHours(date=f"2012-06-0{4 + n}", opens=MONDAY + n * 24 * HOUR, closes=MONDAY + n * 24 * HOUR + 6 * HOUR)
    for n in range(4)
)


def bar(symbol: str, start: datetime, interval: str = "1h", opens: int = 100) -> Bar:
    return Bar(
        symbol=symbol,
        interval=interval,
        start=start,
        end=start + (6 * HOUR if interval == "1d" else intervals.LENGTHS[interval]),
        open=Decimal(opens),
        high=Decimal(opens + 6),
        low=Decimal(opens - 3),
        close=Decimal(opens + 2),
        volume=Decimal(3600),
        provider="replay",
    )


def series(symbol: str, interval: str, starts: list[datetime]) -> Series:
    bars = tuple(bar(symbol, start, interval, 100 + 10 * n) for n, start in enumerate(starts))
    return Series(symbol, interval, Adjustment.RAW, bars, ExchangeHours(SESSIONS))


def hourly(symbol: str = "AAPL", days: int = 2) -> Series:
    return series(symbol, "1h", [one.opens + n * HOUR for one in SESSIONS[:days] for n in range(6)])


def replay(
    clock: FixedClock,
    played: Mapping[str, Series] | None = None,
    speed: int = 60,
    start: date | None = None,
    *,
    loop: bool = False,
) -> ReplayProvider:
    return ReplayProvider(
        name="replay",
        series=played or {"AAPL": hourly()},
        clock=clock,
        began=clock.now(),
        speed=Decimal(speed),
        start=start,
        loop=loop,
    )


async def last(provider: Provider, symbol: str = "AAPL") -> tuple[str, str, Session]:
    (quote,) = (await provider.quotes([symbol])).quotes
    return str(quote.last), str(quote.volume), quote.session


async def test_quotes_follow_the_bar_at_the_given_speed() -> None:
    """At sixty times the speed an hour's bar passes in a minute: open, low, high, close, with its volume."""
    clock = FixedClock()
    provider: Provider = replay(clock)
    seen = []
    for _ in range(4):
        seen.append(await last(provider))
        clock.advance(20)
    assert [price for price, _, _ in seen] == ["100.00", "97.00", "106.00", "110.00"]
    assert [volume for _, volume, _ in seen] == ["0", "1200", "2400", "3600"]
    assert provider.simulated


async def test_a_quote_names_the_market_time_and_its_origin() -> None:
    """Source time is the replayed moment, receive time the real one."""
    clock = FixedClock()
    provider = replay(clock)
    clock.advance(30)
    (quote,) = (await provider.quotes(["AAPL"])).quotes
    assert (quote.source_time, quote.receive_time) == (MONDAY + 30 * MINUTE, clock.now())
    assert provider.market_time(clock.now()) == quote.source_time
    assert (quote.provider, quote.stale, quote.bid, quote.ask) == ("replay", False, None, None)


async def test_the_same_start_speed_and_beginning_give_the_same_quotes() -> None:
    """A second process that is told the same shows the same at the same time."""
    clock = FixedClock()
    one, other = replay(clock), replay(clock)
    clock.advance(77.7)
    assert await one.quotes(["AAPL"]) == await other.quotes(["AAPL"])


async def test_between_the_sessions_the_last_close_stands_and_the_session_is_closed() -> None:
    """Overnight nothing moves, the price keeps the time of the close, and the next session starts its volume at 0."""
    clock = FixedClock()
    provider = replay(clock)
    clock.advance(7 * 60)
    (quote,) = (await provider.quotes(["AAPL"])).quotes
    assert await last(provider) == ("152.00", str(6 * 3600), Session.CLOSED)
    assert quote.source_time == MONDAY + 6 * HOUR
    clock.advance(17 * 60)
    assert await last(provider) == ("160.00", "0", Session.OPEN)


async def test_at_the_end_everything_stands_still_as_stale_and_says_why() -> None:
    """Without loop the last close stays, stale and in no session, and the reason names the way out."""
    clock = FixedClock()
    provider = replay(clock)
    clock.advance(31 * 60)
    answer = await provider.quotes(["AAPL"])
    (quote,) = answer.quotes
    assert (str(quote.last), quote.stale, quote.session) == ("212.00", True, Session.UNKNOWN)
    assert answer.refused == {"AAPL": "the replay ended at 2012-06-05 20:00 UTC; switch loop on or start earlier"}
    assert provider.market_time(clock.now()) - quote.source_time == HOUR


async def test_a_loop_begins_again() -> None:
    """With loop the moment after the end is the start."""
    clock = FixedClock()
    provider = replay(clock, loop=True)
    clock.advance(30 * 60)
    assert provider.market_time(clock.now()) == MONDAY
    assert await last(provider) == ("100.00", "0", Session.OPEN)


async def test_symbols_that_are_not_there_are_refused_one_by_one() -> None:
    """Not in the files, not begun yet, over before the start: each has its own reason, the others their quotes."""
    clock = FixedClock()
    played = {
        "AAPL": series("AAPL", "1d", [SESSIONS[1].opens, SESSIONS[2].opens]),
        "LATE": series("LATE", "1d", [SESSIONS[2].opens]),
        "OVER": series("OVER", "1d", [SESSIONS[0].opens]),
    }
    answer = await replay(clock, played, start=date(2012, 6, 5)).quotes(["AAPL", "LATE", "OVER", "MSFT"])
    assert [quote.symbol for quote in answer.quotes] == ["AAPL", "OVER"]
    assert [quote.stale for quote in answer.quotes] == [False, True]
    assert answer.refused == {
        "LATE": "its first replayed bar starts at 2012-06-06 14:00 UTC; it is 2012-06-05 14:00 UTC",
        "OVER": "its last replayed bar ended at 2012-06-04 20:00 UTC; start earlier",
        "MSFT": "the replayed files hold no MSFT; they hold AAPL, LATE, OVER",
    }


@pytest.mark.parametrize(
    ("spans", "start", "begins", "ends"),
    [
        ([(0, 2), (1, 3)], None, 1, 2),
        ([(0, 0), (2, 3)], None, 0, 0),
        ([(0, 2), (1, 3)], date(2012, 6, 4), 0, 2),
        ([(0, 1), (1, 3)], date(2012, 6, 6), 2, 3),
        ([(0, 1), (1, 3)], date(2012, 6, 1), 0, 1),
    ],
)
def test_what_is_played(spans: list[tuple[int, int]], start: date | None, begins: int, ends: int) -> None:
    """Without a start the days all symbols share, else from the oldest; it ends with the first series to end."""
    played = {
        f"S{n}": series(f"S{n}", "1d", [one.opens for one in SESSIONS[first : last + 1]])
        for n, (first, last) in enumerate(spans)
    }
    provider = replay(FixedClock(), played, start=start)
    assert (provider.start, provider.end) == (SESSIONS[begins].opens, SESSIONS[ends].closes)


def test_a_start_after_all_prices_is_an_error() -> None:
    """The message says when the prices end."""
    with pytest.raises(
        ConfigurationError, match="cannot start on 2013-01-01: its last bar ends at 2012-06-05 20:00 UTC"
    ):
        replay(FixedClock(), start=date(2013, 1, 1))


def test_a_replay_of_nothing_is_an_error() -> None:
    """Without any series there is nothing to play."""
    with pytest.raises(ConfigurationError, match="needs at least one file with prices"):
        ReplayProvider(name="replay", series={}, clock=FixedClock(), began=FixedClock().now())


async def test_long_bars_are_made_of_the_files_own() -> None:
    """A day from hours has their first open, extremes, last close and whole volume; it appears after the close."""
    clock = FixedClock()
    provider = replay(clock)
    asked = ("AAPL", "1d", MONDAY, MONDAY + 48 * HOUR, Adjustment.RAW)
    clock.advance(6 * 60 - 1)
    assert await provider.bars(*asked) == ()
    clock.advance(1)
    (day,) = await provider.bars(*asked)
    assert (day.start, day.end, day.complete) == (MONDAY, MONDAY + 6 * HOUR, True)
    assert (day.open, day.high, day.low, day.close, day.volume) == tuple(map(Decimal, (100, 156, 97, 152, 21600)))


async def test_a_session_that_opens_at_half_past_has_its_whole_first_hour() -> None:
    """The bar that starts on the grid before the opening belongs to the day that starts at the opening."""
    clock = FixedClock()
    opens = MONDAY + HOUR / 2
    hours = ExchangeHours([SessionHours(date="2012-06-04", opens=opens, closes=MONDAY + 6 * HOUR)])
    provider = replay(clock, {"AAPL": Series("AAPL", "1h", Adjustment.RAW, hourly(days=1).bars, hours)})
    clock.advance(6 * 60)
    (day,) = await provider.bars("AAPL", "1d", opens, opens + HOUR, Adjustment.RAW)
    assert (day.start, int(day.open)) == (opens, 100)


@pytest.mark.parametrize(
    ("symbol", "interval", "adjustment", "said"),
    [
        ("MSFT", "1h", Adjustment.RAW, "the replayed files hold no MSFT"),
        ("AAPL", "1m", Adjustment.RAW, "replay has bars of 1h, 1d for AAPL, not of '1m'"),
        ("AAPL", "2h", Adjustment.RAW, "replay has bars of 1h, 1d for AAPL, not of '2h'"),
        ("AAPL", "1h", Adjustment.SPLITS, "the replayed bars of AAPL are raw, not splits"),
    ],
)
async def test_what_it_never_answers(symbol: str, interval: str, adjustment: Adjustment, said: str) -> None:
    """Another symbol, a shorter interval, another adjustment: refused in words, never made up."""
    with pytest.raises(UnsupportedRequest, match=said):
        await replay(FixedClock()).bars(symbol, interval, MONDAY, MONDAY + HOUR, adjustment)


def known_at(whole: Series, moment: datetime) -> Series:
    """The series as it would be if the world ended at `moment`: later bars are replaced by nonsense."""
    nonsense = [
        one if one.end <= moment else replace(one, high=Decimal(9999), low=Decimal(1), close=Decimal(5000))
        for one in whole.bars
    ]
    return Series(whole.symbol, whole.interval, whole.adjustment, tuple(nonsense), whole.hours)


@given(
    seconds=st.floats(0, 40 * 60),
    interval=st.sampled_from(["1h", "1d"]),
    begin=st.integers(-10, 50),
    length=st.integers(0, 60),
    loop=st.booleans(),
)
async def test_no_bar_knows_the_future(seconds: float, interval: str, begin: int, length: int, *, loop: bool) -> None:
    """Whatever comes later, the bars given at a market time are the same, and every one is over by then."""
    clock = FixedClock()
    true = replay(clock, loop=loop)
    moment = true.market_time(clock.now() + timedelta(seconds=seconds))
    other = replay(clock, {"AAPL": known_at(hourly(), moment)}, loop=loop)
    clock.advance(seconds)
    asked = ("AAPL", interval, MONDAY + begin * HOUR, MONDAY + (begin + length) * HOUR, Adjustment.RAW)
    bars = await true.bars(*asked)
    assert bars == await other.bars(*asked)
    assert all(one.end <= moment and one.complete for one in bars)


@given(start=st.datetimes(datetime(2012, 6, 4), datetime(2012, 6, 6)), length=st.integers(0, 40))  # noqa: DTZ001
async def test_bars_start_within_the_span_asked_for(start: datetime, length: int) -> None:
    """Exactly the file's bars that start in [start, end) are given, oldest first."""
    clock = FixedClock()
    provider = replay(clock)
    clock.advance(100 * 60)
    first, end = start.replace(tzinfo=UTC), start.replace(tzinfo=UTC) + length * HOUR
    bars = await provider.bars("AAPL", "1h", first, end, Adjustment.RAW)
    assert list(bars) == [one for one in hourly().bars if first <= one.start < end]


async def test_the_shipped_prices_are_played_as_they_are_in_the_files() -> None:
    """The S&P 500's crash of October 2008 comes out of the provider as it is in the file."""
    clock = FixedClock()
    shipped = read_series(["builtin:"], provider="replay", exchange_of=lambda _: "XNYS")
    provider = replay(clock, shipped, speed=3600, start=date(2008, 10, 13))
    assert await last(provider, "SPX") == ("912.75", "0", Session.OPEN)
    clock.advance(6.5)
    assert await last(provider, "SPX") == ("1003.35", "7263370000", Session.CLOSED)
    week = datetime(2008, 10, 6, tzinfo=UTC)
    bars = await provider.bars("SPX", "1d", week, week + timedelta(days=10), Adjustment.RAW)
    assert [str(one.close) for one in bars] == ["1056.89", "996.23", "984.94", "909.92", "899.22", "1003.35"]
