"""The report of `stockbot up` and the wishes that people leave for it."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from stockbot.errors import ConfigurationError, Conflict, Unavailable
from stockbot.runtime.fleet import Change, Condition, Instance, LocalFleet, Service
from stockbot.runtime.fleet.report import (
    LONGEST_WISH,
    Report,
    Wish,
    has_report,
    leave_wish,
    read_report,
    remove_report,
    take_wishes,
    write_report,
)
from stockbot.testing.clock import START, FixedClock

PROCESS = Instance(name="risk-guardian", condition=Condition.READY, since=START, place="/logs/risk.log")
RISK = Service(name="risk-guardian", type="RiskGuardian", condition=Condition.READY, instances=(PROCESS,))
WISH = Wish(restart="risk-guardian", who="ada", why="slow", at=START)


def report(folder: Path) -> None:
    write_report(folder, Report(pid=7, at=START, services=(RISK,)))


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    """By its owner alone; without one there is no platform."""
    report(tmp_path)
    assert read_report(tmp_path, START).services == (RISK,)
    assert stat.S_IMODE((tmp_path / "services.json").stat().st_mode) == 0o600
    assert has_report(tmp_path)
    remove_report(tmp_path)
    assert not has_report(tmp_path)
    with pytest.raises(ConfigurationError, match=r"no platform reports in .*: start `stockbot up`"):
        read_report(tmp_path, START)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "at": "then", "services": []}'])
def test_a_report_that_is_none_is_no_report(tmp_path: Path, content: str) -> None:
    """Whoever wrote it, it is not believed."""
    (tmp_path / "services.json").write_text(content)
    with pytest.raises(ConfigurationError):
        read_report(tmp_path, START)


def test_a_report_that_nobody_renews_is_not_believed(tmp_path: Path) -> None:
    """`stockbot up` was killed or hangs: what it said last is not what is so."""
    report(tmp_path)
    assert read_report(tmp_path, START + timedelta(seconds=20))
    with pytest.raises(Unavailable, match=r"\(pid 7\) last wrote .* at 2026-03-02 15:00:00 UTC: it was killed, hangs"):
        read_report(tmp_path, START + timedelta(seconds=21))


def test_a_wish_is_taken_once(tmp_path: Path) -> None:
    """And nothing old is acted on, and nothing from the future."""
    leave_wish(tmp_path, WISH)
    assert list(take_wishes(tmp_path, START)) == [WISH]
    assert list(take_wishes(tmp_path, START)) == []
    for seconds in (31, -1):
        leave_wish(tmp_path, WISH)
        assert list(take_wishes(tmp_path, START + timedelta(seconds=seconds))) == []
    assert list((tmp_path / "wishes").iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"restart": "a"}', b"[" * LONGEST_WISH * 2])
def test_what_is_no_wish_is_removed(tmp_path: Path, content: bytes) -> None:
    """It stops no other."""
    leave_wish(tmp_path, WISH)
    (tmp_path / "wishes/a.json").write_bytes(content)
    assert list(take_wishes(tmp_path, START)) == [WISH]
    assert list((tmp_path / "wishes").iterdir()) == []


def test_a_folder_that_takes_nothing_is_said(tmp_path: Path) -> None:
    """Nothing was asked for."""
    (tmp_path / "wishes").touch()
    with pytest.raises(Unavailable, match=r"wishes cannot be written .*: nothing was asked for"):
        leave_wish(tmp_path, WISH)


async def test_the_local_fleet_is_the_report(tmp_path: Path) -> None:
    """Services and their processes; events are in the logs."""
    report(tmp_path)
    fleet = LocalFleet(tmp_path, FixedClock())
    assert await fleet.services() == (RISK,)
    assert await fleet.instances("risk-guardian") == (PROCESS,)
    assert await fleet.instances("none") == ()
    assert await fleet.happenings("risk-guardian") == ()
    assert fleet.place == f"stockbot up over {tmp_path}"
    await fleet.close()


async def test_locally_a_restart_is_a_wish_and_the_rest_is_refused(tmp_path: Path) -> None:
    """Documents say what is suspended; and nobody is asked where nobody reports."""
    fleet = LocalFleet(tmp_path, FixedClock())
    restart = Change(service="risk-guardian", who="ada", why="slow", restart=True)
    with pytest.raises(ConfigurationError, match="no platform reports"):
        await fleet.change(restart)
    report(tmp_path)
    await fleet.change(restart)
    assert list(take_wishes(tmp_path, START)) == [WISH]
    with pytest.raises(Conflict, match="suspended and scaled in its document"):
        await fleet.change(Change(service="risk-guardian", who="ada", why="", suspend=True))
