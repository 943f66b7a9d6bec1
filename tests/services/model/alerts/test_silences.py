"""What a silence keeps quiet, and until when."""

from datetime import timedelta
from typing import Any

import pytest
from tests.services.model.alerts.scenes import at, matter

from stockbot.events.alerts import Severity
from stockbot.model.alerts.silences import Silence, silenced_until


def silence(minutes: float = 10, **matchers: Any) -> Silence:
    until = at(0) + timedelta(minutes=minutes)
    return Silence(
        silence_id="s",
        until=until,
        created_by="anna",
        created_at=at(0),
        reason="a test",
        **matchers,
    )


@pytest.mark.parametrize(
    ("matchers", "fits"),
    [
        ({"fingerprint_prefix": "risk/"}, True),
        ({"fingerprint_prefix": "Risk/"}, False),
        ({"service": "risk-guardian"}, True),
        ({"service": "risk"}, False),
        ({"severity": Severity.WARNING}, True),
        ({"severity": Severity.CRITICAL}, False),
        ({"service": "risk-guardian", "severity": Severity.CRITICAL}, False),
    ],
)
def test_all_its_matchers_must_fit(matchers: dict[str, Any], fits: bool) -> None:
    """A silence of several matchers is as narrow as all of them together."""
    assert silence(**matchers).fits(matter()) is fits


def test_it_ends_by_itself_or_by_a_person() -> None:
    """At its end, and from then on, it keeps nothing quiet."""
    assert silenced_until(matter(), [silence(10)], at(599)) == at(600)
    assert silenced_until(matter(), [silence(10)], at(600)) is None
    assert silenced_until(matter(), [silence(10, ended_at=at(1))], at(2)) is None


def test_the_longest_of_several_counts() -> None:
    """What two silences fit is quiet until the later one ends."""
    assert silenced_until(matter(), [silence(10), silence(20)], at(0)) == at(1200)
