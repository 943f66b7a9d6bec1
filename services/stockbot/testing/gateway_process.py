"""A real gateway in a process of its own: `stockbot serve` over a document, a bus and a database.

For tests of faults, of the console and for the bench. Start it from the main thread; it dies with this process.

    async with running_gateway(gateway_document(tmp_path, interval=0.2), tmp_path) as gateway:
        await gateway.ready()
        quotes = (await gateway.get("/api/v1/quotes")).json()["items"]
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from stockbot.local import processes
from stockbot.local.bus_server import BusServer
from stockbot.local.ports import LOOPBACK, free_port
from stockbot.runtime.auth import Role, token_record, write_tokens

TOKEN = "sbt_of-a-viewer-in-a-test"  # noqa: S105 - opens nothing but this process
BEARER = {"Authorization": f"Bearer {TOKEN}"}
PATIENCE = 60.0  # seconds until waiting is given up; nobody waits so long when all is well
POLL_SECONDS = 0.02
DEMO: Mapping[str, Any] = {"name": "demo", "type": "Demo"}


def gateway_document(
    folder: Path,
    *,
    providers: Sequence[Mapping[str, Any]] = (DEMO,),
    symbols: Sequence[str] = ("AAPL", "MSFT"),
    symbol_sets: Sequence[Mapping[str, Any]] = (),
    interval: float = 5.0,
    stale_after: float = 30.0,
    replicas: int = 1,
) -> Path:
    """Write a document and return its path; without `symbol_sets` one set, `stocks`, asks all `providers`."""
    stocks = {"name": "stocks", "symbols": symbols, "providers": [provider["name"] for provider in providers]}
    block = {
        "tickIntervalSeconds": interval,
        "staleAfterSeconds": stale_after,
        "providers": list(providers),
        "symbolSets": list(symbol_sets) or [stocks],
    }
    document = {
        "apiVersion": "stockbot.dev/v1alpha1",
        "kind": "TradingService",
        "metadata": {"name": "market-data-gateway"},
        "spec": {"type": "MarketDataGateway", "replicas": replicas, "marketDataGateway": block},
    }
    path = folder / "gateway.yaml"
    path.write_text(json.dumps(document))
    return path


@dataclass(kw_only=True)
class GatewayProcess:
    """One shard over `bus_url`; without a `database_url` its SQLite file lies in `folder`. Starts with `start`."""

    document: Path
    folder: Path
    bus_url: str
    database_url: str = ""
    shard: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    def start(self) -> None:
        """Start the process and do not wait; after `stop` or `kill` it starts again on the same port."""
        tokens = self.folder / "tokens.json"
        write_tokens(tokens, [token_record("test", Role.VIEWER, TOKEN)])
        mine = {
            "STOCKBOT_BUS_URL": self.bus_url,
            "STOCKBOT_DATABASE_URL": self.database_url or f"sqlite:///{self.folder}/stockbot.db",
            "STOCKBOT_PORT": str(self.port),
            "STOCKBOT_SHARD": str(self.shard),
            "STOCKBOT_TOKENS_FILE": str(tokens),
            "STOCKBOT_DATA_DIR": str(self.folder),
        }
        self._run(["serve", str(self.document)], {**os.environ, **mine, **self.environment})
        self._client = httpx.AsyncClient(base_url=self.url, headers=BEARER, trust_env=False, timeout=PATIENCE)

    def _run(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        command = [sys.executable, "-m", "stockbot", *arguments]
        self._process = processes.spawn(command, log=self.log, environment=environment)

    def _kill(self) -> None:
        processes.kill(self._process)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / f"gateway-{self.shard}.log"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        return self._process

    def is_running(self) -> bool:
        return self._process.poll() is None

    def logged(self, message: str) -> list[dict[str, Any]]:
        """Return the entries of the log so far that say `message`."""
        entries = (json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{"))
        return [entry for entry in entries if entry["message"] == message]

    async def get(self, path: str, **parameters: str) -> httpx.Response:
        return await self._client.get(path, params=parameters or None)

    async def until(self, path: str, holds: Callable[[httpx.Response], bool]) -> httpx.Response:
        """Ask again and again until the answer is as `holds` wants it; TimeoutError with the last answer."""
        deadline, last = time.monotonic() + PATIENCE, "no answer"
        while time.monotonic() < deadline and self.is_running():
            try:
                answer = await self.get(path)
            except httpx.TransportError as error:
                last = repr(error)
            else:
                if holds(answer):
                    return answer
                last = answer.text
            await asyncio.sleep(POLL_SECONDS)
        raise TimeoutError(f"{path} answered at last: {last[:2000]}; log: {self.log.read_text()[-4000:]}")

    async def ready(self) -> httpx.Response:
        return await self.until("/readyz", lambda answer: answer.status_code == HTTPStatus.OK)

    async def not_ready(self, check: str) -> str:
        """Wait until /readyz says no because of `check`, and return its reason."""
        answer = await self.until("/readyz", lambda answer: reason_of(answer, check) is not None)
        return str(reason_of(answer, check))

    def websocket(self, path: str) -> connect:
        """A connection to be entered with `async with`."""
        return connect(f"ws://{LOOPBACK}:{self.port}{path}", additional_headers=BEARER, proxy=None)

    async def stop(self) -> int:
        """SIGTERM; return the exit code."""
        self._process.terminate()
        return await asyncio.to_thread(self._process.wait, PATIENCE)

    async def close(self) -> None:
        """End it whatever its state."""
        self._kill()
        await self._client.aclose()


def reason_of(answer: httpx.Response, check: str) -> str | None:
    """Return why the named check of a /readyz answer fails; None where it does not."""
    return next((each["reason"] for each in answer.json()["checks"] if each["name"] == check and not each["ok"]), None)


@asynccontextmanager
async def running_gateway(
    document: Path, folder: Path, *, bus: BusServer | None = None, database_url: str = "", **environment: str
) -> AsyncIterator[GatewayProcess]:
    """Start a gateway, on an embedded bus of its own unless one is given, and end both afterwards."""
    own = BusServer.start(folder / "bus") if bus is None else None
    server = bus or own
    assert server is not None  # noqa: S101 - one of the two
    gateway = GatewayProcess(
        document=document,
        folder=folder,
        bus_url=server.url.get_secret_value(),
        database_url=database_url,
        environment=environment,
    )
    gateway.start()
    try:
        yield gateway
    finally:
        await gateway.close()
        if own is not None:
            own.kill()


async def next_message(client: ClientConnection) -> Any:
    """Return the next message of a WebSocket as JSON; TimeoutError if none comes."""
    async with asyncio.timeout(PATIENCE):
        return json.loads(await client.recv())
