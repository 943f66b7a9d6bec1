"""How a service stands, as pages show it."""

from datetime import UTC, timedelta

import pytest
from msgspec.structs import replace

from stockbot.fleet import Condition, Happening, Instance, Service, Statement
from stockbot.testing.clock import START
from stockbot_console.view_models.services import (
    LEVELS,
    happening_rows,
    instance_row,
    service_row,
    service_rows,
    statement_row,
    summary_text,
)

RISK = Service(
    name="risk-guardian",
    type="RiskGuardian",
    condition=Condition.READY,
    ready=1,
    wanted=1,
    since=START,
    endpoint="http://r",
)


def test_every_condition_has_a_level() -> None:
    """A new word cannot break the page."""
    assert set(LEVELS) == set(Condition)


def test_a_row_says_all_of_the_table() -> None:
    """Name, type, condition, replicas, endpoint and age; the reason only where there is one."""
    row = service_rows([RISK], UTC)["risk-guardian"]
    assert (row.path, row.kind, row.word, row.level) == ("/services/risk-guardian", "RiskGuardian", "READY", "good")
    assert (row.replicas, row.endpoint, row.reason, row.tone) == ("1/1", "http://r", "", "")
    assert row.since is not None
    assert row.since.exact == "2026-03-02 15:00:00.000 UTC"


@pytest.mark.parametrize(
    ("changes", "level", "tone"),
    [
        ({"is_degraded": True, "reason": "prices: 1 is stale"}, "warning", "warning"),
        ({"condition": Condition.RESTARTING, "reason": "crashed (exit code 3)"}, "bad", "bad"),
        ({"condition": Condition.STARTING, "reason": "no price yet"}, "accent", ""),
        ({"condition": Condition.SUSPENDED, "is_degraded": True}, "idle", ""),
    ],
)
def test_a_level_is_never_better_than_the_service(changes: dict[str, object], level: str, tone: str) -> None:
    """Ready with something wrong is a warning; what is only on its way is none."""
    row = service_row(replace(RISK, **changes), UTC)
    assert (row.level, row.tone) == (level, tone)


def test_the_summary_counts_who_is_well() -> None:
    """A suspended service is, since a person wanted it so."""
    idle, lost = replace(RISK, condition=Condition.SUSPENDED), replace(RISK, condition=Condition.NOT_READY)
    assert summary_text([RISK, idle]) == "all 2 are well"
    assert summary_text([RISK, idle, lost]) == "2 of 3 are well"
    assert summary_text([]) == ""


def test_restarts_of_a_process_are_counted_in_words() -> None:
    """None is no news."""
    process = Instance(name="a", condition=Condition.READY, place="/logs/a.log")
    texts = [instance_row(replace(process, restarts=count), UTC).restarts for count in (0, 1, 2)]
    assert texts == ["", "1 restart", "2 restarts"]


@pytest.mark.parametrize(
    ("kind", "status", "level"),
    [
        ("Ready", "True", "good"),
        ("Ready", "False", "warning"),
        ("DependenciesReady", "Unknown", "warning"),
        ("Degraded", "True", "warning"),
        ("Degraded", "False", "idle"),
        ("Progressing", "True", "accent"),
        ("Suspended", "False", "idle"),
    ],
)
def test_a_condition_has_the_level_of_what_one_would_wish(kind: str, status: str, level: str) -> None:
    """True is good of some and bad of others."""
    row = statement_row(Statement(type=kind, status=status, reason="Why", message="in words", since=START), UTC)
    assert (row.level, row.text) == (level, "Why: in words")


def test_events_are_rows() -> None:
    """How often one has happened is said from the second time on; one without a time is shown as well."""
    again = Happening(subject="Pod a", reason="BackOff", message="x", is_warning=True, at=START, count=7)
    once = Happening(subject="Pod a", reason="Pulled", message="", is_warning=False, at=None)
    first, second = happening_rows([again, once, again], UTC).values()
    assert (first.level, first.times) == ("warning", "7 times")
    assert (second.level, second.times, second.at) == ("idle", "", None)
    assert len(happening_rows([again, replace(again, at=START + timedelta(seconds=1))], UTC)) == 2
