"""Who hears of a matter, and when it is passed on."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.services.model.alerts.scenes import at, matter

from stockbot.events.alerts import Severity
from stockbot.model.alerts.matters import Standing
from stockbot.model.alerts.routing import Escalation, Route, Rules, is_escalating, wanted

RULES = Rules(
    deliverable=frozenset({"mail", "phone", "team"}),
    routes=(
        Route(channels=("mail",)),
        Route(at_least=Severity.CRITICAL, channels=("phone", "mail")),
        Route(services=frozenset({"risk-guardian"}), channels=("team", "broken")),
    ),
    escalation=Escalation(after=timedelta(minutes=15), channels=("phone",)),
)


def channels(told: object, rules: Rules = RULES) -> list[str]:
    return [one.channel for one in wanted(told, rules, ())]  # type: ignore[arg-type]


def test_every_route_that_fits_is_followed_once() -> None:
    """By severity and service; a channel that two routes name, once; one that cannot be used, not at all."""
    assert channels(matter()) == ["mail", "team"]
    assert channels(matter(peak=Severity.CRITICAL)) == ["mail", "phone", "team"]
    assert channels(matter(source="dashboard/0")) == ["mail"]


def test_worse_is_another_delivery_and_the_same_is_not() -> None:
    """A delivery's id follows from alert, channel and how bad it was."""
    first, again, worse = matter(), matter(count=5, title="other words"), matter(peak=Severity.CRITICAL)
    ids = [{one.delivery_id for one in wanted(each, RULES, ())} for each in (first, again, worse)]
    assert ids[0] == ids[1]
    assert ids[0].isdisjoint(ids[2])


def test_the_end_is_told_to_whoever_was_told_the_beginning() -> None:
    """Also through channels that the document's routes do not name any more."""
    over = matter(state=Standing.RESOLVED)
    assert [one.channel for one in wanted(over, RULES, {"mail", "former"})] == ["former", "mail"]
    assert wanted(over, RULES, ()) == []


def test_what_is_acknowledged_calls_nobody() -> None:
    """Somebody is at it: no further channel is told."""
    assert wanted(matter(state=Standing.ACKNOWLEDGED), RULES, ()) == []


def test_an_alert_about_a_channel_never_goes_through_it() -> None:
    """Not by a route, and not by escalation: it could not arrive, and would be an alert again."""
    about = matter(labels={"channel": "phone"}, peak=Severity.CRITICAL, escalated_at=at(1))
    assert channels(about) == ["mail", "team"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"peak": Severity.INFO}, False),
        ({"peak": Severity.CRITICAL}, True),
        ({"state": Standing.ACKNOWLEDGED}, False),
        ({"state": Standing.RESOLVED}, False),
        ({"escalated_at": at(1)}, False),
        ({"opened_at": at(1)}, False),
    ],
)
def test_what_nobody_looks_after_is_passed_on_once(changes: dict[str, object], expected: bool) -> None:
    """After the minutes of the document, unless somebody does, it is over, or it only informs."""
    assert is_escalating(replace(matter(), **changes), RULES, at(15 * 60)) is expected


def test_without_a_rule_nothing_is_passed_on() -> None:
    """A document without escalation never escalates."""
    assert not is_escalating(matter(), replace(RULES, escalation=None), at(10**6))


def test_an_escalated_matter_goes_to_the_others_as_well() -> None:
    """What is passed on is a delivery of its own, also where the channel knows of the alert."""
    found = wanted(matter(peak=Severity.CRITICAL, escalated_at=at(900)), RULES, ())
    assert [(one.channel, one.transition) for one in found if one.channel == "phone"] == [
        ("phone", "raised/critical"),
        ("phone", "escalated/critical"),
    ]
