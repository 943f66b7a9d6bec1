"""The demo market as a source of prices."""

from datetime import UTC, datetime, timedelta

import pytest

from stockbot.events.market import Adjustment, Session, SessionHours
from stockbot.market_data_gateway.providers.demo import DemoProvider
from stockbot.market_data_gateway.providers.protocol import Provider, UnsupportedRequest
from stockbot.model.demo_market import DemoMarket
from stockbot.model.trading_hours import ExchangeHours, RoundTheClock, TradingHours
from stockbot.testing.clock import FixedClock

MONDAY = SessionHours(
    date="2026-03-02",
    opens=datetime(2026, 3, 2, 14, 30, tzinfo=UTC),
    closes=datetime(2026, 3, 2, 21, 0, tzinfo=UTC),
)
HOUR = timedelta(hours=1)


def demo(clock: FixedClock, hours: TradingHours | None = None) -> DemoProvider:
    return DemoProvider(
        name="demo", market=DemoMarket(seed=1), hours_of=lambda _: hours or RoundTheClock(), clock=clock
    )


async def test_quotes_carry_their_provenance() -> None:
    """Every quote names the provider, is fresh and open, and the provider says that it is simulated."""
    clock = FixedClock()
    provider: Provider = demo(clock)
    answer = await provider.quotes(["AAPL", "MSFT"])
    assert [quote.symbol for quote in answer.quotes] == ["AAPL", "MSFT"]
    for quote in answer.quotes:
        assert (quote.provider, quote.source_time, quote.receive_time) == ("demo", clock.now(), clock.now())
        assert (quote.stale, quote.delayed, quote.session) == (False, False, Session.OPEN)
    assert provider.simulated
    assert provider.market_time(clock.now()) == clock.now()


async def test_a_bad_symbol_spoils_no_other() -> None:
    """What is no symbol is refused with the reason; the others have their quotes."""
    answer = await demo(FixedClock()).quotes(["AAPL", "no symbol"])
    assert [quote.symbol for quote in answer.quotes] == ["AAPL"]
    assert answer.refused == {"no symbol": "'no symbol' is no symbol: use 1 to 32 of A-Z 0-9 . ^ = -"}


async def test_outside_the_sessions_the_price_stands_still() -> None:
    """After the close the time of the price stays at the close; beyond the known sessions the phase is unknown."""
    clock = FixedClock(MONDAY.closes + HOUR)
    tuesday = SessionHours(date="2026-03-03", opens=MONDAY.opens + 24 * HOUR, closes=MONDAY.closes + 24 * HOUR)
    provider = demo(clock, ExchangeHours([MONDAY, tuesday]))
    (closed,) = (await provider.quotes(["AAPL"])).quotes
    clock.advance(5)
    (later,) = (await provider.quotes(["AAPL"])).quotes
    assert (closed.session, closed.source_time) == (Session.CLOSED, MONDAY.closes)
    assert (later.last, later.source_time) == (closed.last, closed.source_time)
    clock.advance(48 * 3600)
    assert (await provider.quotes(["AAPL"])).quotes[0].session is Session.UNKNOWN


async def test_without_a_known_session_the_symbol_is_refused() -> None:
    """No price is made up where the exchange's sessions are not known."""
    answer = await demo(FixedClock(), ExchangeHours([])).quotes(["AAPL"])
    assert answer.quotes == ()
    assert "no session that is known" in answer.refused["AAPL"]


@pytest.mark.parametrize(("interval", "count"), [("1m", 60), ("5m", 12), ("15m", 4), ("1h", 1)])
async def test_bars_end_with_the_last_completed_one(interval: str, count: int) -> None:
    """Bars reach up to now and never beyond; the last one closes at the price that was quoted then."""
    clock = FixedClock()
    provider, now = demo(clock), clock.now()
    bars = await provider.bars("AAPL", interval, now - HOUR, now + HOUR, Adjustment.RAW)
    (quote,) = (await provider.quotes(["AAPL"])).quotes
    assert len(bars) == count
    assert (bars[-1].end, bars[-1].close, bars[-1].provider) == (now, quote.last, "demo")
    clock.advance(30)
    assert await provider.bars("AAPL", interval, now - HOUR, now + HOUR, Adjustment.RAW) == bars


async def test_the_running_day_is_not_a_bar_yet() -> None:
    """A day is given when it is over."""
    clock = FixedClock()
    bars = await demo(clock).bars("AAPL", "1d", clock.now() - 72 * HOUR, clock.now(), Adjustment.SPLITS)
    assert [bar.start.day for bar in bars] == [28, 1]
    assert {bar.adjustment for bar in bars} == {Adjustment.SPLITS}


@pytest.mark.parametrize(
    ("symbol", "interval", "hours", "reason"),
    [
        ("aapl", "1m", 1, "'aapl' is no symbol"),
        ("AAPL", "2m", 1, "'2m' does not exist: use one of 1m"),
        ("AAPL", "1m", 24 * 365, "may hold more than 20000 bars of 1m: ask for less at once"),
    ],
)
async def test_what_it_never_answers(symbol: str, interval: str, hours: int, reason: str) -> None:
    """Bad symbols, unknown intervals and too many bars are refused in words."""
    clock = FixedClock()
    with pytest.raises(UnsupportedRequest, match=reason):
        await demo(clock).bars(symbol, interval, clock.now() - hours * HOUR, clock.now(), Adjustment.RAW)


async def test_a_span_in_the_future_has_no_bars() -> None:
    """Nobody can look ahead, not even in a market that is made up."""
    clock = FixedClock()
    assert await demo(clock).bars("AAPL", "1m", clock.now() + HOUR, clock.now() + 2 * HOUR, Adjustment.RAW) == ()
