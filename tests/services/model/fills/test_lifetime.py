"""From when to when an order works: latency, sessions, and every time in force."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.services.model.fills.scenes import (
    CLOSES,
    DAY,
    EXACT,
    EXCHANGE,
    OPENS,
    fills,
    hours,
    market,
    order,
    quote,
    seen,
)

from stockbot.events.market import ExchangeSessions, Session
from stockbot.events.trading import OrderState, OrderType, TimeInForce
from stockbot.model.fills.hours import hours_of
from stockbot.model.fills.look import Market
from stockbot.testing.clock import START

SECOND = timedelta(seconds=1)
NIGHT = CLOSES + timedelta(hours=6)
LATE = replace(EXACT, latency=timedelta(seconds=2))
LIMIT: dict[str, Any] = {"order_type": OrderType.LIMIT, "limit_price": "105"}
IN_THE_LATE_SESSION = CLOSES + timedelta(hours=1)


def test_latency_is_over_before_the_first_fill() -> None:
    """Judged by the market's clock: until then it is not even looked at."""
    new = order(accepted_at=START)
    assert seen(new, market(at=START + SECOND), rules=LATE).steps == ()
    assert fills(seen(new, market(at=START + 2 * SECOND), rules=LATE))


def test_latency_starts_when_the_markets_clock_is_known() -> None:
    """An order that came before any quote, perhaps of a replay, is as new as the first quote that it sees."""
    new = order(accepted_at=None)
    first = seen(new, market(), rules=LATE)
    assert (first.order.accepted_at, first.steps) == (START, ())
    assert fills(seen(first.order, market(at=START + 2 * SECOND), rules=LATE))


def test_a_replay_that_begins_anew_does_not_lock_an_order_out() -> None:
    """When the market's clock goes back the order counts as having just come, and its day is found again."""
    kept = order(accepted_at=START + 100 * DAY, ends_at=START + 100 * DAY)
    again = seen(kept, market(), rules=LATE).order
    assert (again.accepted_at, again.ends_at) == (START, CLOSES)


@pytest.mark.parametrize("phase", [Session.CLOSED, Session.UNKNOWN, Session.PRE, Session.POST])
def test_nothing_fills_while_the_market_is_not_open(phase: Session) -> None:
    """What is not known is closed, and an ordinary order waits for the regular session."""
    shut = replace(market(), hours=hours(START, phase))
    assert seen(order(), shut).steps == ()


def test_a_stale_quote_fills_nothing() -> None:
    """It may be long gone; orders wait for a fresh one."""
    stale = replace(market(), fresh=False)
    assert seen(order(), stale).steps == ()
    assert fills(seen(order(), stale, market()))


@pytest.mark.parametrize("time_in_force", [TimeInForce.IOC, TimeInForce.FOK])
def test_an_order_of_one_look_does_not_wait(time_in_force: TimeInForce) -> None:
    """Neither for the session nor for a fresh quote nor for a better price: it ends and says why."""
    impatient = order(time_in_force=time_in_force)
    for shown in (replace(market(), hours=hours(START, Session.CLOSED)), replace(market(), fresh=False)):
        outcome = seen(impatient, shown)
        assert outcome.order.state is OrderState.CANCELED
        assert outcome.order.reason
    cheap = order(time_in_force=time_in_force, order_type=OrderType.LIMIT, limit_price="90")
    assert seen(cheap, market()).order.state is OrderState.CANCELED


def test_a_day_order_ends_with_its_session() -> None:
    """At the close it expires, whatever the price."""
    day = order(order_type=OrderType.LIMIT, limit_price="90")
    outcome = seen(day, market(), market("80", at=CLOSES))
    assert (outcome.order.state, fills(outcome)) == (OrderState.EXPIRED, [])


def test_a_day_order_of_the_night_works_in_the_next_session() -> None:
    """It waits for the open and expires at that session's close."""
    day = order(accepted_at=NIGHT, received_at=NIGHT)
    waits = seen(day, market(at=NIGHT))
    assert (waits.steps, waits.order.ends_at) == ((), CLOSES + DAY)
    assert fills(seen(waits.order, market(at=OPENS + DAY)))
    assert seen(waits.order, market(at=CLOSES + DAY)).order.state is OrderState.EXPIRED


def test_an_order_until_canceled_stays() -> None:
    """A close is nothing to it."""
    stays = order(order_type=OrderType.LIMIT, limit_price="90", time_in_force=TimeInForce.GTC)
    assert fills(seen(stays, market(), market("80", at=CLOSES), market("80", at=OPENS + DAY, volume="2000000")))


def test_extended_hours_reach_beyond_the_session() -> None:
    """With them an order trades before the open and after the close, until the late session ends."""
    late = order(extended_hours=True, accepted_at=IN_THE_LATE_SESSION, received_at=IN_THE_LATE_SESSION, **LIMIT)
    shown = replace(market(at=IN_THE_LATE_SESSION), hours=hours(IN_THE_LATE_SESSION, Session.POST))
    assert fills(seen(late, shown))
    ordinary = replace(late, terms=replace(late.terms, extended_hours=False))
    assert seen(ordinary, shown).steps == ()
    over = seen(
        replace(late, terms=replace(late.terms)), replace(shown, fresh=False), market(at=CLOSES + 4 * SECOND * 3600)
    )
    assert over.order.state is OrderState.EXPIRED


@pytest.mark.parametrize(
    ("time_in_force", "works_at", "too_early", "too_late"),
    [
        (TimeInForce.OPG, OPENS + DAY, CLOSES - SECOND, OPENS + DAY + 120 * SECOND),
        (TimeInForce.CLS, CLOSES - SECOND, CLOSES - 121 * SECOND, CLOSES),
    ],
)
def test_auctions(time_in_force: TimeInForce, works_at: datetime, too_early: datetime, too_late: datetime) -> None:
    """An order for the opening or the close trades in two minutes beside it, and is over afterwards."""
    waiting = seen(order(time_in_force=time_in_force), market())
    assert waiting.steps == ()
    assert seen(waiting.order, market(at=too_early)).steps == ()
    assert fills(seen(waiting.order, market(at=works_at, volume="2000000")))
    assert seen(waiting.order, market(at=too_late)).order.state is OrderState.EXPIRED


def test_an_opening_that_has_begun_is_missed() -> None:
    """An order for the opening that comes a minute after it is for the next one."""
    late = OPENS + 60 * SECOND
    waiting = seen(order(time_in_force=TimeInForce.OPG, accepted_at=late, received_at=late), market(at=late))
    assert (waiting.steps, waiting.order.begins_at) == ((), OPENS + DAY)


def test_a_session_that_is_not_known_yet_is_found_later() -> None:
    """The order waits without an end, and gets its end with the first sessions that are known."""
    dark = Market(quote=quote(), hours=hours_of(quote(), START, None, simulated=False), fresh=True)
    waiting = seen(order(), dark)
    assert (waiting.steps, waiting.order.ends_at) == ((), None)
    assert seen(order(order_type=OrderType.LIMIT, limit_price="90"), dark, market()).order.ends_at == CLOSES


def test_a_simulated_market_has_its_own_hours() -> None:
    """Its quote says whether it is open and what time it is there; its day is one of UTC."""
    past = START - 400 * DAY
    old = quote(provider="demo", source_time=past)
    replay = hours_of(old, START + SECOND, EXCHANGE, simulated=True)
    assert (replay.at, replay.phase, replay.date()) == (past + SECOND, Session.OPEN, past.date().isoformat())
    shut = hours_of(replace(old, session=Session.CLOSED), START, EXCHANGE, simulated=True)
    assert (shut.phase, shut.date()) == (Session.UNKNOWN, None)
    midnight = (past + DAY).replace(hour=0, minute=0)
    shown = Market(quote=old, hours=replay, fresh=True)
    day = order(accepted_at=None, order_type=OrderType.LIMIT, limit_price="90")
    assert seen(day, shown).order.ends_at == midnight


def test_a_real_market_follows_its_exchange() -> None:
    """Its last quote still says open after the close; only pre and post are believed, and only while it is closed."""
    said = {session: hours_of(quote(session=session), NIGHT, EXCHANGE, simulated=False).phase for session in Session}
    assert said[Session.OPEN] is Session.CLOSED
    assert said[Session.POST] is Session.POST
    assert hours_of(quote(session=Session.POST), START, EXCHANGE, simulated=False).phase is Session.OPEN
    around = ExchangeSessions(exchange="24/7", timezone="UTC", computed_at=START, phase=Session.OPEN, always_open=True)
    assert hours_of(quote(), NIGHT, around, simulated=False).date() == NIGHT.date().isoformat()
