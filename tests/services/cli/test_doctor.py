"""`stockbot doctor`: each check, and the whole."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from stockbot.cli import checkup, doctor
from stockbot.cli.app import app
from stockbot.cli.checkup import Finding, Verdict
from stockbot.local import ports


def test_this_machine_is_examined(tmp_path: Path) -> None:
    """Every check gives at least one line; nothing fails on a machine where the tests run."""
    answer = CliRunner().invoke(app, ["doctor", "--data-dir", str(tmp_path / "data")])
    subjects = ["Python", "Packages", "Bus", "Database", "Data folder", "Disk", "Memory", "Clock", "Time zones"]
    for subject in (*subjects, "Ports"):
        assert f" {subject}" in answer.output
    assert answer.exit_code == 0, answer.output
    assert not (tmp_path / "data").exists()


def test_a_failure_is_an_exit_code(tmp_path: Path) -> None:
    """Something that must be mended is a line with its fix, and exit code 1; passwords stay hidden."""
    addresses = ["--bus-url", "redis://:secret-1@127.0.0.1:1/0", "--database-url", "mysql://x:secret-2@h/x"]
    answer = CliRunner().invoke(app, ["doctor", "--data-dir", str(tmp_path), *addresses])
    assert answer.exit_code == 1
    assert "fail  Bus" in answer.output
    assert "-> start the server, or correct --bus-url" in answer.output
    assert "fail  Database" in answer.output
    assert "secret-" not in answer.output


def test_a_reachable_database_and_bus_are_ok(tmp_path: Path, bus_url: str) -> None:
    """Given addresses are really asked."""
    database = checkup.check_database(SecretStr(f"sqlite:///{tmp_path / 'stockbot.db'}"))
    bus = checkup.check_bus(SecretStr(bus_url))
    assert (database.verdict, bus.verdict) == (Verdict.OK, Verdict.OK)


def test_a_database_that_is_away_is_a_failure() -> None:
    """Nobody listens there: the fix is to start it."""
    finding = checkup.check_database(SecretStr("postgresql://person:secret@127.0.0.1:1/x"))
    assert finding.verdict is Verdict.FAIL
    assert finding.fix == "start the database, or correct --database-url"
    assert "secret" not in finding.detail


@pytest.mark.parametrize(
    ("free", "verdict"),
    [(2**27, Verdict.FAIL), (2**28, Verdict.WARN), (2**31 - 1, Verdict.WARN), (2**31, Verdict.OK)],
)
def test_disk_space(free: int, verdict: Verdict) -> None:
    """Little space is a warning, too little a failure."""
    assert checkup.judge_disk(free).verdict is verdict


@pytest.mark.parametrize(
    ("content", "verdict"),
    [("MemAvailable: 900000 kB", Verdict.WARN), ("MemAvailable: 1048576 kB", Verdict.OK), ("", Verdict.OK)],
)
def test_memory(tmp_path: Path, content: str, verdict: Verdict) -> None:
    """Less than 1 GiB is a warning; a system that does not tell is believed."""
    (tmp_path / "meminfo").write_text(content)
    assert checkup.check_memory(tmp_path / "meminfo").verdict is verdict
    assert checkup.check_memory(tmp_path / "none").verdict is Verdict.OK


def test_a_clock_in_the_past_is_a_failure() -> None:
    """A clock that stands before our own files cannot be right."""
    assert checkup.check_clock(datetime(2020, 1, 1, tzinfo=UTC)).verdict is Verdict.FAIL


def test_a_missing_package_is_named() -> None:
    """A requirement that is not installed is named; those of extras are not asked for."""
    finding = checkup.check_packages(["redis[hiredis]>=8", "no-such-package>=1", "other ; extra == 'dev'"])
    assert (finding.verdict, finding.detail) == (Verdict.FAIL, "missing: no-such-package")


def test_a_folder_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    """A file in the folder's place is found without making anything."""
    (tmp_path / "data").touch()
    assert checkup.check_data_folder(tmp_path / "data").verdict is Verdict.FAIL
    assert checkup.check_data_folder(tmp_path / "a/b").verdict is Verdict.OK
    assert not (tmp_path / "a").exists()


def test_a_busy_port_is_a_warning_with_its_holder(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be Stockbot itself, so it is no failure."""
    monkeypatch.setattr(ports, "is_busy", lambda port: port == 5173)
    monkeypatch.setattr(ports, "holder_of", lambda _: "node (pid 7)")
    (finding,) = checkup.check_ports()
    assert (finding.verdict, finding.detail) == (Verdict.WARN, "5173 of Dashboard is held by node (pid 7)")


def test_no_server_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a binary and without an address there is no bus."""
    monkeypatch.setattr(checkup, "find_binaries", list)
    assert checkup.check_bus(None).verdict is Verdict.FAIL


def test_a_fix_stands_below_its_finding(capsys: pytest.CaptureFixture[str]) -> None:
    """A finding is one line, and its fix the next."""
    doctor.show(Finding(Verdict.WARN, "Disk", "1 GiB is free", "free some"))
    assert capsys.readouterr().out == "warn  Disk         1 GiB is free\n                   -> free some\n"
