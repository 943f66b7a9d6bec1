"""The bell of the header."""

from datetime import timedelta

import msgspec

from stockbot.testing.clock import START
from stockbot.testing.desk_scenes import alert
from stockbot_console.alarm_answers import Alert
from stockbot_console.answers import Failure
from stockbot_console.view_models.bell import bell


def made(number: int, severity: str, **changes: object) -> Alert:
    return msgspec.convert(alert(number, severity, "t", START, **changes), Alert)


def test_the_bell_counts_and_takes_the_colour_of_the_worst() -> None:
    """Two warnings and something critical are three, and critical."""
    rung = bell([made(1, "warning"), made(2, "critical"), made(3, "warning")], START)
    assert (rung.count, rung.tone, rung.reason) == ("3", "critical", "Open alerts: 1 critical, 2 warning.")


def test_silenced_alerts_do_not_ring() -> None:
    """Until the silence is over."""
    silenced = made(1, "critical", silenced_until=START + timedelta(minutes=5))
    assert (bell([silenced], START).count, bell([silenced], START).tone) == ("", "quiet")
    assert bell([silenced], START + timedelta(minutes=6)).count == "1"


def test_alerts_that_are_not_known_are_not_none() -> None:
    """A silent Alert Manager is a question mark."""
    rung = bell(Failure(reason="It is down.", remedy=""), START)
    assert (rung.count, rung.tone) == ("?", "unknown")
