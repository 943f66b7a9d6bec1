"""Log files: their size, and their end."""

from pathlib import Path

from stockbot.local.logs import last_lines, rotate


def test_a_long_log_is_moved_aside(tmp_path: Path) -> None:
    """A log above the limit becomes `.1`, in place of an earlier one; a short one stays."""
    log = tmp_path / "gateway.log"
    log.write_text("x" * 11)
    (tmp_path / "gateway.log.1").write_text("old")
    rotate(log, largest=10)
    assert not log.exists()
    assert (tmp_path / "gateway.log.1").read_text() == "x" * 11
    log.write_text("short")
    rotate(log, largest=10)
    assert log.read_text() == "short"


def test_the_end_of_a_log(tmp_path: Path) -> None:
    """The last lines come back whole, whatever bytes are in them; no log has no lines."""
    log = tmp_path / "log"
    assert last_lines(log) == ""
    log.write_bytes(b"x" * 20_000 + b"\none\n\xfftwo\nthree\n")
    assert last_lines(log, 2) == "�two\nthree"
