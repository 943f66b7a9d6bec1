"""A real, throw-away PostgreSQL made from the machine's own binaries. For the fixtures and fault tests.

It listens on a Unix socket in its own folder under /tmp and keeps `fsync` on. PostgreSQL refuses to run as
root, so root starts it as the user `postgres` or `nobody`.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TypedDict
from uuid import uuid4

import psycopg
from psycopg import sql

OPTIONS = ("listen_addresses=", "max_connections=60", "shared_buffers=32MB", "unix_socket_permissions=0777")
START_SECONDS = 60


class Identity(TypedDict, total=False):
    """Whom a child process runs as; empty where that is who runs now."""

    user: int
    group: int
    extra_groups: list[int]


def find_binaries() -> Path | None:
    """Find the folder of `initdb` and `postgres`; None where PostgreSQL is not installed."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in installed), key=lambda path: float(path.parent.name), default=None)


class PostgresServer:
    """One server with its own data folder. `kill` and then `start` is a crash and its recovery."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._identity = _unprivileged_identity()
        self.folder = Path(tempfile.mkdtemp(prefix="stockbot-pg-", dir="/tmp"))  # a socket's path is short
        self._data = str(self.folder / "data")
        self._process: subprocess.Popen[bytes] | None = None
        self.further: tuple[str, ...] = ()  # options of the next start, which win over the usual ones
        self.port = 5432  # of the socket, and of the loopback where `further` says to listen there

    def create(self) -> None:
        """Make the data folder (about a second) and start."""
        if self._identity:
            os.chown(self.folder, self._identity["user"], self._identity["group"])
        command = [str(self._binaries / "initdb"), "-D", self._data, "-U", "stockbot", "-A", "trust"]
        options = ("-E", "UTF8", "--locale=C", "--no-sync")
        subprocess.run([*command, *options], check=True, capture_output=True, cwd="/", **self._identity)  # noqa: S603 - the machine's own binary
        self.start()

    def start(self) -> None:
        """Start and wait until it accepts connections; after `kill` this includes its recovery."""
        options = [argument for option in (*OPTIONS, f"port={self.port}", *self.further) for argument in ("-c", option)]
        command = [str(self._binaries / "postgres"), "-D", self._data, "-k", str(self.folder), *options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the machine's own binary
                command, stdout=log, stderr=log, start_new_session=True, cwd="/", **self._identity
            )
        self._wait_until_ready(self._process)

    def stop(self) -> None:
        """Disconnect everybody and stop cleanly; nothing where it does not run."""
        if self._process:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
            self._process = None

    def kill(self) -> None:
        """SIGKILL for the server and all its children at once, as a loss of power is."""
        process, self._process = self._running(), None
        for pid in _family(process.pid):
            with suppress(ProcessLookupError):  # a child may end by itself between the look and the signal
                os.kill(pid, signal.SIGKILL)
        process.wait()

    def destroy(self) -> None:
        """End it without a last checkpoint and remove its folder."""
        if self._process:
            self.kill()
        shutil.rmtree(self.folder)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://stockbot@/{database}?host={self.folder}&port={self.port}"

    def create_database(self) -> str:
        """Make a new, empty database and return its URL."""
        name = f"test_{uuid4().hex[:12]}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("this server was not started")
        return self._process

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=START_SECONDS).close()
        except psycopg.OperationalError:
            return False
        return True


def _unprivileged_identity() -> Identity:
    if os.geteuid() != 0:
        return {}
    known = {user.pw_name: user for user in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _family(pid: int) -> list[int]:
    """List the server first, so that it starts nothing new; without /proc its children end by themselves."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [pid, *(int(child) for child in children.read_text().split())] if children.exists() else [pid]
