"""How ticks and answers change what the console knows."""

from datetime import timedelta
from decimal import Decimal

from msgspec.structs import replace

from stockbot.fleet import Condition, Service
from stockbot.testing.clock import START
from stockbot.testing.events import market_data
from stockbot.testing.scenes import quote, trading_day
from stockbot_console.answers import Failure, Listing, Provider, Reach
from stockbot_console.state import (
    Answers,
    Risk,
    Standings,
    State,
    Strategies,
    after_answers,
    after_risk,
    after_standings,
    after_strategies,
    after_tick,
)
from stockbot_console.view_models.lights import Pulse

EMPTY = State(pulse=Pulse(started_at=START))
SILENT = Failure(reason="no connection", remedy="wait")
DEMO = Provider(name="demo", type="demo", simulated=True, label="seeded", state="healthy", breaker="closed")
GONE = Reach(answers=False, ready=False, reasons=("no connection",), asked_at=START)
LISTINGS = (Listing(symbol="AAPL", exchange="XNYS"), Listing(symbol="TON", exchange="24/7"))
HERE = Reach(answers=True, ready=True, asked_at=START)


def test_a_tick_brings_quotes_and_a_pulse() -> None:
    """Every quote of the tick has its track, and the feed has been heard."""
    quotes = [quote("AAPL", Decimal(1), START), quote("MSFT", Decimal(2), START)]
    state = after_tick(EMPTY, market_data(quotes=quotes), START)
    assert set(state.tracks) == {"AAPL", "MSFT"}
    assert state.pulse.last_tick_at == START


def test_a_tick_of_one_shard_leaves_the_symbols_of_another() -> None:
    """A tick carries the symbols of its shard only."""
    first = after_tick(EMPTY, market_data(quotes=[quote("AAPL", Decimal(1), START)]), START)
    second = after_tick(first, market_data(quotes=[quote("MSFT", Decimal(2), START)]), START)
    assert set(second.tracks) == {"AAPL", "MSFT"}


def test_answers_fill_what_no_tick_has_brought() -> None:
    """A console that has just started shows the gateway's last quotes, but the feed is not live for that."""
    answers = Answers(
        reach=HERE,
        quotes=(quote("AAPL", Decimal(1), START),),
        providers=(DEMO,),
        listings=LISTINGS,
        exchanges=(trading_day(START),),
    )
    state = after_answers(EMPTY, answers, START)
    assert set(state.tracks) == {"AAPL"}
    assert state.pulse.last_tick_at is None
    assert state.providers == (DEMO,)


def test_a_silent_gateway_takes_no_price_away() -> None:
    """What was known stays and ages; what can only be known from the gateway says why it is not."""
    known = after_answers(
        after_tick(EMPTY, market_data(quotes=[quote("AAPL", Decimal(1), START)]), START),
        Answers(reach=HERE, quotes=(), providers=(DEMO,), listings=LISTINGS, exchanges=(trading_day(START),)),
        START,
    )
    state = after_answers(
        known, Answers(reach=GONE, quotes=SILENT, providers=SILENT, listings=SILENT, exchanges=SILENT), START
    )
    assert (state.tracks, state.main_exchange) == (known.tracks, trading_day(START))
    assert (state.reach, state.providers) == (GONE, SILENT)


def test_the_clock_is_that_of_the_exchange_of_most_symbols() -> None:
    """An exchange without sessions is passed over, and a symbol has the hours of its own exchange."""
    names = {"A": "XLON", "B": "XLON", "C": "XNYS"}
    state = replace(EMPTY, exchange_of=names, exchanges={"XNYS": trading_day(START)})
    assert state.main_exchange == trading_day(START)
    assert (state.hours_of("A"), state.hours_of("C"), state.hours_of("Z")) == (None, trading_day(START), None)


def test_each_symbol_begins_anew_with_its_own_session() -> None:
    """The opening of an exchange resets the change of its symbols and of no other's."""
    hours = trading_day(START)
    opened = hours.sessions[0].opens
    before = [quote(symbol, Decimal(100), opened - timedelta(hours=3)) for symbol in ("AAPL", "TON")]
    state = replace(EMPTY, exchange_of={"AAPL": "XNYS", "TON": "24/7"}, exchanges={"XNYS": hours})
    state = after_tick(state, market_data(quotes=before), opened - timedelta(hours=3))
    after = [quote(symbol, Decimal(110), START) for symbol in ("AAPL", "TON")]
    state = after_tick(state, market_data(quotes=after), START)
    assert {symbol: track.reference for symbol, track in state.tracks.items()} == {
        "AAPL": Decimal(110),
        "TON": Decimal(100),
    }


def test_an_answer_that_was_overtaken_is_dropped() -> None:
    """What was asked before a change, and came after it, does not bring the past back."""
    newer = Reach(answers=True, ready=True, asked_at=START + timedelta(seconds=1))
    state = replace(EMPTY, risk=Risk(), strategies=Strategies())
    known = after_strategies(after_risk(state, Risk(reach=newer), ()), Strategies(reach=newer), ())
    assert after_risk(known, Risk(reach=HERE, status=SILENT), ()) is known
    assert after_strategies(known, Strategies(reach=HERE, instances=SILENT), ()) is known
    assert after_risk(known, Risk(reach=newer, status=SILENT), ()) != known


def test_a_service_that_the_platform_lacks_stays_absent() -> None:
    """Nobody says anything for it."""
    assert after_risk(EMPTY, Risk(reach=HERE), ()) is EMPTY
    assert after_strategies(EMPTY, Strategies(reach=HERE), ()) is EMPTY


def test_how_services_stood_stays_while_nobody_answers() -> None:
    """With the reason; an answer that was asked for before what is known already changes nothing."""
    gateway = Service(name="gateway", type="MarketDataGateway", condition=Condition.READY)
    later, latest = START + timedelta(seconds=2), START + timedelta(seconds=4)
    known = after_standings(replace(EMPTY, standings=Standings()), (gateway,), later)
    assert known.standings == Standings(services=(gateway,), trouble=None, asked_at=later)
    silent = after_standings(known, SILENT, latest)
    assert silent.standings == Standings(services=(gateway,), trouble=SILENT, asked_at=later)
    assert after_standings(known, (), START) == known
    assert after_standings(EMPTY, (gateway,), later) == EMPTY
