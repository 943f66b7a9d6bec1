"""Bars out of ticks: kept in SQL, joined to a provider's own, and never whole where something is missing."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Connection

from stockbot.errors import ConfigurationError, Unavailable
from stockbot.events.market import Adjustment, Bar
from stockbot.market_data_gateway import store, tick_bars
from stockbot.market_data_gateway.tables import METADATA
from stockbot.market_data_gateway.tick_bars import KEPT, TickBars, joined
from stockbot.model.trading_hours import RoundTheClock, TradingHours
from stockbot.runtime.database import Database
from stockbot.testing.clock import START
from stockbot.testing.events import quote

Result = TypeVar("Result")

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class Away:
    """A database that does not answer."""

    async def run(self, fn: Callable[[Connection], Result]) -> Result:
        raise Unavailable("the database is away")

    read = run


@pytest.fixture
async def bars(database: Database) -> TickBars:
    await database.run(METADATA.create_all)
    return TickBars(database, lambda _: RoundTheClock())


def bar(start: datetime, *, provider: str = "demo", adjustment: Adjustment = Adjustment.RAW) -> Bar:
    price = Decimal(100)
    return Bar(
        symbol="AAPL",
        interval="1m",
        start=start,
        end=start + MINUTE,
        open=price,
        high=price,
        low=price,
        close=price,
        provider=provider,
        adjustment=adjustment,
    )


def tick(bars: TickBars, at: datetime, last: str = "100", **changes: object) -> None:
    bars.add([replace(quote(last=last, at=at), **changes)], at)


async def following(
    bars: TickBars, interval: str = "1m", *, start: datetime = START, end: datetime | None = None, now: datetime
) -> tuple[Bar, ...]:
    return await bars.following("AAPL", "demo", interval, start, end or now + MINUTE, now)


def watch(bars: TickBars, minutes: Sequence[int]) -> None:
    """Three ticks in each of the minutes after START; watching begins with the first."""
    for minute in minutes:
        for second, price in ((0, 100 + minute), (20, 110 + minute), (40, 90 + minute)):
            tick(bars, START + minute * MINUTE + timedelta(seconds=second), str(price))


async def test_minutes_are_kept_over_a_restart(database: Database, bars: TickBars) -> None:
    """What was completed is there again for the next process, exactly; the running minute is shown as such."""
    watch(bars, range(4))
    now = START + 4 * MINUTE
    shown = await following(bars, now=now)
    assert [(each.start, each.complete) for each in shown] == [
        (START + minute * MINUTE, minute < 3) for minute in range(4)
    ]
    assert [str(price) for price in (shown[1].open, shown[1].high, shown[1].low, shown[1].close)] == [
        *("101", "111", "91", "91")
    ]
    await bars.save(now)
    next_life = TickBars(database, lambda _: RoundTheClock())
    assert await following(next_life, now=now) == shown[:3]


async def test_a_minute_waits_for_late_trades(bars: TickBars) -> None:
    """A trade that is seen after its minute still counts; with no later trade the minute ends a minute later."""
    watch(bars, [0])
    late = START + 59 * timedelta(seconds=1)
    bars.add([replace(quote(last="150", at=late), receive_time=late + timedelta(seconds=14))], START + 1.2 * MINUTE)
    [shown] = await following(bars, now=START + 1.5 * MINUTE)
    assert (str(shown.high), shown.complete) == ("150", False)
    bars.add([quote(last="150", at=late)], START + 2 * MINUTE)
    [shown] = await following(bars, now=START + 2 * MINUTE)
    assert shown.complete


async def test_a_delayed_source_has_its_minutes_later(bars: TickBars) -> None:
    """Prices that come fifteen minutes late make whole minutes, and not one of a single tick each."""
    delay = 15 * MINUTE
    for seconds in range(0, 20 * 60, 10):
        at = START + timedelta(seconds=seconds) - delay
        price = Decimal(100) + seconds // 10 % 6  # each minute 100 to 105
        bars.add([replace(quote(last=str(price), at=at), delayed=True)], START + timedelta(seconds=seconds))
    shown = await following(bars, start=START - delay, now=START + 20 * MINUTE)
    assert [each.start for each in shown] == [START + minute * MINUTE for minute in range(5)]
    assert {(each.open, each.high, each.low, each.close) for each in shown} == {
        tuple(map(Decimal, (100, 105, 100, 105)))
    }
    assert [each.complete for each in shown] == [True] * 4 + [False]


async def test_a_long_bar_is_whole_only_with_all_its_minutes(bars: TickBars) -> None:
    """An hour watched from its first to its last minute is complete, one with a hole never is."""
    watch(bars, range(60))
    watch(bars, [*range(60, 90), *range(91, 121)])
    now = START + 2 * HOUR + MINUTE
    shown = await following(bars, "1h", now=now)
    assert [(each.start, each.complete) for each in shown] == [
        (START, True),
        (START + HOUR, False),
        (START + 2 * HOUR, False),
    ]
    assert [str(price) for price in (shown[0].open, shown[0].high, shown[0].low, shown[0].close)] == [
        *("100", "169", "90", "149")
    ]


async def test_long_bars_are_not_cut_by_the_range(bars: TickBars) -> None:
    """A bar that starts in the range has all its minutes; one that starts before is not in it."""
    watch(bars, range(121))
    start, end, now = START + 30 * MINUTE, START + 61 * MINUTE, START + 122 * MINUTE
    await bars.save(now)
    shown = await following(bars, "1h", start=start, end=end, now=now)
    assert [(each.start, each.end, each.complete, str(each.close)) for each in shown] == [
        (START + HOUR, START + 2 * HOUR, True, "209")
    ]


async def test_providers_are_kept_apart(bars: TickBars) -> None:
    """A symbol that changes between two providers has bars of each, and none of both."""
    for minute in range(6):
        for provider, price in (("demo", "100"), ("yahoo", "500")):
            bars.add([quote(last=price, at=START + minute * MINUTE, provider=provider)], START + minute * MINUTE)
    await bars.save(START + 6 * MINUTE)
    shown = await following(bars, now=START + 6 * MINUTE)
    assert {(each.provider, str(each.high)) for each in shown} == {("demo", "100")}


async def test_what_cannot_be_stored_is_stored_later(database: Database, bars: TickBars) -> None:
    """Bars wait for SQL, more of them than fit into one statement, and are all there when it is back."""
    waiting = TickBars(Away(), lambda _: RoundTheClock())
    waiting._unsaved = [bar(START + number * MINUTE) for number in range(15_000)]
    with pytest.raises(Unavailable):
        await waiting.save(START)
    waiting._database = database
    await waiting.save(START)
    kept = await database.read(lambda c: store.bars(c, "AAPL", "demo", START, START + 15_000 * MINUTE))
    assert len(kept) == 15_000
    assert waiting._unsaved == []


async def test_bars_that_wait_for_sql_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is away for days costs the oldest bars and not the memory."""
    monkeypatch.setattr(tick_bars, "MOST_UNSAVED", 3)
    waiting = TickBars(Away(), lambda _: RoundTheClock())
    waiting._unsaved = [bar(START + number * MINUTE) for number in range(9)]
    with pytest.raises(Unavailable):
        await waiting.save(START)
    assert [each.start for each in waiting._unsaved] == [START + number * MINUTE for number in (6, 7, 8)]


async def test_the_first_bar_of_a_minute_stays(database: Database, bars: TickBars) -> None:
    """A minute that is stored twice keeps its first prices: nothing that was given away changes."""
    await database.run(lambda connection: store.add_bars(connection, [bar(START)]))
    await database.run(
        lambda connection: store.add_bars(connection, [replace(bar(START), high=Decimal(200))]),
    )
    assert await database.read(lambda c: store.bars(c, "AAPL", "demo", START, START + MINUTE)) == [bar(START)]


async def test_old_bars_are_forgotten(database: Database, bars: TickBars) -> None:
    """Only the last thirty days are kept."""
    old, young = START - KEPT - MINUTE, START - KEPT + MINUTE
    await database.run(lambda connection: store.add_bars(connection, [bar(old), bar(young)]))
    await bars.save(START)
    kept = await database.read(lambda c: store.bars(c, "AAPL", "demo", old, START))
    assert [each.start for each in kept] == [young]


async def test_an_exchange_without_a_calendar_has_no_built_bars(database: Database) -> None:
    """What a day is, is not known there; the ticks themselves are not held up."""

    def unknown(symbol: str) -> TradingHours:
        raise ConfigurationError("exchange 'XXXX' is unknown")

    await database.run(METADATA.create_all)
    bars = TickBars(database, unknown)
    watch(bars, range(3))
    await bars.save(START)
    assert await following(bars, now=START + HOUR) == ()


STARTS = st.lists(st.integers(0, 20), unique=True, max_size=12).map(sorted)


@given(STARTS, STARTS, st.sampled_from(Adjustment), st.sampled_from(["demo", "yahoo"]))
def test_never_mixes_series(old: list[int], new: list[int], adjustment: Adjustment, provider: str) -> None:
    """Whatever is joined is one series in order of time, and begins with the whole history."""
    history = [bar(START + n * MINUTE, provider=provider, adjustment=adjustment) for n in old]
    built = [bar(START + n * MINUTE) for n in new]
    together = joined(history, built)
    assert list(together[: len(history)]) == history
    assert len({(each.provider, each.adjustment) for each in together}) <= 1
    starts = [each.start for each in together]
    assert starts == sorted(set(starts))
    assert all(isinstance(each, Bar) and each.start.tzinfo is UTC for each in together)


def test_the_tail_follows_the_history() -> None:
    """Built bars come after the provider's last one, and alone where it has none."""
    history, built = [bar(START)], [bar(START), bar(START + MINUTE)]
    assert joined(history, built) == (history[0], built[1])
    assert joined([], built) == tuple(built)
