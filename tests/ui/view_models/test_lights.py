"""The lights of the header."""

from datetime import UTC, timedelta
from typing import Literal

import msgspec
import pytest

from stockbot.testing.clock import START
from stockbot.testing.desk_scenes import drift, reconciliation
from stockbot_console.answers import Failure, Reach
from stockbot_console.engine_answers import Drain, Reconciliation
from stockbot_console.view_models.lights import (
    Level,
    Pulse,
    broker_light,
    bus_light,
    feed_light,
    is_lost,
    service_light,
)

FRESH = Pulse(started_at=START, last_tick_at=START, interval_seconds=5)


@pytest.mark.parametrize(("seconds", "lost"), [(0, False), (15, False), (15.1, True), (3600, True)])
def test_three_intervals_without_a_tick_are_a_lost_feed(seconds: float, lost: bool) -> None:
    """The limit moves with the gateway's own interval."""
    assert is_lost(FRESH, START + timedelta(seconds=seconds)) is lost


def test_before_the_first_tick_the_feed_waits() -> None:
    """Nothing has been lost yet, but nothing is live either, and the light says since when."""
    light = feed_light(Pulse(started_at=START), stale=0, symbols=0, now=START, zone=UTC)
    assert (light.level, light.word) == (Level.WARNING, "waiting")
    assert light.reason == "No tick since the console started at 15:00:00 UTC; one is due every 5 s."


def test_a_feed_with_fresh_ticks_is_live() -> None:
    """The reason says how many symbols come how often."""
    light = feed_light(FRESH, stale=0, symbols=21, now=START, zone=UTC)
    assert (light.level, light.word, light.reason) == (Level.GOOD, "live", "A tick of 21 symbols comes every 5 s.")


def test_stale_quotes_are_counted() -> None:
    """One stale quote of many warns and says how many."""
    light = feed_light(FRESH, stale=2, symbols=21, now=START, zone=UTC)
    assert (light.level, light.word) == (Level.WARNING, "2 stale")


def test_a_silent_feed_says_when_it_was_heard_last() -> None:
    """A lost feed is worse than stale quotes, so it is said first."""
    light = feed_light(FRESH, stale=2, symbols=21, now=START + timedelta(minutes=1), zone=UTC)
    assert (light.level, light.word) == (Level.BAD, "silent")
    assert light.reason == "The last tick came at 15:00:00 UTC; one is due every 5 s."


def test_the_bus_light_gives_the_reason() -> None:
    """A lost bus says why, and that nobody has to do anything."""
    assert bus_light(None).level is Level.GOOD
    light = bus_light("the bus does not answer: connection refused")
    assert (light.level, light.word) == (Level.BAD, "lost")
    assert light.reason == "The bus does not answer: connection refused. The console reconnects by itself."


@pytest.mark.parametrize(
    ("reach", "level", "word"),
    [
        (None, Level.WARNING, "asking"),
        (Reach(answers=False, ready=False, reasons=("no connection",), asked_at=START), Level.BAD, "down"),
        (Reach(answers=True, ready=False, reasons=("bus: lost",), asked_at=START), Level.WARNING, "not ready"),
        (Reach(answers=True, ready=True, asked_at=START), Level.GOOD, "ready"),
    ],
)
def test_a_service_light_tells_down_from_not_ready(reach: Reach | None, level: Level, word: str) -> None:
    """Not answering and answering that it may not work are two things."""
    light = service_light("Gateway", "gateway", reach)
    assert (light.level, light.word) == (level, word)


def test_all_reasons_are_said() -> None:
    """Each failed check is a sentence of its own."""
    reach = Reach(answers=True, ready=False, reasons=("bus: lost", "providers: all down"), asked_at=START)
    assert service_light("Gateway", "gateway", reach).reason == "Bus: lost. Providers: all down."


@pytest.mark.parametrize(
    ("changes", "drain", "level", "word"),
    [
        ({}, "serving", Level.GOOD, "ready"),
        ({"state": "failed", "reason": "no answer"}, "serving", Level.BAD, "lost"),
        ({"state": "running"}, "serving", Level.WARNING, "reconciling"),
        ({"drifts": [drift(START)]}, "serving", Level.BAD, "1 drift"),
        ({}, "draining", Level.WARNING, "draining"),
    ],
)
def test_the_brokers_light_is_that_of_the_books(
    changes: dict[str, object], drain: Literal["serving", "draining"], level: Level, word: str
) -> None:
    """Drift is as grave as a broker that does not answer."""
    told = msgspec.convert(reconciliation(START) | changes, Reconciliation)
    light = broker_light(Reach(answers=True, ready=True, asked_at=START), told, Drain(state=drain))
    assert (light.name, light.level, light.word) == ("Broker", level, word)


def test_an_engine_that_is_not_well_is_the_brokers_light() -> None:
    """Down, or answering without having said how the books stand."""
    gone = Failure(reason="It is down.", remedy="")
    down = broker_light(Reach(answers=False, ready=False, reasons=("down",), asked_at=START), gone, gone)
    assert (down.level, down.word) == (Level.BAD, "down")
    told = msgspec.convert(reconciliation(START), Reconciliation)
    lame = Reach(answers=True, ready=False, reasons=("lease: held by another",), asked_at=START)
    assert broker_light(lame, told, gone).word == "not ready"
