"""A real Execution Engine in a process of its own, with a Risk Guardian's tables and outbox in the test's hand."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from prometheus_client import CollectorRegistry
from sqlalchemy import Connection, select
from tests.services.execution_engine.conftest import approved, decision_row
from tests.services.risk_guardian.risk_process import PATIENCE, SOON, answered, cancelled, until

from stockbot.codec import decode
from stockbot.events.streams import APPROVALS, ORDERS, alive_key
from stockbot.events.trading import OrderApproved, OrderUpdate
from stockbot.execution_engine.main import PACKAGE
from stockbot.execution_engine.tables import OUTBOX, PREFIX
from stockbot.local import processes
from stockbot.local.ports import LOOPBACK, free_port
from stockbot.risk_guardian.main import PACKAGE as RISK_PACKAGE
from stockbot.risk_guardian.tables import DECISIONS
from stockbot.risk_guardian.tables import OUTBOX as RISK_OUTBOX
from stockbot.risk_guardian.tables import PREFIX as RISK_PREFIX
from stockbot.runtime import migrations
from stockbot.runtime.auth import Role, token_record, write_tokens
from stockbot.runtime.bus import Bus
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.database import Database
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.outbox import Writer
from stockbot.runtime.relay import Relay
from stockbot.runtime.supervise import keep_running
from stockbot.testing import gateway_process
from stockbot.testing.alpaca.api import KEY_ID, SECRET_KEY

__all__ = ["PATIENCE", "EngineProcess", "World", "until", "world"]

RISK = "risk-guardian/0"
TOKEN = "sbt_of-an-admin-in-a-test"  # noqa: S105 - opens nothing but this process
LIFE = timedelta(seconds=10)


@dataclass(kw_only=True)
class EngineProcess:
    """One process; `holder` names it in the lease. Starts with `start`. With `alpaca` it trades at that address."""

    folder: Path
    bus_url: str
    database_url: str
    holder: str = "one"
    alpaca: str | None = None
    endpoints: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    def start(self) -> None:
        """Start and do not wait; after `kill` it starts again on the same port."""
        document = self.folder / f"engine-{self.holder}.yaml"
        head = {
            "apiVersion": "stockbot.dev/v1alpha1",
            "kind": "TradingService",
            "metadata": {"name": "execution-engine"},
        }
        spec = {"type": "ExecutionEngine", "executionEngine": {"broker": self._broker()}}
        document.write_text(json.dumps({**head, "spec": spec}))
        tokens = self.folder / "tokens.json"
        write_tokens(tokens, [token_record("anna", Role.ADMIN, TOKEN)])
        mine = {
            "STOCKBOT_BUS_URL": self.bus_url,
            "STOCKBOT_DATABASE_URL": self.database_url,
            "STOCKBOT_PORT": str(self.port),
            "STOCKBOT_TOKENS_FILE": str(tokens),
            "STOCKBOT_TOKEN": gateway_process.TOKEN,
            "STOCKBOT_LEASE_SECONDS": "0.6",
            "STOCKBOT_SEND_SECONDS": "2",
            "STOCKBOT_RECONCILE_SECONDS": "0.5",
            "STOCKBOT_INSTANCE": self.holder,
            "STOCKBOT_ENDPOINTS": json.dumps(dict(self.endpoints)),
            "STOCKBOT_SECRET_ALPACA_KEY": KEY_ID,
            "STOCKBOT_SECRET_ALPACA_SECRET": SECRET_KEY,
        }
        command = [sys.executable, "-m", "stockbot", "serve", str(document)]
        self.process: subprocess.Popen[bytes] = processes.spawn(
            command, log=self.log, environment={**os.environ, **mine}
        )

    @property
    def log(self) -> Path:
        return self.folder / f"engine-{self.holder}.log"

    def kill(self) -> None:
        processes.kill(self.process)

    def client(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{self.port}", headers=headers, trust_env=False)

    async def until_ready(self, *, ready: bool = True) -> httpx.Response:
        wanted = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        async with self.client() as client:
            return await answered(client, "/readyz", lambda answer: answer.status_code == wanted)

    def _broker(self) -> dict[str, Any]:
        if self.alpaca is None:
            return {"type": "Paper", "paper": {"latencyMilliseconds": 0, "slippage": "0", "maxShareOfVolume": "1"}}
        keys = {
            "keyId": {"secretRef": {"name": "alpaca", "key": "key"}},
            "secretKey": {"secretRef": {"name": "alpaca", "key": "secret"}},
        }
        return {"type": "Alpaca", "alpaca": {**keys, "mode": "Paper", "baseUrl": self.alpaca}}


@dataclass
class World:
    """What surrounds the engine: risk's decisions and approvals out of an outbox, and risk's heartbeat."""

    bus: Bus
    database: Database
    produced: int = 0
    burst: int = 3
    is_alive: bool = True

    def __post_init__(self) -> None:
        self._writer = Writer(RISK_OUTBOX, RISK)
        self._relay = Relay(
            self.bus,
            self.database,
            RISK_OUTBOX,
            stream=APPROVALS,
            source=RISK,
            new_incarnation=lambda: uuid4().hex,
        )

    async def prepare(self) -> None:
        """The Risk Guardian's tables, and the engine's."""
        await migrations.upgrade(self.database, PACKAGE, PREFIX)
        await migrations.upgrade(self.database, RISK_PACKAGE, RISK_PREFIX)
        await self.database.run(lambda c: self._writer.open(c, APPROVALS, uuid4().hex))

    async def beat(self) -> None:
        """Risk's heartbeat: the step of a background loop."""
        if self.is_alive:
            await self.bus.commands.set(alive_key(RISK), b"1", px=15_000)
        await self.bus.clock.sleep(0.3)

    async def approve(self, count: int = 1, **changes: Any) -> None:
        """Decide so many signals: row and event in one transaction."""
        await self.database.run(partial(self._commit, count=count, changes=changes))
        self._relay.wake()

    async def load(self) -> None:
        """A burst of approvals, and a short pause: the step of a background loop."""
        await self.approve(self.burst)
        await self.bus.clock.sleep(0.2)

    @asynccontextmanager
    async def running(self, *steps: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """Heartbeat and relay run, and `steps` beside them."""
        loops = [
            asyncio.create_task(
                keep_running("loop", step, clock=self.bus.clock, metrics=self.bus.metrics, backoff=SOON)
            )
            for step in (self.bus.watch, self._relay.step, self.beat, *steps)
        ]
        try:
            yield
        finally:
            await cancelled(loops)

    async def updates(self) -> list[OrderUpdate]:
        """Every ORDER_UPDATE in the engine's outbox, in order."""
        events = OUTBOX.events
        statement = select(events.c.event).where(events.c.stream == ORDERS).order_by(events.c.sequence)
        found = await self.database.read(lambda c: [decode(bytes(row.event)) for row in c.execute(statement)])
        return [event for event in found if isinstance(event, OrderUpdate)]

    def _commit(self, connection: Connection, count: int, changes: dict[str, Any]) -> None:
        now = self.bus.clock.now()
        batch: list[OrderApproved] = [
            approved(self.produced + number, at=now, **changes) for number in range(1, count + 1)
        ]
        connection.execute(DECISIONS.insert(), [decision_row(event) for event in batch])
        self._writer.append(connection, APPROVALS, batch, now)
        self.produced += count


@asynccontextmanager
async def world(bus_url: str, database_url: str) -> AsyncIterator[World]:
    """A world on an own connection to bus and database."""
    bus = Bus(bus_url, clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
    database = Database.open(database_url)
    made = World(bus, database)
    await made.prepare()
    try:
        yield made
    finally:
        await bus.close()
        await database.close()
