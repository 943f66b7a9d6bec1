"""Which Events are a service's own."""

from datetime import timedelta
from typing import Any

import msgspec

from stockbot.runtime.fleet import Happening
from stockbot.runtime.fleet.happenings import SHOWN, happenings_of
from stockbot.runtime.fleet.objects import Event
from stockbot.testing.clock import START
from stockbot.testing.cluster_scenes import event, events

NAMES = ("risk", "risk-guardian", "dashboard")


def told(service: str, given: list[dict[str, Any]]) -> tuple[Happening, ...]:
    return happenings_of(service, NAMES, msgspec.convert(given, list[Event]))


def test_a_service_has_its_own_events_and_those_of_its_pods() -> None:
    """The newest first; a name that begins like another's is not taken for it."""
    first, second = told("risk-guardian", events(START))
    assert (first.subject, first.count, first.is_warning) == ("Pod risk-guardian-5d8f-x2k", 7, True)
    assert (second.reason, second.is_warning) == ("AllReplicasReady", False)
    assert [one.reason for one in told("risk", events(START))] == ["Pulled"]
    assert told("dashboard", events(START)) == ()


def test_a_time_is_found_wherever_it_stands() -> None:
    """New clients leave the old fields empty, and count in a series."""
    given = event("Pod", "risk-1", "Killing", "x", START)
    later = START + timedelta(minutes=1)
    given |= {"lastTimestamp": None, "series": {"count": 3, "lastObservedTime": "2026-03-02T15:01:00.000001Z"}}
    (one,) = told("risk", [given])
    assert (one.at, one.count) == (later + timedelta(microseconds=1), 3)
    given |= {"series": None, "count": None, "eventTime": None}
    assert [one.at for one in told("risk", [given])] == [START]


def test_only_the_last_ones_are_told() -> None:
    """However many the namespace holds."""
    given = [event("Pod", f"risk-{number}", "Pulled", "", START + timedelta(seconds=number)) for number in range(99)]
    assert [one.subject for one in told("risk", given)] == [f"Pod risk-{98 - place}" for place in range(SHOWN)]
