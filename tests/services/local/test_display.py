"""What a person is told, and where the token is shown."""

import io
from pathlib import Path

import pytest
from pydantic import SecretStr
from rich.console import Console

from stockbot.local.credentials import Credentials
from stockbot.local.data_folder import DataFolder
from stockbot.local.display import Display
from stockbot.local.environment import Surroundings
from stockbot.local.platform import Platform
from stockbot.local.states import Phase, State
from stockbot.local.summary import heading, summary

READY = State(Phase.READY, started_at=1.0)
CRASHED = State(Phase.BACKING_OFF, started_at=1.0, reason="exit code 1", crashes=3, retry_at=9.0)


class Service:
    name = "gateway"
    stop_seconds = 1.0

    def __init__(self, log: Path) -> None:
        self.log = log


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def plain(screen: io.StringIO) -> Display:
    return Display(Console(file=screen, width=80), {"gateway": "http://localhost:3001"}, live=True)


@pytest.fixture
def terminal(screen: io.StringIO) -> Display:
    console = Console(file=screen, width=80, force_terminal=True, color_system=None)
    return Display(console, {"gateway": "http://localhost:3001"}, live=True)


def test_without_a_terminal_each_change_is_a_line(plain: Display, screen: io.StringIO, tmp_path: Path) -> None:
    """A pipe gets plain lines: who will not run, then every change once."""
    plain.introduce({"risk": State(Phase.NOT_BUILT)})
    plain.report(Service(tmp_path / "log"), State(Phase.STARTING), READY)  # type: ignore[arg-type] # name and log are asked
    plain.refresh({"gateway": READY}, now=2.0)
    assert [line.split(" ", 1)[1] for line in screen.getvalue().splitlines()] == [
        "risk: not built yet",
        "gateway: ready",
    ]


def test_a_crash_loop_brings_the_end_of_the_log(plain: Display, screen: io.StringIO, tmp_path: Path) -> None:
    """The third crash in a row shows where the log is and how it ends."""
    (tmp_path / "log").write_text("ImportError: no module\n")
    plain.report(Service(tmp_path / "log"), READY, CRASHED)  # type: ignore[arg-type] # name and log are asked
    assert "gateway: crashed 3 times (exit code 1), restarting" in screen.getvalue()
    assert "log ends:\nImportError: no module" in screen.getvalue()


def test_a_terminal_shows_the_table_until_all_is_settled(
    terminal: Display, screen: io.StringIO, tmp_path: Path
) -> None:
    """The live table shows states, changes become lines after it; a crash is a line at any time."""
    with terminal:
        terminal.refresh({"gateway": State(Phase.STARTING)}, now=2.0)
        terminal.report(Service(tmp_path / "log"), State(Phase.STARTING), READY)  # type: ignore[arg-type] # as above
        assert "… starting" in screen.getvalue()
        assert "gateway: ready" not in screen.getvalue()
        terminal.settle(summary(platform(tmp_path), {"gateway": READY}, 3.0, show_token=True))
        terminal.report(Service(tmp_path / "log"), State(Phase.NOT_READY, reason="x"), READY)  # type: ignore[arg-type] # as above
    assert "gateway: ready" in screen.getvalue()


def platform(folder: Path, *, pinned: bool = False) -> Platform:
    surroundings = Surroundings(
        bus_url=SecretStr("redis://:bus-password@127.0.0.1:6379/0"),
        database_url=SecretStr("sqlite:///x"),
        data_dir=folder,
        tokens_file=folder / "tokens.json",
        endpoints={},
    )
    credentials = Credentials(SecretStr("sbt_the-admin-token"), {}, pinned=pinned)
    return Platform([], DataFolder(folder), surroundings, credentials, None)


@pytest.mark.parametrize(
    ("pinned", "on_terminal", "words", "shown"),
    [
        (False, True, "sbt_the-admin-token", True),
        (False, False, "shown on a terminal only", False),
        (True, True, "the one in STOCKBOT_ADMIN_TOKEN", False),
    ],
)
def test_the_token_is_shown_on_a_terminal_only(
    tmp_path: Path, pinned: bool, on_terminal: bool, words: str, shown: bool
) -> None:
    """A file or a log never gets the token; one that the person chose is not repeated. Nor is the bus password."""
    text = summary(platform(tmp_path, pinned=pinned), {"gateway": READY}, 3.0, show_token=on_terminal).plain
    assert words in text
    assert ("sbt_the-admin-token" in text) is shown
    assert "bus-password" not in text


def test_the_heading_counts_who_is_ready() -> None:
    """It says how long it took, or how many are still missing; who will not run is not counted."""
    idle = State(Phase.NOT_BUILT)
    assert heading({"a": READY, "b": idle}, 3.21) == "Ready after 3.2 s."
    assert heading({"a": READY, "b": CRASHED, "c": idle}, 20.4) == (
        "1 of 2 are ready after 20 s; the others are still tried."
    )
