"""A real Execution Engine in a process of its own, with a Risk Guardian's tables and outbox in the test's hand."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from prometheus_client import CollectorRegistry
from sqlalchemy import Connection, select
from tests.services.execution_engine.conftest import approved, decision_row

from stockbot.codec import decode
from stockbot.events.streams import APPROVALS, ORDERS, alive_key
from stockbot.events.trading import OrderApproved, OrderUpdate
from stockbot.execution_engine.main import PACKAGE
from stockbot.execution_engine.tables import OUTBOX, PREFIX
from stockbot.risk_guardian.main import PACKAGE as RISK_PACKAGE
from stockbot.risk_guardian.tables import DECISIONS
from stockbot.risk_guardian.tables import OUTBOX as RISK_OUTBOX
from stockbot.risk_guardian.tables import PREFIX as RISK_PREFIX
from stockbot.runtime import migrations
from stockbot.runtime.bus import Bus
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.database import Database
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.outbox import Writer
from stockbot.runtime.relay import Relay
from stockbot.testing import gateway_process
from stockbot.testing.alpaca.api import KEY_ID, SECRET_KEY
from stockbot.testing.service_process import ServiceProcess, looping

RISK = "risk-guardian/0"
LIFE = timedelta(seconds=10)


@dataclass(kw_only=True)
class EngineProcess(ServiceProcess):
    """An Execution Engine; with `alpaca` it trades at that address."""

    alpaca: str | None = None
    endpoints: Mapping[str, str] = field(default_factory=dict)

    def spec(self) -> Mapping[str, Any]:
        return {"type": "ExecutionEngine", "executionEngine": {"broker": self._broker()}}

    def surroundings(self) -> Mapping[str, str]:
        return {
            "STOCKBOT_TOKEN": gateway_process.TOKEN,
            "STOCKBOT_SEND_SECONDS": "2",
            "STOCKBOT_RECONCILE_SECONDS": "0.5",
            "STOCKBOT_ENDPOINTS": json.dumps(dict(self.endpoints)),
            "STOCKBOT_SECRET_ALPACA_KEY": KEY_ID,
            "STOCKBOT_SECRET_ALPACA_SECRET": SECRET_KEY,
        }

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
        async with looping(self.bus, self.bus.watch, self._relay.step, self.beat, *steps):
            yield

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
