"""The view of the state at a moment."""

from datetime import timedelta
from decimal import Decimal

from stockbot.testing.clock import START
from stockbot.testing.events import market_data
from stockbot.testing.scenes import quote, trading_day
from stockbot_console.answers import Listing, Provider, Reach
from stockbot_console.state import Answers, State, after_answers, after_tick
from stockbot_console.view import view_of
from stockbot_console.view_models.lights import Level, Pulse

DEMO = Provider(name="demo", type="demo", simulated=True, label="seeded", state="healthy", breaker="closed")
LISTINGS = tuple(Listing(symbol=symbol, exchange="XNYS") for symbol in ("AAPL", "MSFT", "NVDA"))
REACH = Reach(answers=True, ready=True, asked_at=START)


def filled() -> State:
    quotes = [quote("MSFT", Decimal(2), START), quote("AAPL", Decimal(1), START, stale=True)]
    ticked = after_tick(State(pulse=Pulse(started_at=START)), market_data(quotes=quotes), START)
    answers = Answers(reach=REACH, quotes=(), providers=(DEMO,), listings=LISTINGS, exchanges=(trading_day(START),))
    return after_answers(ticked, answers, START)


def test_a_view_has_everything_that_pages_show() -> None:
    """Rows are sorted, the label tells what market it is, and the lights tell what is wrong."""
    view = view_of(filled(), START)
    assert list(view.rows) == ["AAPL", "MSFT"]
    assert view.rows["MSFT"]["badges"] == ["SIMULATED"]
    assert view.banner.word == "DEMO MARKET"
    assert [light.word for light in view.lights] == ["1 stale", "lost", "ready"]
    assert str(view.zone) == "America/New_York"
    assert view.priceless == ("NVDA",)


def test_without_ticks_every_row_becomes_stale() -> None:
    """Nothing has to arrive for prices to grow old: the view of a later moment says so by itself."""
    view = view_of(filled(), START + timedelta(seconds=16))
    assert all(row["stale"] for row in view.rows.values())
    assert view.lights[0].level is Level.BAD
