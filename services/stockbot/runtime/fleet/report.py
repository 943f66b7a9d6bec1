"""The report that `stockbot up` keeps in its data folder, and the wishes that it takes from there.

A file each, for the folder's owner alone: the report is replaced whole, a wish is taken by deleting it. Written and
read by `stockbot up`, `stockbot status` and the console; no network, no port, nothing to log in to.
"""

import os
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct

from stockbot.errors import ConfigurationError, Unavailable
from stockbot.fleet import Service

REPORT = "services.json"
WISHES = "wishes"
HEARTBEAT = timedelta(seconds=5)  # how often it is written without a change
SILENCE = timedelta(seconds=20)  # after which `stockbot up` is taken for gone or stuck
OLDEST_WISH = timedelta(seconds=30)
LONGEST_WISH = 10_000  # bytes


class Report(Struct, frozen=True, kw_only=True):
    """`at` is when it was written, UTC; `pid` is that of `stockbot up`."""

    pid: int
    at: datetime
    services: tuple[Service, ...]


class Wish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A restart that a person asked for; what else can be changed is in the documents."""

    restart: str
    who: str
    why: str
    at: datetime


def write_report(folder: Path, report: Report) -> None:
    """Replace the report. Raises OSError, for example on a full disk."""
    _write_private(folder / REPORT, msgspec.json.encode(report))


def remove_report(folder: Path) -> None:
    (folder / REPORT).unlink(missing_ok=True)


def read_report(folder: Path, now: datetime) -> Report:
    """Read it. ConfigurationError where no platform runs over `folder`, Unavailable where it has fallen silent."""
    try:
        report = msgspec.json.decode((folder / REPORT).read_bytes(), type=Report)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        raise ConfigurationError(
            f"no platform reports in {folder}: start `stockbot up`, or name its folder with --data-dir"
        ) from None
    if now - report.at > SILENCE:
        raise Unavailable(
            f"`stockbot up` (pid {report.pid}) last wrote {folder / REPORT} at {report.at:%Y-%m-%d %H:%M:%S} UTC:"
            " it was killed, hangs, or cannot write there"
        )
    return report


def has_report(folder: Path) -> bool:
    return (folder / REPORT).exists()


def leave_wish(folder: Path, wish: Wish) -> None:
    """Leave it for `stockbot up`, which looks every second. Raises Unavailable where the folder takes nothing."""
    wishes = folder / WISHES
    try:
        wishes.mkdir(mode=0o700, exist_ok=True)
        _write_private(wishes / f"{secrets.token_hex(8)}.json", msgspec.json.encode(wish))
    except OSError as error:
        raise Unavailable(f"{wishes} cannot be written ({error.strerror}): nothing was asked for") from None


def take_wishes(folder: Path, now: datetime) -> Iterator[Wish]:
    """Yield each wish once. What is too old to act on, and what is no wish, is removed without a word."""
    for path in sorted((folder / WISHES).glob("*.json")):
        try:
            content = path.read_bytes()[:LONGEST_WISH]
            path.unlink()
            wish = msgspec.json.decode(content, type=Wish)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            continue
        if timedelta() <= now - wish.at <= OLDEST_WISH:
            yield wish


def _write_private(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)
