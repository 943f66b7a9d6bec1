"""The gateway's loops on a real bus and a real database: what each beat brings, and what a broken part costs."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol

import pytest
from prometheus_client import CollectorRegistry

from stockbot.codec import decode, decode_entry
from stockbot.events.alerts import ServiceAlert, Severity
from stockbot.events.market import Adjustment, Bar, MarketData
from stockbot.events.streams import ALERTS, market_data
from stockbot.local.ports import free_port
from stockbot.market_data_gateway.providers.protocol import MalformedAnswer
from stockbot.market_data_gateway.service import Gateway
from stockbot.market_data_gateway.tables import OUTBOX
from stockbot.runtime.bus import Bus
from stockbot.runtime.clock import Clock
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.outbox import following
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.events import quote
from stockbot.testing.scripted_provider import ScriptedProvider

SOURCE = "market-data-gateway/0"
MINUTE = timedelta(minutes=1)


class Transactions(Protocol):
    away: bool

    async def read(self, fn: Callable[..., object]) -> object: ...


class Parts(Protocol):
    """What the fixture gives; see conftest."""

    clock: FixedClock
    bus: Bus
    storage: Transactions
    provider: ScriptedProvider
    gateway: Gateway

    def again(self, incarnation: str = "a") -> Gateway: ...


async def beat(parts: Parts, gateway: Gateway | None = None) -> None:
    """One beat and what follows it."""
    gateway = gateway or parts.gateway
    await gateway.beat()
    await gateway.publish()
    await gateway.record()


def trade(parts: Parts, last: str = "187.45") -> None:
    """Both symbols trade now."""
    parts.provider.quote(
        *(quote(symbol, last, at=parts.clock.now(), provider="scripted") for symbol in ("AAPL", "MSFT"))
    )


async def published(parts: Parts) -> list[MarketData]:
    entries = await parts.bus.commands.xrevrange(market_data(0), count=100)
    return [event for _, fields in reversed(entries) if isinstance(event := decode_entry(fields or {}), MarketData)]


async def told(parts: Parts) -> list[tuple[str, bool, Severity]]:
    found: Any = await parts.storage.read(lambda c: following(c, OUTBOX, ALERTS, SOURCE, 0, 100))
    events = [decode(document) for _, document in found[1]]
    return [(e.data.fingerprint, e.data.resolved, e.data.severity) for e in events if isinstance(e, ServiceAlert)]


async def test_a_beat_reaches_the_bus_the_watchers_and_the_board(parts: Parts) -> None:
    """What the provider says stands on the board, goes to the watchers, and is one event on the stream."""
    trade(parts)
    with parts.gateway.live.subscribe([]) as watcher:
        await beat(parts)
        assert [each.symbol for each in await watcher.next()] == ["AAPL", "MSFT"]
    [event] = await published(parts)
    assert event.data.quotes == parts.gateway.board.quotes(parts.clock.now())
    assert parts.gateway.trouble() is None
    assert parts.gateway.degraded() is None


async def test_the_last_good_quotes_stay_and_grow_stale(parts: Parts) -> None:
    """A provider that fails leaves its last prices on every tick, marked as stale; all of them stale is not ready."""
    trade(parts)
    await beat(parts)
    parts.provider.error = MalformedAnswer("HTTP 500")
    for _ in range(5):
        parts.clock.advance(5)
        await beat(parts)
    marks = [[each.stale for each in event.data.quotes] for event in await published(parts)]
    assert marks == [[False, False]] * 4 + [[True, True]] * 2
    assert "HTTP 500" in (parts.gateway.trouble() or "")
    trade(parts)
    parts.provider.error = None
    parts.clock.advance(60)
    trade(parts)
    await beat(parts)
    assert parts.gateway.trouble() is None


async def test_an_unforeseen_error_in_a_feed_costs_its_own_symbols(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The beat goes on, and the board says what happened."""

    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(parts.gateway.symbol_sets[0].feed, "fetch", broken)
    await parts.gateway.beat()
    assert parts.gateway.trouble() == "AAPL, MSFT: its feed failed: ZeroDivisionError"


async def test_a_feed_that_hangs_costs_one_beat(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not answer within the beat is given up, whatever it hangs on."""

    async def hanging(*_: object) -> None:
        await asyncio.Event().wait()

    parts.gateway.interval_seconds = 0.01
    monkeypatch.setattr(parts.gateway.symbol_sets[0].feed, "fetch", hanging)
    await parts.gateway.beat()
    assert parts.gateway.trouble() == "AAPL, MSFT: no source answered within 0.01 s"


async def test_without_the_bus_the_watchers_see_prices(parts: Parts) -> None:
    """Nothing raises, the bus's check says why, and the numbers of the ticks go on with a gap."""
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    there, away = parts.bus, Bus(nowhere, clock=parts.clock, metrics=Metrics(CollectorRegistry()))
    parts.gateway.bus = parts.gateway.publisher._bus = away
    trade(parts)
    await beat(parts)
    await beat(parts)
    assert parts.gateway.trouble() is None
    assert "the bus does not answer" in (away.trouble or "")
    parts.gateway.bus = parts.gateway.publisher._bus = there
    await beat(parts)
    assert [event.sequence for event in await published(parts)] == [3]
    await away.close()


async def test_without_sql_prices_flow(parts: Parts) -> None:
    """Ticks go on; alerts and bars come as soon as SQL is back, and once."""
    parts.storage.away = True
    for _ in range(20):
        parts.clock.advance(20)
        trade(parts)
        await beat(parts)
    assert len(await published(parts)) == 20
    parts.provider.error = MalformedAnswer("HTTP 500")
    parts.clock.advance(30)
    await beat(parts)
    parts.storage.away = False
    await beat(parts)
    assert await told(parts) == [("prices-stale/stocks/0", False, Severity.CRITICAL)]
    bars = await parts.gateway.tick_bars.following(
        "AAPL", "scripted", "1m", START, parts.clock.now(), parts.clock.now()
    )
    assert len(bars) > 4


async def test_an_alert_is_told_once_and_resolved_once(parts: Parts) -> None:
    """Stale for many beats is one alert, worse is another, and good again resolves it."""
    trade(parts)
    await beat(parts)
    assert await told(parts) == []
    del parts.provider.answers["MSFT"]
    for _ in range(6):
        parts.clock.advance(5)
        parts.provider.quote(quote(at=parts.clock.now(), provider="scripted"))
        await beat(parts)
    name = "prices-stale/stocks/0"
    assert await told(parts) == [(name, False, Severity.WARNING)]
    parts.provider.error = MalformedAnswer("HTTP 500")
    for _ in range(6):
        parts.clock.advance(5)
        await beat(parts)
    assert await told(parts) == [(name, False, Severity.WARNING), (name, False, Severity.CRITICAL)]
    parts.provider.error = None
    for _ in range(3):
        parts.clock.advance(5)
        trade(parts)
        await beat(parts)
    assert (await told(parts))[2:] == [(name, True, Severity.INFO)]


async def test_nobody_is_alarmed_while_providers_answer_for_the_first_time(parts: Parts) -> None:
    """A slow first answer is no alert; none at all within the first beats is one."""
    await beat(parts)
    assert await told(parts) == []
    parts.clock.advance(parts.gateway.longest_beat + 1)
    await beat(parts)
    assert await told(parts) == [("prices-stale/stocks/0", False, Severity.CRITICAL)]


async def test_a_restart_neither_repeats_an_alert_nor_forgets_it(parts: Parts) -> None:
    """The next process knows from SQL what was told, and resolves what is over."""
    trade(parts)
    await beat(parts)
    parts.provider.error = MalformedAnswer("HTTP 500")
    parts.clock.advance(30)
    await beat(parts)
    gateway = parts.again("b")
    parts.clock.advance(60)
    await beat(parts, gateway)
    assert len(await told(parts)) == 1
    parts.provider.error = None
    trade(parts)
    await beat(parts, parts.again("c"))
    assert [resolved for _, resolved, _ in await told(parts)] == [False, True]


async def test_a_restart_remembers_the_last_quotes(parts: Parts) -> None:
    """Without any answer of its provider the next process shows the last prices, as old as they are."""
    trade(parts)
    await beat(parts)
    parts.provider.error = MalformedAnswer("HTTP 500")
    parts.clock.advance(10)
    young = parts.again("b")
    await young.beat()
    assert [each.stale for each in young.board.quotes(parts.clock.now())] == [False, False]
    parts.clock.advance(10)
    old = parts.again("c")
    await old.beat()
    assert [each.stale for each in old.board.quotes(parts.clock.now())] == [True, True]


async def test_a_restart_forgets_quotes_of_providers_that_are_gone(parts: Parts) -> None:
    """Made-up prices of yesterday's document never stand in for real ones of today's."""
    trade(parts)
    await beat(parts)
    parts.provider.name = "another"
    parts.provider.error = MalformedAnswer("HTTP 500")
    gateway = parts.again("b")
    await gateway.beat()
    assert gateway.board.quotes(parts.clock.now()) == ()


async def test_recalls_once_the_bus_is_there(parts: Parts) -> None:
    """A bus that was away at the start is asked again, and its old prices never replace newer ones."""
    trade(parts, "100.00")
    await beat(parts)
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    away = Bus(nowhere, clock=parts.clock, metrics=Metrics(CollectorRegistry()))
    gateway, there = parts.again("b"), parts.bus
    gateway.bus = away
    del parts.provider.answers["MSFT"]
    parts.clock.advance(5)
    parts.provider.quote(quote(last="200.00", at=parts.clock.now(), provider="scripted"))
    await gateway.beat()
    assert [each.symbol for each in gateway.board.quotes(parts.clock.now())] == ["AAPL"]
    gateway.bus = there
    await gateway.beat()
    shown = {each.symbol: str(each.last) for each in gateway.board.quotes(parts.clock.now())}
    assert shown == {"AAPL": "200.00", "MSFT": "100.00"}
    await parts.gateway.publisher.publish([quote("MSFT", "300.00", at=parts.clock.now(), provider="scripted")], START)
    await gateway.beat()
    assert str(gateway.board.quotes(parts.clock.now())[1].last) == "100.00"
    await away.close()


class SlowClock(FixedClock):
    """Each reading of the monotonic clock takes a while."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        await super().sleep(seconds)


async def test_beats_keep_their_rhythm(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow beat shortens the pause after it; beats that were missed are left out, not made up for."""
    clock, took = SlowClock(), iter([1.0, 2.0, 12.0, 0.0])

    async def slow(_: Gateway) -> None:
        clock.advance(next(took))

    monkeypatch.setattr(parts.bus, "clock", clock)
    monkeypatch.setattr(Gateway, "beat", slow)
    for _ in range(4):
        await parts.gateway.step()
    assert clock.slept == [4.0, 3.0, 0.0, 5.0]


async def test_says_whether_its_own_loop_works(parts: Parts) -> None:
    """A loop that has not come through a beat for three intervals and more does not work; a beat mends that."""
    assert parts.gateway.is_beating()
    parts.clock.advance(parts.gateway.longest_beat + 1)
    assert not parts.gateway.is_beating()
    await parts.gateway.beat()
    assert parts.gateway.is_beating()


def bar(clock: Clock, minutes_ago: int, adjustment: Adjustment = Adjustment.RAW) -> Bar:
    price, start = Decimal(100), clock.now().replace(second=0) - minutes_ago * MINUTE
    return Bar(
        symbol="AAPL",
        interval="1m",
        start=start,
        end=start + MINUTE,
        open=price,
        high=price,
        low=price,
        close=price,
        provider="scripted",
        adjustment=adjustment,
    )


async def bars(parts: Parts, adjustment: Adjustment = Adjustment.RAW) -> list[tuple[int, str]]:
    """How many minutes ago each bar starts, and its provider's or our own price."""
    now = parts.clock.now()
    found = await parts.gateway.bars("AAPL", "1m", now - 60 * MINUTE, now + MINUTE, adjustment)
    return [((now - each.start) // MINUTE, str(int(each.close))) for each in found]


async def watched(parts: Parts, minutes: int) -> None:
    for _ in range(minutes * 3):
        trade(parts, "150.00")
        await beat(parts)
        parts.clock.advance(20)


async def test_raw_bars_are_completed_from_ticks(parts: Parts) -> None:
    """What the provider does not have yet is built from its own ticks; an adjusted series gets none of them."""
    await watched(parts, 4)
    parts.provider.history = tuple(bar(parts.clock, ago, adjustment) for adjustment in Adjustment for ago in (5, 4, 3))
    assert await bars(parts) == [(5, "100"), (4, "100"), (3, "100"), (2, "150"), (1, "150")]
    assert await bars(parts, Adjustment.SPLITS) == [(5, "100"), (4, "100"), (3, "100")]


async def test_bars_come_without_sql(parts: Parts) -> None:
    """The provider's own bars need no database; only what was built is missing."""
    await watched(parts, 4)
    parts.provider.history = (bar(parts.clock, 3),)
    parts.storage.away = True
    assert await bars(parts) == [(3, "100")]


async def test_a_replay_gets_no_bars_built_from_ticks(parts: Parts) -> None:
    """Minutes of the clock mean nothing to prices of the past."""
    await watched(parts, 4)
    parts.provider.history = (bar(parts.clock, 3),)
    parts.provider.behind = timedelta(hours=1)
    assert await bars(parts) == [(3, "100")]


async def test_the_providers_are_closed(parts: Parts) -> None:
    """The last step of the program closes every source."""
    await parts.gateway.close()
    assert parts.provider.closed
