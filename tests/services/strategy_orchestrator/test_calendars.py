"""Which hours a symbol's prices come in: the exchange's, unless its quotes say otherwise."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import msgspec
import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from stockbot.events.market import ExchangeSessions, Session, SessionHours
from stockbot.events.streams import session_key
from stockbot.runtime.bus import Bus
from stockbot.runtime.metrics import Metrics
from stockbot.strategy_orchestrator.calendars import ROUND_THE_CLOCK, Calendars
from stockbot.testing.bus import SERVERS
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.events import quote

DAY = timedelta(days=1)
OPENS, CLOSES = START.replace(hour=14, minute=30), START.replace(hour=21)
SESSIONS = tuple(SessionHours(date="2026-03-02", opens=OPENS + n * DAY, closes=CLOSES + n * DAY) for n in range(3))


def sessions(*hours: SessionHours, always_open: bool = False) -> bytes:
    return msgspec.json.encode(
        ExchangeSessions(
            exchange="XNYS",
            timezone="UTC",
            computed_at=START,
            phase=Session.OPEN,
            sessions=hours,
            always_open=always_open,
        )
    )


@pytest.fixture
async def bus(bus_servers: Callable[[str], str]) -> AsyncIterator[Bus]:
    bus = Bus(bus_servers(SERVERS[0]), clock=FixedClock(), metrics=Metrics(CollectorRegistry()))
    await bus.commands.flushdb()
    yield bus
    await bus.close()


async def known(bus: Bus, document: bytes) -> Calendars:
    await bus.commands.set(session_key("XNYS"), document, px=60_000)
    calendars = Calendars(bus)
    calendars.exchange_of = {"AAPL": "XNYS"}
    await calendars.refresh()
    return calendars


@pytest.mark.parametrize(
    ("at", "session", "of_the_exchange"),
    [
        (START, Session.OPEN, True),
        (CLOSES, Session.CLOSED, True),
        (CLOSES + timedelta(hours=1), Session.OPEN, False),  # a simulated market that never sleeps
        (START - 500 * DAY, Session.OPEN, False),  # a replay
    ],
)
async def test_quotes_that_contradict_the_exchange_keep_no_hours(
    bus: Bus, at: datetime, session: Session, of_the_exchange: bool
) -> None:
    """A quote that says open where the exchange is closed, or of a day that nobody knows."""
    calendars = await known(bus, sessions(*SESSIONS))
    hours = calendars.hours(replace(quote(at=at), session=session))
    assert (hours is not ROUND_THE_CLOCK) == of_the_exchange
    assert calendars.upcoming("AAPL") == SESSIONS


async def test_the_hours_stay_the_same_object(bus: Bus) -> None:
    """What is being watched goes on over new sessions, and those that are over stay known."""
    calendars = await known(bus, sessions(*SESSIONS[:2]))
    before = calendars.hours(quote())
    await bus.commands.set(session_key("XNYS"), sessions(*SESSIONS[1:]), px=60_000)
    bus.clock.advance(10)  # type: ignore[attr-defined] # it is a FixedClock
    await calendars.refresh()
    after = calendars.hours(quote(at=START + DAY))
    assert after is before
    assert after.latest(START) == SESSIONS[0]
    assert after.latest(START + 2 * DAY) == SESSIONS[2]


@pytest.mark.parametrize("document", [b"{", sessions(*SESSIONS, always_open=True)])
async def test_without_sessions_markets_never_close(bus: Bus, document: bytes) -> None:
    """Nonsense in the cache counts as nothing."""
    assert (await known(bus, document)).hours(quote()) is ROUND_THE_CLOCK
    assert Calendars(bus).hours(quote()) is ROUND_THE_CLOCK
