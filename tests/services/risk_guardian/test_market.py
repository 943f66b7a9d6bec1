"""The market at one moment: whose sessions and whose clock count for a symbol."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.services.risk_guardian.conftest import market, sessions

from stockbot.events.market import ExchangeSessions, Session
from stockbot.risk_guardian.market import Listing, Market
from stockbot.testing.clock import START

NIGHT = START + timedelta(hours=10)


def at_night(session: Session, *, simulated: bool) -> Market:
    """New York is closed, and the quote of AAPL says `session`."""
    now = market(NIGHT)
    quotes = {"AAPL": replace(now.quotes["AAPL"], session=session)}
    return replace(now, quotes=quotes, simulated=frozenset({"demo"} if simulated else ()))


def phase(seen: Market) -> Session:
    found = seen.sessions_of("AAPL")
    return Session.UNKNOWN if found is None else found.phase_at(seen.time_of("AAPL"))


@pytest.mark.parametrize(
    ("session", "simulated", "expected"),
    [
        (Session.OPEN, True, Session.OPEN),  # the demo market that never sleeps
        (Session.OPEN, False, Session.CLOSED),  # a real symbol follows its exchange, whatever its last quote said
        (Session.CLOSED, True, Session.UNKNOWN),
        (Session.UNKNOWN, True, Session.UNKNOWN),
        (Session.POST, True, Session.CLOSED),  # so that an order for extended hours can be judged
    ],
)
def test_the_quote_speaks_for_a_simulated_market_alone(session: Session, simulated: bool, expected: Session) -> None:
    """A simulated market is open when its quote says so; a real one when its exchange is."""
    assert phase(at_night(session, simulated=simulated)) is expected


def test_what_is_not_known_is_closed() -> None:
    """Without a listing, or without the exchange's sessions, no order finds the market open."""
    assert market().sessions_of("TSLA") is None
    assert replace(market(), sessions={}).sessions_of("AAPL") is None


def test_a_replay_has_its_own_clock() -> None:
    """In a simulated market it is as long after the quote as the quote was received ago."""
    old = replace(market().quotes["AAPL"], source_time=START - timedelta(days=400))
    replay = replace(market(), now=START + timedelta(seconds=3), quotes={"AAPL": old}, simulated=frozenset({"demo"}))
    assert replay.time_of("AAPL") == START - timedelta(days=400) + timedelta(seconds=3)
    assert replace(replay, simulated=frozenset()).time_of("AAPL") == replay.now
    assert replay.time_of("TSLA") == replay.now


def test_the_day_is_that_of_the_exchange_with_most_symbols() -> None:
    """Losses are counted over one exchange's sessions; without them the day is not known."""
    listings = {
        **market().listings,
        "BTC": Listing(symbol="BTC", exchange="24/7"),
    }
    always = ExchangeSessions(exchange="24/7", timezone="UTC", computed_at=START, phase=Session.OPEN, always_open=True)
    mixed = replace(market(NIGHT), listings=listings, sessions={"XNYS": sessions(), "24/7": always})
    assert mixed.session_date() == "2026-03-02"
    assert replace(mixed, sessions={"24/7": always}).session_date() is None
    assert replace(mixed, listings={}).session_date() is None
