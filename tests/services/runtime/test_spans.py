"""A trace follows from the ids of events alone."""

from datetime import timedelta

import pytest

from stockbot.runtime.spans import Told, handling, publishing, trace_of
from stockbot.testing.clock import START

STREAM = "stockbot:orders"
NOW = START + timedelta(seconds=2)
TICK = Told(event_type="MARKET_DATA", id="tick", time=START, subject="0", correlationid="tick")
SIGNAL = Told(
    event_type="SIGNAL_GENERATED", id="signal", time=START, subject="KO", correlationid="tick", causationid="tick"
)


def test_a_chain_is_one_trace_and_each_event_hangs_below_its_cause() -> None:
    """The tick begins it, the signal is the tick's child, what a group did about it is the signal's child."""
    tick, signal = publishing(TICK, STREAM, NOW), publishing(SIGNAL, STREAM, NOW)
    taken = handling(SIGNAL, STREAM, "risk-guardian", NOW)
    assert tick.trace == signal.trace == taken.trace
    assert (tick.parent, signal.parent, taken.parent) == (0, tick.id, signal.id)
    assert (taken.start, taken.end) == (START, NOW)
    assert taken.attributes["messaging.message.conversation_id"] == "tick"


def test_the_same_again_is_the_same_span() -> None:
    """Delivered twice or told by another process: one id; another group's part has its own."""
    first, again = handling(SIGNAL, STREAM, "risk-guardian", NOW), handling(SIGNAL, STREAM, "risk-guardian", NOW)
    other = handling(SIGNAL, STREAM, "execution-engine", NOW)
    assert first.id == again.id != other.id


def test_a_trace_begun_outside_goes_on() -> None:
    """An event with a traceparent and no cause hangs below the span that it names."""
    given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    told = Told(event_type="SIGNAL_GENERATED", id="a", time=START, subject="KO", correlationid="a", traceparent=given)
    assert trace_of(told) == 0x0AF7651916CD43DD8448EB211C80319C
    assert publishing(told, STREAM, NOW).parent == 0xB7AD6B7169203331


@pytest.mark.parametrize("given", ["", "00-" + "0" * 32 + "-b7ad6b7169203331-01", "nonsense", "00-ab-cd-01"])
def test_a_traceparent_that_is_none_is_passed_over(given: str) -> None:
    """What cannot be read, or names no trace, changes nothing."""
    told = Told(event_type="X", id="a", time=START, subject="KO", correlationid="tick", traceparent=given)
    assert trace_of(told) == trace_of(TICK)


def test_a_clock_that_is_behind_gives_no_negative_time() -> None:
    """The source's clock may run ahead of ours: the span is empty then."""
    span = publishing(TICK, STREAM, START - timedelta(seconds=1))
    assert span.start == span.end
