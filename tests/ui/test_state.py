"""How ticks and answers change what the console knows."""

from decimal import Decimal

from stockbot.testing.clock import START
from stockbot.testing.events import market_data
from stockbot.testing.scenes import quote, trading_day
from stockbot_console.answers import Failure, Provider, Reach
from stockbot_console.state import Answers, State, after_answers, after_tick
from stockbot_console.view_models.lights import Pulse

EMPTY = State(pulse=Pulse(started_at=START))
SILENT = Failure(reason="no connection", remedy="wait")
DEMO = Provider(name="demo", type="demo", simulated=True, label="seeded", state="healthy", breaker="closed")
GONE = Reach(answers=False, ready=False, reasons=("no connection",), asked_at=START)
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
        reach=HERE, quotes=(quote("AAPL", Decimal(1), START),), providers=(DEMO,), session=trading_day(START)
    )
    state = after_answers(EMPTY, answers, START)
    assert set(state.tracks) == {"AAPL"}
    assert state.pulse.last_tick_at is None
    assert state.providers == (DEMO,)


def test_a_silent_gateway_takes_no_price_away() -> None:
    """What was known stays and ages; what can only be known from the gateway says why it is not."""
    known = after_answers(
        after_tick(EMPTY, market_data(quotes=[quote("AAPL", Decimal(1), START)]), START),
        Answers(reach=HERE, quotes=(), providers=(DEMO,), session=trading_day(START)),
        START,
    )
    state = after_answers(known, Answers(reach=GONE, quotes=SILENT, providers=SILENT, session=SILENT), START)
    assert (state.tracks, state.hours) == (known.tracks, known.hours)
    assert (state.reach, state.providers) == (GONE, SILENT)
