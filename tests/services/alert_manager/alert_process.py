"""A real Alert Manager in a process of its own, a producer of alerts, and services that it watches."""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
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
from stockbot.local.ports import LOOPBACK
from stockbot.runtime.bus import Bus
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.database import Database
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.outbox import Writer, outbox_tables
from stockbot.runtime.relay import Relay
from stockbot.testing.fake_service import Answers, FakeService
from stockbot.testing.service_process import ServiceProcess, looping, until

PRODUCER = "market-data-gateway/0"
QUICK = Path(__file__).with_name("quick.py")

METADATA = MetaData()
OUTBOX = outbox_tables(METADATA, "producer_")


class Watchable(FakeService):
    """A service that answers /readyz as a test wants."""

    def answers(self) -> Answers:
        return {}


@dataclass(kw_only=True)
class AlertProcess(ServiceProcess):
    """An Alert Manager; `channels` are addresses by name, all of which hear of everything."""

    channels: Mapping[str, str] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    block: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    def spec(self) -> Mapping[str, Any]:
        return {"type": "AlertManager", "alertManager": self._block()}

    def command(self) -> Sequence[str]:
        return [str(QUICK)] if "QUIET_SECONDS" in self.environment else super().command()

    def surroundings(self) -> Mapping[str, str]:
        secrets = {f"STOCKBOT_SECRET_CHANNELS_{name.upper()}": url for name, url in self.channels.items() if url}
        return {
            **secrets,
            "STOCKBOT_ENDPOINTS": json.dumps(self.endpoints),
            "STOCKBOT_WATCH_SECONDS": "0.3",
            "STOCKBOT_BACKBONE_SECONDS": "1.5",
            "STOCKBOT_RETRY_SECONDS": "0.3",
            "STOCKBOT_LOG_LEVEL": "debug",
            "NO_PROXY": LOOPBACK,
            **self.environment,
        }

    def _block(self) -> dict[str, Any]:
        declared = [
            {"name": name, "url": {"secretRef": {"name": "channels", "key": name}}, "maxPerMinute": 1000}
            for name in self.channels
        ]
        routes = [{"atLeast": "Info", "channels": list(self.channels)}] if self.channels else []
        return {"groupSeconds": 0, "quietAfterSeconds": 15, "channels": declared, "routes": routes, **self.block}

    async def items(self, path: str) -> list[dict[str, Any]]:
        """What a list of the API shows; empty while it does not answer."""
        async with self.client() as client:
            try:
                answer = await client.get(f"/api/v1/{path}")
            except httpx.TransportError:
                return []
        found: list[dict[str, Any]] = answer.json()["items"] if answer.status_code == HTTPStatus.OK else []
        return found


@contextmanager
def process(**how: Any) -> Iterator[AlertProcess]:
    made = AlertProcess(**how)
    made.start()
    try:
        yield made
    finally:
        made.kill()


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
        async with looping(self.bus, self.bus.watch, self._relay.step):
            yield

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
