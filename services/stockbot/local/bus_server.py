"""An embedded bus server: the first suitable binary of this machine, on loopback, with a password of its own.

Used by `stockbot up` when no bus URL is given, and by every test that needs a real bus.
"""

import os
import secrets
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
from pydantic import SecretStr
from redis.backoff import NoBackoff
from redis.retry import Retry

from stockbot.errors import Unavailable
from stockbot.local import processes
from stockbot.local.bus_binaries import choose_binary, find_binaries, is_dragonfly
from stockbot.local.logs import last_lines
from stockbot.local.ports import LOOPBACK, free_port

__all__ = ["LOOPBACK", "BusServer", "find_binaries", "free_port"]

READY_SECONDS = 10.0
STOP_SECONDS = 10.0


def server_configuration(*, port: int, password: str, folder: Path) -> str:
    """Write the configuration of Valkey and Redis, for stdin: arguments are public, files need guarding.

    A snapshot keeps the streams over a restart. A failed one stops no write: SQL is the truth, and this is
    transport.
    """
    lines = {
        "bind": LOOPBACK,
        "port": port,
        "requirepass": password,
        "dir": _quoted(folder),
        "dbfilename": "bus.rdb",
        "save": "30 1",
        "stop-writes-on-bgsave-error": "no",
        "appendonly": "no",
        "maxmemory": "512mb",
        "maxmemory-policy": "noeviction",
    }
    return "".join(f"{key} {value}\n" for key, value in lines.items())


def _quoted(folder: Path) -> str:
    escaped = str(folder).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def dragonfly_command(binary: Path, *, port: int, folder: Path) -> list[str]:
    """Dragonfly takes flags; its password comes from the environment, which is as private as stdin."""
    flags = {
        "bind": LOOPBACK,
        "port": port,
        "dir": folder,
        "dbfilename": "bus",
        "snapshot_cron": "* * * * *",
        "proactor_threads": 1,
        "maxmemory": "512mb",
        "version_check": "false",
        "logtostderr": "true",
    }
    return [str(binary), *(f"--{flag}={value}" for flag, value in flags.items())]


class BusServer:
    """A running server. `kill` or `stop` it and `restart` it: port, password and data folder stay the same.

    Start it from the main thread (see `processes`). It dies with this process.
    """

    def __init__(self, binary: Path, folder: Path, port: int, password: SecretStr, log: Path) -> None:
        self.binary, self.folder, self.port, self.log = binary, folder, port, log
        self._password = password
        self.launch()

    @classmethod
    def start(
        cls,
        folder: Path,
        *,
        binary: Path | None = None,
        port: int = 0,
        password: SecretStr | None = None,
        log: Path | None = None,
    ) -> Self:
        """Start a server over `folder` and wait until it answers.

        `binary` defaults to the preferred one, `password` to a new random one, `log` to `bus.log` in the
        folder; port 0 means a free one. Raises ConfigurationError if there is no binary, and Unavailable if
        the server does not come up.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        server = cls(
            binary or choose_binary(),
            folder.resolve(),
            port or free_port(),
            password or SecretStr(secrets.token_urlsafe(32)),
            log or folder / "bus.log",
        )
        server.wait_ready()
        return server

    def launch(self) -> None:
        """Start the process, and do not wait for it. Raises OSError if the machine refuses."""
        self._process = self._spawn()

    def _spawn(self) -> subprocess.Popen[bytes]:
        password = self._password.get_secret_value()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STOCKBOT_")}
        if is_dragonfly(self.binary):
            environment["DFLY_requirepass"] = password
            command, stdin = dragonfly_command(self.binary, port=self.port, folder=self.folder), ""
        else:
            command = [str(self.binary), "-"]
            stdin = server_configuration(port=self.port, password=password, folder=self.folder)
        return processes.spawn(command, log=self.log, environment=environment, stdin=stdin.encode())

    @property
    def url(self) -> SecretStr:
        """Secret, because it holds the password."""
        return SecretStr(f"redis://:{self._password.get_secret_value()}@{LOOPBACK}:{self.port}/0")

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs; negative is the signal that ended it."""
        return self._process.poll()

    def wait_ready(self, timeout: float = READY_SECONDS) -> None:
        """Wait until it answers and has read its snapshot. Raises Unavailable with the end of its log."""
        deadline = time.monotonic() + timeout
        while not self.answers():
            if self.exit_code() is not None or time.monotonic() > deadline:
                self.kill()
                end = last_lines(self.log)
                raise Unavailable(f"{self.binary.name} did not start; its log {self.log} ends:\n{end}")
            time.sleep(0.01)

    def answers(self) -> bool:
        """Tell whether it runs, accepts our password and has read its snapshot."""
        if self.exit_code() is not None:
            return False
        client = redis.Redis.from_url(
            self.url.get_secret_value(), protocol=2, socket_timeout=1, retry=Retry(NoBackoff(), 0)
        )
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def terminate(self) -> None:
        """SIGTERM, without waiting."""
        self._process.terminate()

    def stop(self, timeout: float = STOP_SECONDS) -> None:
        """SIGTERM: it writes a snapshot and ends. SIGKILL after `timeout` seconds."""
        processes.stop(self._process, timeout)

    def kill(self) -> None:
        """SIGKILL: what came after the last snapshot is lost."""
        processes.kill(self._process)

    def restart(self) -> None:
        """Start it again after `stop`, `kill` or a crash. Raises Unavailable if it does not come up."""
        self.launch()
        self.wait_ready()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
