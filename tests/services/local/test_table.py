"""Rows and lines out of states."""

import io

import pytest
from rich.console import Console

from stockbot.local.states import Phase, State
from stockbot.local.table import Row, change, describe, duration, rows, table

URLS = {"gateway": "http://localhost:3001", "risk-guardian": "http://localhost:3002"}
NOW = 1000.0


def test_one_row_for_each_service_in_order() -> None:
    """A ready service shows its address, its time and its restarts; one that is not built only its name."""
    states = {
        "risk-guardian": State(Phase.NOT_BUILT),
        "gateway": State(Phase.READY, started_at=815.0, restarts=2),
    }
    assert rows(URLS, states, now=NOW) == [
        Row("gateway", "http://localhost:3001", Phase.READY, "ready", "3m 5s", "2"),
        Row("risk-guardian", "", Phase.NOT_BUILT, "not built yet", "", ""),
    ]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State(Phase.WAITING), "waiting"),
        (State(Phase.STARTING, reason="bus: away"), "starting: bus: away"),
        (State(Phase.NOT_READY, reason="bus: away"), "not ready: bus: away"),
        (State(Phase.SUSPENDED), "suspended"),
        (
            State(Phase.BACKING_OFF, reason="exit code 1", crashes=1, retry_at=1004.2),
            "crashed (exit code 1), restarting in 4 s",
        ),
        (
            State(Phase.BACKING_OFF, reason="exit code 1", crashes=2, retry_at=1000.0),
            "crashed twice (exit code 1), restarting in 0 s",
        ),
        (
            State(Phase.BACKING_OFF, reason="killed by SIGKILL", crashes=4, retry_at=999.0),
            "crashed 4 times (killed by SIGKILL), restarting in 0 s",
        ),
    ],
)
def test_states_in_words(state: State, words: str) -> None:
    """Each state says what a person has to know, a crash with its number, its cause and the pause."""
    assert describe(state, now=NOW) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0s"), (59.9, "59s"), (60, "1m 0s"), (3599, "59m 59s"), (7800, "2h 10m"), (349_200, "4d 1h")],
)
def test_durations(seconds: float, words: str) -> None:
    """A duration has at most two units."""
    assert duration(seconds) == words


def test_a_change_is_told_once() -> None:
    """A new phase or a new reason is a line; the same again, and a pause that passes, is none."""
    ready = State(Phase.READY, started_at=1.0)
    crashed = State(Phase.BACKING_OFF, started_at=1.0, reason="exit code 1", crashes=1, retry_at=2.0)
    assert change(ready, ready) == ""
    assert change(State(Phase.STARTING), ready) == "ready"
    assert change(ready, crashed) == "crashed (exit code 1), restarting"
    assert change(crashed, crashed) == ""


def test_the_table_fits_into_80_columns() -> None:
    """The longest names and a long reason stay within 80 columns, and nothing is read as markup."""
    states = {
        "gateway": State(Phase.NOT_READY, started_at=0.0, reason="prices: [bold]no quote[/] for 30 s " * 3),
        "risk-guardian": State(
            Phase.BACKING_OFF, reason="killed by SIGKILL", crashes=12, retry_at=NOW + 30, restarts=12
        ),
    }
    urls = {"gateway": "http://localhost:63001", "risk-guardian": "http://localhost:63002"}
    console = Console(width=80, file=io.StringIO(), color_system=None)
    with console.capture() as capture:
        console.print(table(rows(urls, states, now=NOW)))
    lines = capture.get().splitlines()
    assert max(map(len, lines)) <= 80
    assert "[bold]no quote[/]" in capture.get()
    assert "✗ crashed 12 times" in capture.get()
