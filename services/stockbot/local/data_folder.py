"""The folder in which a local platform keeps all it writes, and the lock that gives it to one `stockbot up`.

Used by `up` and preflight; the other commands look here for a running platform.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from stockbot.errors import ConfigurationError

DEFAULT = Path(".stockbot")


@dataclass(frozen=True)
class DataFolder:
    root: Path

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def documents(self) -> Path:
        return self.root / "documents"

    @property
    def bus(self) -> Path:
        return self.root / "bus"

    @property
    def tokens_file(self) -> Path:
        return self.root / "tokens.json"

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.root / 'stockbot.db'}"

    @property
    def running_file(self) -> Path:
        """Where a running platform says how to reach it; it holds the bus password."""
        return self.root / "running.json"

    @property
    def lock_file(self) -> Path:
        return self.root / "up.lock"


def _make_private(path: Path) -> None:
    """A folder that was there before keeps its mode: it may be a person's home; all of ours in it are private."""
    if not path.is_dir():
        path.mkdir(mode=0o700, parents=True)
        path.chmod(0o700)


def prepare(root: Path) -> DataFolder:
    """Make the folder and what belongs into it, for its owner alone; ConfigurationError if it cannot."""
    folder = DataFolder(root.absolute())
    try:
        for path in (folder.root, folder.logs, folder.documents, folder.bus):
            _make_private(path)
        folder.lock_file.touch(mode=0o600)
    except OSError as error:
        raise ConfigurationError(
            f"data folder {folder.root} cannot be written ({error.strerror}): choose another with --data-dir"
        ) from error
    return folder


@contextmanager
def claimed(folder: DataFolder) -> Iterator[None]:
    """Hold the folder against every other `stockbot up`; ConfigurationError with the pid of who holds it."""
    with folder.lock_file.open("r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = lock.read().strip() or "unknown"
            raise ConfigurationError(
                f"`stockbot up` (pid {pid}) runs over {folder.root} now: stop it, or use another --data-dir"
            ) from None
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def write_private(path: Path, content: str) -> None:
    """Replace a file that only its owner may read, whole or not at all."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    draft.replace(path)


@contextmanager
def announced(folder: DataFolder, *, bus_url: SecretStr) -> Iterator[None]:
    """Tell the other commands how to reach this platform, for as long as it runs."""
    write_private(folder.running_file, json.dumps({"pid": os.getpid(), "bus_url": bus_url.get_secret_value()}))
    try:
        yield
    finally:
        folder.running_file.unlink(missing_ok=True)


def running_bus_url(root: Path) -> SecretStr:
    """Find the bus of the platform that runs over `root`. Raises ConfigurationError if none does."""
    file = DataFolder(root.absolute()).running_file
    try:
        return SecretStr(json.loads(file.read_text())["bus_url"])
    except (OSError, ValueError, KeyError) as error:
        raise ConfigurationError(
            f"no platform runs over {root}: start `stockbot up`, or give --data-dir or --bus-url"
        ) from error
