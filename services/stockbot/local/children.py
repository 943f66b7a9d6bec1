"""What the supervisor supervises: a service over HTTP, or the bus server.

Each knows how to start, how to end and how to be asked.
"""

import asyncio
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import httpx

from stockbot.local import logs, processes
from stockbot.local.bus_server import STOP_SECONDS, BusServer
from stockbot.local.states import Readiness

READY_TIMEOUT_SECONDS = 2.0
BUS = "bus server"  # the space keeps it apart from every document's name
SILENT = Readiness(ready=False)


class Child(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def log(self) -> Path: ...

    @property
    def stop_seconds(self) -> float:
        """How long it may take to end after SIGTERM."""

    def start(self) -> None:
        """Start a process, the former one having ended. Raises OSError if the machine refuses."""

    def exit_code(self) -> int | None:
        """None while it runs; negative is the signal that ended it."""

    def terminate(self) -> None:
        """Send SIGTERM, if it runs."""

    def kill(self) -> None:
        """Send SIGKILL, if it runs, and wait for its end."""

    async def readiness(self) -> Readiness: ...


class ServiceProcess:
    """A service in a process of its own, asked over its /readyz."""

    def __init__(
        self,
        name: str,
        url: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        stop_seconds: float,
        client: httpx.AsyncClient,
    ) -> None:
        self.name, self.log, self.stop_seconds = name, log, stop_seconds
        self._ready_url = f"{url}/readyz"
        self._command, self._environment = command, environment
        self._client = client
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        logs.rotate(self.log)
        self._process = processes.spawn(self._command, log=self.log, environment=self._environment)

    def exit_code(self) -> int | None:
        return self._process.poll() if self._process else 0

    def terminate(self) -> None:
        if self._process:
            self._process.terminate()

    def kill(self) -> None:
        if self._process:
            processes.kill(self._process)

    async def readiness(self) -> Readiness:
        try:
            answer = await self._client.get(self._ready_url, timeout=READY_TIMEOUT_SECONDS)
        except httpx.HTTPError:
            return SILENT
        return readiness_in(answer)


def readiness_in(answer: httpx.Response) -> Readiness:
    """Read the answer of /readyz: the reasons of its failed checks, or what it works without."""
    try:
        content = answer.json()
        failed = "; ".join(_reason(check) for check in content["checks"] if not check["ok"])
        degraded = "; ".join(_reason(check) for check in content["degraded"])
    except (ValueError, KeyError, TypeError):
        return Readiness(answer.is_success, "" if answer.is_success else f"/readyz says {answer.status_code}")
    return Readiness(answer.is_success, failed or degraded)


def _reason(check: Mapping[str, Any]) -> str:
    return f"{check['name']}: {check['reason']}"


class BusProcess:
    """The embedded bus server as a child: it keeps its port and password over restarts."""

    name = BUS

    def __init__(self, server: BusServer) -> None:
        self._server = server
        self.log, self.stop_seconds = server.log, STOP_SECONDS

    def start(self) -> None:
        """Start it, unless it runs: the first start is over before there is anything to supervise."""
        if self._server.exit_code() is not None:
            self._server.launch()

    def exit_code(self) -> int | None:
        return self._server.exit_code()

    def terminate(self) -> None:
        self._server.terminate()

    def kill(self) -> None:
        self._server.kill()

    async def readiness(self) -> Readiness:
        return Readiness(ready=True) if await asyncio.to_thread(self._server.answers) else SILENT
