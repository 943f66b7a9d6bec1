"""Bars from quotes and long bars from short ones, against what a patient person would work out on paper."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stockbot.events.market import Adjustment, Bar, Quote, SessionHours
from stockbot.model import intervals
from stockbot.model.bar_building import BarBuilder, aggregate
from stockbot.model.trading_hours import ExchangeHours, RoundTheClock, TradingHours

OPENS = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=6.5)
MINUTE = timedelta(minutes=1)
NEXT_DAY = timedelta(days=1)


def session(opens: datetime) -> SessionHours:
    return SessionHours(date=opens.date().isoformat(), opens=opens, closes=opens + (CLOSES - OPENS))


EXCHANGE = ExchangeHours([session(OPENS), session(OPENS + NEXT_DAY)])


def quote(at: datetime, last: str | None, volume: int | None = None, **other: object) -> Quote:
    made = Quote(
        symbol="AAPL",
        bid=Decimal(1),
        ask=Decimal(1000),
        last=None if last is None else Decimal(last),
        volume=None if volume is None else Decimal(volume),
        source_time=at,
        receive_time=at,
        provider="yahoo",
    )
    return replace(made, **other)


def built(quotes: Sequence[Quote], since: datetime = OPENS, hours: TradingHours = EXCHANGE) -> list[Bar]:
    builder = BarBuilder(symbol="AAPL", provider="yahoo", hours=hours, since=since)
    bars = [builder.add(one) for one in quotes]
    bars.append(builder.finish(datetime.max.replace(tzinfo=UTC)))
    return [bar for bar in bars if bar is not None]


def prices(bar: Bar) -> list[int]:
    return [int(price) for price in (bar.open, bar.high, bar.low, bar.close)]


def at(minute: int, second: float = 0) -> datetime:
    return OPENS + timedelta(minutes=minute, seconds=second)


def test_a_minute_of_quotes_is_a_bar() -> None:
    """Open is the first price, close the last, high and low the extremes; a later minute completes it."""
    first, second = built([quote(at(0, 1), "10"), quote(at(0, 20), "14"), quote(at(0, 40), "9"), quote(at(1), "12")])
    assert prices(first) == [10, 14, 9, 9]
    assert (first.start, first.end, first.interval, first.complete) == (at(0), at(1), "1m", True)
    assert prices(second) == [12, 12, 12, 12]


def test_minutes_without_a_trade_have_no_bar() -> None:
    """A gap is a gap: nothing is made up for it."""
    assert [bar.start for bar in built([quote(at(0), "10"), quote(at(5), "11")])] == [at(0), at(5)]


def test_late_quotes_count_by_their_own_time_while_the_minute_runs() -> None:
    """One that arrives late but within its minute may be the open or an extreme, never the close."""
    (bar,) = built([quote(at(0, 30), "10"), quote(at(0, 10), "14"), quote(at(0, 20), "15")])
    assert prices(bar) == [14, 15, 10, 10]


def test_quotes_for_a_minute_that_is_over_come_too_late() -> None:
    """A completed bar never changes and never comes a second time."""
    bars = built([quote(at(0), "10"), quote(at(1), "11"), quote(at(0, 59), "99"), quote(at(1, 1), "12")])
    assert [prices(bar) for bar in bars] == [[10, 10, 10, 10], [11, 12, 11, 12]]


def test_a_finished_minute_stays_finished() -> None:
    """What `finish` has returned is not opened again by a late quote."""
    builder = BarBuilder(symbol="AAPL", provider="yahoo", hours=EXCHANGE, since=OPENS)
    builder.add(quote(at(0), "10"))
    assert builder.finish(at(0, 59)) is None
    assert builder.finish(at(1)) is not None
    assert builder.add(quote(at(0, 59), "99")) is None
    assert builder.running is None


@pytest.mark.parametrize(
    "useless",
    [
        quote(at(0, 30), "99", stale=True),
        quote(at(0, 30), None),
        quote(OPENS - MINUTE, "99"),
        quote(CLOSES + timedelta(seconds=1), "99"),
    ],
)
def test_quotes_that_are_no_trade_of_the_session_add_nothing(useless: Quote) -> None:
    """Stale, without a last price, before the opening, after the close: no bar is extended or begun."""
    assert [prices(bar) for bar in built([quote(at(0), "10"), useless])] == [[10, 10, 10, 10]]


def test_the_closing_trade_belongs_to_the_last_minute() -> None:
    """A price at the very moment of the close is the close of the session's last bar."""
    (bar,) = built([quote(CLOSES - timedelta(seconds=30), "10"), quote(CLOSES, "11")])
    assert (bar.end, prices(bar)) == (CLOSES, [10, 11, 10, 11])


def test_volume_is_the_growth_of_the_sessions_total() -> None:
    """Each bar has what was added since the bar before, gaps included, and a new session begins at zero."""
    quotes = [
        quote(at(0), "10", 100),
        quote(at(0, 50), "10", 130),
        quote(at(1), "10", 150),
        quote(at(7), "10", 900),
        quote(OPENS + NEXT_DAY, "10", 40),
    ]
    assert [bar.volume for bar in built(quotes)] == [130, 20, 750, 40]


def test_a_total_that_falls_back_is_never_a_negative_volume() -> None:
    """A corrected total adds nothing until it passes the highest one seen."""
    quotes = [quote(at(0), "10", 100), quote(at(1), "10", 90), quote(at(2), "10", 130)]
    assert [bar.volume for bar in built(quotes)] == [100, 0, 30]


def test_the_minute_in_which_watching_began_has_no_bar() -> None:
    """Its beginning was missed; the next minute's volume counts from there, not from the opening."""
    quotes = [quote(at(30, 40), "10", 5000), quote(at(31), "11", 5070), quote(at(32), "12", 5100)]
    bars = built(quotes, since=at(30, 30))
    assert [bar.start for bar in bars] == [at(31), at(32)]
    assert [bar.volume for bar in bars] == [70, 30]


def test_where_watching_began_in_mid_session_the_first_total_seen_counts_as_nothing() -> None:
    """What was traded before anybody watched belongs to no bar, also if the first quote comes a minute later."""
    quotes = [quote(at(31), "11", 5070), quote(at(32), "12", 5100)]
    assert [bar.volume for bar in built(quotes, since=at(30, 30))] == [0, 30]


def test_a_source_without_volumes_makes_bars_without_volume() -> None:
    """Unknown stays unknown and does not become zero."""
    assert [bar.volume for bar in built([quote(at(0), "10"), quote(at(1), "11")])] == [None, None]


def test_the_running_bar_is_not_complete() -> None:
    """The bar of the minute can be looked at while it grows, and is marked so."""
    builder = BarBuilder(symbol="AAPL", provider="yahoo", hours=EXCHANGE, since=OPENS)
    builder.add(quote(at(0), "10"))
    running = builder.running
    assert running is not None
    assert (running.complete, prices(running)) == (False, [10, 10, 10, 10])


@pytest.mark.parametrize("other", [{"provider": "alpha-vantage"}, {"symbol": "MSFT"}])
def test_a_series_never_mixes_symbols_or_providers(other: dict[str, str]) -> None:
    """A quote of another symbol or provider is refused, whatever its price."""
    builder = BarBuilder(symbol="AAPL", provider="yahoo", hours=EXCHANGE, since=OPENS)
    with pytest.raises(ValueError, match="does not belong into the bars of AAPL from yahoo"):
        builder.add(replace(quote(at(0), "10"), **other))


def oracle(quotes: Sequence[Quote]) -> list[tuple[datetime, list[int], Decimal]]:
    """Sort every minute's accepted quotes on paper: the slow way, with everything in memory."""
    minutes: dict[datetime, list[Quote]] = {}
    newest = OPENS
    for one in quotes:
        minute = intervals.floor(one.source_time, "1m")
        if not one.stale and minute >= newest:
            newest = minute
            minutes.setdefault(minute, []).append(one)
    bars, before = [], Decimal(0)
    for minute, inside in minutes.items():
        ordered = sorted(inside, key=lambda one: one.source_time)
        lasts = [int(one.last or 0) for one in ordered]
        total = max([before, *(one.volume or Decimal(0) for one in inside)])
        bars.append((minute, [lasts[0], max(lasts), min(lasts), lasts[-1]], total - before))
        before = total
    return bars


@given(
    st.lists(
        st.builds(
            lambda seconds, last, volume, stale: quote(at(0, seconds), str(last), volume, stale=stale),
            st.integers(0, 400),
            st.integers(1, 500),
            st.integers(0, 10_000),
            st.sampled_from([False, False, False, True]),
        ),
        max_size=60,
    )
)
def test_bars_are_those_of_the_oracle(quotes: list[Quote]) -> None:
    """Late, doubled, stale and disordered quotes give the bars that sorting them on paper gives."""
    bars = built(quotes)
    assert [(bar.start, prices(bar), bar.volume) for bar in bars] == oracle(quotes)


def minute_bar(minute: int, price: int, volume: int | None = 1) -> Bar:
    return Bar(
        symbol="AAPL",
        interval="1m",
        start=at(minute),
        end=at(minute + 1),
        open=Decimal(price),
        high=Decimal(price + 2),
        low=Decimal(price - 2),
        close=Decimal(price + 1),
        volume=None if volume is None else Decimal(volume),
        provider="yahoo",
    )


def test_long_bars_follow_the_grid_and_the_session() -> None:
    """Hours start at whole hours of UTC although the session opens at half past; a day is its session."""
    bars = [minute_bar(minute, 10 + minute) for minute in range(0, 45, 5)]
    hours = aggregate(bars, "1h", EXCHANGE, CLOSES)
    assert [bar.start for bar in hours] == [OPENS - 30 * MINUTE, OPENS + 30 * MINUTE]
    (day,) = aggregate(bars, "1d", EXCHANGE, CLOSES)
    assert (day.start, day.end, prices(day)) == (OPENS, CLOSES, [10, 52, 8, 51])
    assert day.volume == 9


def test_a_day_leaves_out_what_was_traded_outside_its_session() -> None:
    """Bars before the first session and between two of them belong to no day."""
    bars = [minute_bar(-60, 90), minute_bar(0, 10), minute_bar(500, 90), minute_bar(24 * 60, 20)]
    days = aggregate(bars, "1d", EXCHANGE, CLOSES)
    assert [prices(bar) for bar in days] == [[10, 12, 8, 11], [20, 22, 18, 21]]


def test_a_long_bar_is_complete_when_its_time_is_over() -> None:
    """The bar of a running quarter of an hour says that it is not complete."""
    bars = [minute_bar(minute, 10) for minute in range(20)]
    assert [bar.complete for bar in aggregate(bars, "15m", EXCHANGE, at(20))] == [True, False]


def test_a_long_bar_has_a_volume_only_if_all_its_parts_have() -> None:
    """One unknown volume makes the sum unknown."""
    assert aggregate([minute_bar(0, 10), minute_bar(1, 10, None)], "5m", EXCHANGE, at(5))[0].volume is None


@pytest.mark.parametrize(
    "other",
    [{"adjustment": Adjustment.SPLITS}, {"provider": "replay"}, {"symbol": "MSFT"}, {"interval": "5m"}],
)
def test_different_series_are_never_joined(other: dict[str, object]) -> None:
    """Adjusted and raw bars, or those of two providers, are refused."""
    with pytest.raises(ValueError, match="bars of different series cannot be joined"):
        aggregate([minute_bar(0, 10), replace(minute_bar(1, 10), **other)], "5m", EXCHANGE, at(5))


@given(minutes=st.sets(st.integers(0, 3000), max_size=80), data=st.data())
def test_joining_in_two_steps_is_joining_at_once(minutes: set[int], data: st.DataObject) -> None:
    """Minutes to quarters to hours gives the same as minutes to hours, round the clock."""
    bars = [minute_bar(minute, data.draw(st.integers(5, 500))) for minute in sorted(minutes)]
    until, always = at(4000), RoundTheClock()
    quarters = aggregate(bars, "15m", always, until)
    assert aggregate(quarters, "1h", always, until) == aggregate(bars, "1h", always, until)
    assert aggregate(quarters, "1d", always, until) == aggregate(bars, "1d", always, until)
