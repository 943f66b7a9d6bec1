"""The board: what stands there never goes back in time, and grows stale where nothing comes."""

from datetime import timedelta
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stockbot.events.market import Quote, Session
from stockbot.market_data_gateway.board import Board
from stockbot.model.freshness import FreshnessLimits
from stockbot.testing.clock import START
from stockbot.testing.events import quote

Offer: TypeAlias = tuple[int, int, str]  # seconds since the offer before, age of the price, provider

LIMITS = FreshnessLimits()
SECOND = timedelta(seconds=1)


def board(*symbols: str) -> Board:
    return Board(symbols or ("AAPL",), LIMITS, lambda _, now: now)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


offers = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 200), st.sampled_from(["yahoo", "alpha-vantage"])), max_size=30
)


@given(offers)
def test_a_quote_never_goes_back_in_time(offered: list[Offer]) -> None:
    """Within one provider never, and to an older price of another one only when the one known is stale."""
    known, now = board(), START
    for passed, age, provider in offered:
        now += seconds(passed)
        before = known.quote("AAPL", now)
        known.put([replace(quote(at=now - seconds(age), provider=provider), receive_time=now)], {}, {}, now)
        after = known.quote("AAPL", now)
        assert after is not None
        if before is not None and after.source_time < before.source_time:
            assert after.provider != before.provider
            assert before.stale


@given(st.integers(0, 300), st.integers(0, 300))
def test_stale_marks_grow(first: int, second: int) -> None:
    """A quote that nothing follows turns stale once, and never fresh again."""
    known = board()
    known.put([quote()], {}, {}, START)
    earlier, later = sorted((first, second))
    marks = [known.quotes(START + seconds(after))[0].stale for after in (earlier, later)]
    assert marks == sorted(marks)
    assert known.quotes(START + LIMITS.received)[0].stale is False
    assert known.quotes(START + LIMITS.received + SECOND)[0].stale is True


@given(st.lists(st.sets(st.sampled_from(["AAPL", "MSFT", "IBM"])), min_size=1, max_size=10))
def test_a_missing_symbol_keeps_its_last_good_quote(beats: list[set[str]]) -> None:
    """Whatever is missing at a beat, every symbol that was ever answered stands on the board."""
    known, seen, now = board("AAPL", "MSFT", "IBM"), set[str](), START
    for answered in beats:
        now += seconds(5)
        missing = dict.fromkeys({"AAPL", "MSFT", "IBM"} - answered, "it is not listed")
        known.put([quote(symbol, at=now) for symbol in answered], missing, {}, now)
        seen |= answered
        assert {each.symbol for each in known.quotes(now)} == seen
        assert set(known.missing) == set(missing)


def test_says_why_a_symbol_has_no_fresh_price() -> None:
    """The reason of the board and that of the provider stand together; a fresh quote has none."""
    known = board("AAPL", "MSFT")
    assert known.why_stale(START) == dict.fromkeys(("AAPL", "MSFT"), "no provider has answered yet")
    known.put([quote()], {"MSFT": "yahoo: it is not listed"}, {}, START)
    assert known.why_stale(START) == {"MSFT": "yahoo: it is not listed"}
    known.put([], {"AAPL": "yahoo: HTTP 500"}, {}, START + seconds(20))
    assert known.why_stale(START + seconds(20))["AAPL"] == "demo has sent nothing newer for 20 s; yahoo: HTTP 500"


def test_accepts_a_replay_that_begins_again() -> None:
    """Market time jumps back to the first bar: the prices from there are newer than those not reached yet."""
    loop = seconds(100)

    def in_loop(_: Quote, now: object) -> object:
        return START + (now - START) % loop  # type: ignore[operator]

    known = Board(["SPX"], LIMITS, in_loop)  # type: ignore[arg-type] # a replay's own time
    for passed in (0, 60, 99, 100, 130, 199, 205):
        now = START + seconds(passed)
        at = START + seconds(passed % 100)
        known.put([replace(quote("SPX", at=at), receive_time=now)], {}, {}, now)
        shown = known.quote("SPX", now)
        assert shown is not None
        assert (shown.source_time, shown.stale) == (at, False)


def test_a_clock_that_was_set_back_does_not_freeze_the_prices() -> None:
    """What was received in the future is replaced by what comes now."""
    known = board()
    known.put([quote(at=START + timedelta(hours=1))], {}, {}, START + timedelta(hours=1))
    known.put([quote(last="188.00", at=START)], {}, {}, START)
    assert str(known.quotes(START)[0].last) == "188.00"


def test_what_its_provider_calls_stale_stays_so() -> None:
    """The last close of a replay that is over is never shown as fresh."""
    known = board()
    known.put([replace(quote(), stale=True)], {}, {}, START)
    assert known.quotes(START)[0].stale
    assert known.why_stale(START) == {"AAPL": "its provider says that it is old"}


def test_the_exchange_says_the_phase_where_the_provider_does_not() -> None:
    """The provider's own word on the session counts; an unknown one is filled in from the calendar."""
    known = board("AAPL", "MSFT")
    phases = dict.fromkeys(("AAPL", "MSFT"), Session.CLOSED)
    known.put([replace(quote(), session=Session.UNKNOWN), quote("MSFT")], {}, phases, START)
    assert [each.session for each in known.quotes(START)] == [Session.CLOSED, Session.OPEN]
