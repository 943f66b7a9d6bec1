"""A real Alert Manager in a process of its own, a producer of alerts, and services that it watches."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from prometheus_client import CollectorRegistry
from sqlalchemy import Connection, MetaData

from stockbot.events.alerts import Alert, ServiceAlert, Severity
from stockbot.events.streams import ALERTS
from stockbot.local import processes
from stockbot.local.ports import LOOPBACK, free_port
from stockbot.runtime.auth import Role, token_record, write_tokens
from stockbot.runtime.bus import Bus
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.database import Database
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.outbox import Writer, outbox_tables
from stockbot.runtime.relay import Relay
from stockbot.runtime.supervise import Backoff, keep_running
from stockbot.testing.fake_service import Answers, FakeService

PRODUCER = "market-data-gateway/0"
TOKEN = "sbt_of-an-admin-in-a-test"  # noqa: S105 - opens nothing but this process
PATIENCE = 60.0  # seconds until waiting is given up; nobody waits so long when all is well
QUICK = Path(__file__).with_name("quick.py")
SOON = Backoff(first=0.05, longest=0.3)

METADATA = MetaData()
OUTBOX = outbox_tables(METADATA, "producer_")


class Watchable(FakeService):
    """A service that answers /readyz as a test wants."""

    def answers(self) -> Answers:
        return {}


@dataclass(kw_only=True)
class AlertProcess:
    """One process; `channels` are addresses by name, all of which hear of everything. Starts with `start`."""

    folder: Path
    bus_url: str
    database_url: str
    channels: Mapping[str, str] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    block: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    holder: str = "one"
    port: int = field(default_factory=free_port)

    def start(self) -> None:
        """Start and do not wait; after `kill` it starts again on the same port."""
        document = self.folder / "alerts.yaml"
        head = {"apiVersion": "stockbot.dev/v1alpha1", "kind": "TradingService", "metadata": {"name": "alert-manager"}}
        document.write_text(json.dumps({**head, "spec": {"type": "AlertManager", "alertManager": self._block()}}))
        tokens = self.folder / "tokens.json"
        write_tokens(tokens, [token_record("anna", Role.ADMIN, TOKEN)])
        secrets = {f"STOCKBOT_SECRET_CHANNELS_{name.upper()}": url for name, url in self.channels.items() if url}
        mine = {
            "STOCKBOT_BUS_URL": self.bus_url,
            "STOCKBOT_DATABASE_URL": self.database_url,
            "STOCKBOT_PORT": str(self.port),
            "STOCKBOT_TOKENS_FILE": str(tokens),
            "STOCKBOT_ENDPOINTS": json.dumps(self.endpoints),
            "STOCKBOT_LEASE_SECONDS": "0.6",
            "STOCKBOT_WATCH_SECONDS": "0.3",
            "STOCKBOT_BACKBONE_SECONDS": "1.5",
            "STOCKBOT_RETRY_SECONDS": "0.3",
            "STOCKBOT_INSTANCE": self.holder,
            "STOCKBOT_LOG_LEVEL": "debug",
            "NO_PROXY": LOOPBACK,
        }
        serve = [str(QUICK)] if "QUIET_SECONDS" in self.environment else ["-m", "stockbot", "serve"]
        command = [sys.executable, *serve, str(document)]
        self.process: subprocess.Popen[bytes] = processes.spawn(
            command, log=self.log, environment={**os.environ, **secrets, **mine, **self.environment}
        )

    def _block(self) -> dict[str, Any]:
        declared = [
            {"name": name, "url": {"secretRef": {"name": "channels", "key": name}}, "maxPerMinute": 1000}
            for name in self.channels
        ]
        routes = [{"atLeast": "Info", "channels": list(self.channels)}] if self.channels else []
        return {"groupSeconds": 0, "quietAfterSeconds": 15, "channels": declared, "routes": routes, **self.block}

    @property
    def log(self) -> Path:
        return self.folder / f"alerts-{self.holder}.log"

    def kill(self) -> None:
        processes.kill(self.process)

    def client(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        url = f"http://{LOOPBACK}:{self.port}"
        return httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=30)

    async def items(self, path: str) -> list[dict[str, Any]]:
        """What a list of the API shows; empty while it does not answer."""
        async with self.client() as client:
            try:
                answer = await client.get(f"/api/v1/{path}")
            except httpx.TransportError:
                return []
        found: list[dict[str, Any]] = answer.json()["items"] if answer.status_code == HTTPStatus.OK else []
        return found

    async def ready(self) -> None:
        async with self.client() as client:

            async def is_ready() -> bool:
                try:
                    return (await client.get("/readyz")).status_code == HTTPStatus.OK
                except httpx.TransportError:
                    return False

            await until(is_ready, "ready")


@contextmanager
def process(**how: Any) -> Iterator[AlertProcess]:
    made = AlertProcess(**how)
    made.start()
    try:
        yield made
    finally:
        made.kill()


async def until(holds: Callable[[], Awaitable[bool]], what: str, patience: float = PATIENCE) -> None:
    """Wait for something; TimeoutError with its name if it never comes."""
    deadline = time.monotonic() + patience
    while not await holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"never happened: {what}")
        await asyncio.sleep(0.05)


async def until_true(holds: Callable[[], bool], what: str) -> None:
    async def asked() -> bool:
        return holds()

    await until(asked, what)


@dataclass
class Producer:
    """A service that commits alerts to its outbox, and the relay that sends them."""

    bus: Bus
    database: Database

    def __post_init__(self) -> None:
        self._writer = Writer(OUTBOX, PRODUCER)
        self._relay = Relay(
            self.bus, self.database, OUTBOX, stream=ALERTS, source=PRODUCER, new_incarnation=lambda: uuid4().hex
        )

    async def prepare(self) -> None:
        await self.database.run(METADATA.create_all)
        await self.database.run(lambda c: self._writer.open(c, ALERTS, uuid4().hex))

    async def tell(self, *alerts: Alert) -> None:
        """Commit one event for each, in one transaction."""
        await self.database.run(partial(self._commit, alerts=alerts))
        self._relay.wake()

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[None]:
        loops = [
            asyncio.create_task(
                keep_running("loop", step, clock=self.bus.clock, metrics=self.bus.metrics, backoff=SOON)
            )
            for step in (self.bus.watch, self._relay.step)
        ]
        try:
            yield
        finally:
            await _cancelled(loops)

    def _commit(self, connection: Connection, alerts: Sequence[Alert]) -> None:
        now = self.bus.clock.now()
        events = [
            ServiceAlert(
                id=f"{alert.fingerprint}/{now.isoformat()}/{alert.resolved}",
                source=PRODUCER,
                time=now,
                subject=alert.fingerprint,
                correlationid=f"chain-{alert.fingerprint}",
                data=alert,
            )
            for alert in alerts
        ]
        self._writer.append(connection, ALERTS, events, now)


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    """End them all; again for one that lost its cancellation in `asyncio.wait_for`, as Python 3.11 can."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=1)


@asynccontextmanager
async def producer(bus_url: str, database_url: str) -> AsyncIterator[Producer]:
    """A producer that relays, on own connections to bus and database."""
    bus = Bus(bus_url, clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
    database = Database.open(database_url)
    made = Producer(bus, database)
    await made.prepare()
    try:
        async with made.relaying():
            yield made
    finally:
        await bus.close()
        await database.close()


def matter(name: str, *, severity: Severity = Severity.WARNING, resolved: bool = False) -> Alert:
    """An alert of its own kind, whose title names it."""
    return Alert(fingerprint=f"{name}/x", severity=severity, title=f"matter <{name}>", resolved=resolved)
