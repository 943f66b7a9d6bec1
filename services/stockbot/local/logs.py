"""The log files of local processes: kept short at each start, and read back when something crashed."""

from pathlib import Path

LARGEST_BYTES = 10_000_000
TAIL_BYTES = 16_384


def rotate(log: Path, largest: int = LARGEST_BYTES) -> None:
    """Move a log of more than `largest` bytes aside, over the one that was moved aside before."""
    if log.exists() and log.stat().st_size > largest:
        log.replace(log.with_name(log.name + ".1"))


def last_lines(log: Path, count: int = 10) -> str:
    """Read the last `count` lines; empty if there is no log."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(lines[-count:])
