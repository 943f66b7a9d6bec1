"""A real service in a process of its own, for tests of faults: started, killed, started again, asked over HTTP."""

import asyncio
import json
import os
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx

from stockbot.local import processes
from stockbot.local.ports import LOOPBACK, free_port
from stockbot.runtime.auth import Role, token_record, write_tokens
from stockbot.runtime.bus import Bus
from stockbot.runtime.supervise import Backoff, Step, keep_running
from stockbot.spec import ServiceType
from stockbot.testing.fork_server import Forked, ForkServer

TOKEN = "sbt_of-an-admin-in-a-test"  # noqa: S105 - opens nothing but such a process
PATIENCE = 60.0  # seconds until waiting is given up; nobody waits so long when all is well
SOON = Backoff(first=0.05, longest=0.3)


@dataclass(kw_only=True)
class ServiceProcess(ABC):
    """One process; `holder` names it in the lease, `forks` starts it fast. Starts with `start`."""

    folder: Path
    bus_url: str
    database_url: str
    holder: str = "one"
    forks: ForkServer | None = None
    port: int = field(default_factory=free_port)
    _running: subprocess.Popen[bytes] | Forked | None = field(default=None, init=False, repr=False)

    @abstractmethod
    def spec(self) -> Mapping[str, Any]:
        """Return the document's spec."""

    def surroundings(self) -> Mapping[str, str]:
        """Return the variables that this service has beside those of all."""
        return {}

    def command(self) -> Sequence[str]:
        """Return what runs a document: Python's arguments before it."""
        return ("-m", "stockbot", "serve")

    def start(self) -> None:
        """Start and do not wait; after `kill` it starts again on the same port."""
        environment = {**os.environ, **self._common(), **self.surroundings()}
        document = str(self._write_document())
        if self.forks is None:
            command = [sys.executable, *self.command(), document]
            self._running = processes.spawn(command, log=self.log, environment=environment)
        else:
            self._running = self.forks.spawn(["serve", document], log=self.log, environment=environment)

    def kill(self) -> None:
        """SIGKILL, and wait for its end."""
        if isinstance(self._running, Forked):
            self._running.kill()
        elif self._running is not None:
            processes.kill(self._running)

    def stop(self) -> int:
        """SIGTERM; return the exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert isinstance(self._running, subprocess.Popen)  # noqa: S101 - a forked one has none
        return self._running

    @property
    def log(self) -> Path:
        return self.folder / f"{self._name}-{self.holder}.log"

    def client(self) -> httpx.AsyncClient:
        headers, url = {"Authorization": f"Bearer {TOKEN}"}, f"http://{LOOPBACK}:{self.port}"
        return httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=30)

    async def until_ready(self, *, ready: bool = True) -> httpx.Response:
        wanted = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        async with self.client() as client:
            return await answered(client, "/readyz", lambda answer: answer.status_code == wanted)

    @property
    def _name(self) -> str:
        return ServiceType(self.spec()["type"]).field.replace("_", "-")

    def _write_document(self) -> Path:
        document = self.folder / f"{self._name}-{self.holder}.json"
        head = {"apiVersion": "stockbot.dev/v1alpha1", "kind": "TradingService", "metadata": {"name": self._name}}
        document.write_text(json.dumps({**head, "spec": self.spec()}))
        return document

    def _common(self) -> Mapping[str, str]:
        tokens = self.folder / "tokens.json"
        write_tokens(tokens, [token_record("anna", Role.ADMIN, TOKEN)])
        return {
            "STOCKBOT_BUS_URL": self.bus_url,
            "STOCKBOT_DATABASE_URL": self.database_url,
            "STOCKBOT_PORT": str(self.port),
            "STOCKBOT_TOKENS_FILE": str(tokens),
            "STOCKBOT_LEASE_SECONDS": "0.6",
            "STOCKBOT_INSTANCE": self.holder,
        }


async def answered(client: httpx.AsyncClient, path: str, holds: Callable[[httpx.Response], bool]) -> httpx.Response:
    """Ask again and again until the answer is as wanted."""
    found: list[httpx.Response] = []

    async def ask() -> bool:
        try:
            found.append(await client.get(path))
        except httpx.TransportError:
            return False
        return holds(found[-1])

    await until(ask, f"{path} as wanted")
    return found[-1]


async def until(holds: Callable[[], Awaitable[bool]], what: str, patience: float = PATIENCE) -> None:
    """Wait for something; TimeoutError with its name if it never comes."""
    deadline = time.monotonic() + patience
    while not await holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"never happened: {what}")
        await asyncio.sleep(0.05)


@asynccontextmanager
async def looping(bus: Bus, *steps: Step) -> AsyncIterator[None]:
    """Keep the loops of these steps running beside the block."""
    loops = [
        asyncio.create_task(keep_running("loop", step, clock=bus.clock, metrics=bus.metrics, backoff=SOON))
        for step in steps
    ]
    try:
        yield
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
