"""The platform of the fault suite: real services over documents, each a process that may be killed, paused or doubled.

They are started as `stockbot up` starts them, with the same documents and the same environment; only the broker is the
fake Alpaca, which outlives them all and remembers every order that ever reached it.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from stockbot.local import processes
from stockbot.local.credentials import issue
from stockbot.local.environment import Surroundings, account_of, environment_of, gateway_shards_of
from stockbot.local.ports import LOOPBACK, free_port
from stockbot.local.units import Unit, endpoints
from stockbot.spec import TradingService, read_document, secret_variable, write_document
from stockbot.testing.alpaca.api import KEY_ID, SECRET_KEY

ENGINE, RISK, BOOKS, ALERTS, GATEWAY = (
    "execution-engine",
    "risk-guardian",
    "portfolio-manager",
    "alert-manager",
    "market-data-gateway",
)
SYMBOLS = ("AAPL", "MSFT", "KO", "XOM")
LEASE_SECONDS = "2"
PROBE_SECONDS = 2.0
KEYS = {"keyId": KEY_ID, "secretKey": SECRET_KEY}


def documents(broker_url: str) -> list[TradingService]:
    """The five services that an order passes, over a market that beats twice a second."""
    demo = {"name": "demo", "type": "Demo"}
    stocks = {"name": "stocks", "symbols": list(SYMBOLS), "providers": ["demo"]}
    limits = {
        "maxOrdersPerMinute": 100_000,
        "maxOrdersPerMinutePerStrategy": 100_000,
        "maxOpenOrders": 10_000,
        "maxConsecutiveLosses": 1000,
        "maxDailyLoss": "1",
        "maxDrawdown": "1",
        "maxStrategyLoss": "1",
    }
    keys = {name: {"secretRef": {"name": "alpaca", "key": name}} for name in KEYS}
    alpaca = {"type": "Alpaca", "alpaca": {**keys, "mode": "Paper", "baseUrl": broker_url}}
    return [
        _document(
            GATEWAY,
            "MarketDataGateway",
            marketDataGateway={"tickIntervalSeconds": 0.5, "providers": [demo], "symbolSets": [stocks]},
        ),
        _document(RISK, "RiskGuardian", riskGuardian={"limits": limits}),
        _document(ENGINE, "ExecutionEngine", executionEngine={"broker": alpaca}),
        _document(BOOKS, "PortfolioManager", portfolioManager={"equitySampleSeconds": 1}),
        _document(ALERTS, "AlertManager", alertManager={"quietAfterSeconds": 15}),
    ]


def _document(name: str, service_type: str, **block: Any) -> TradingService:
    head = {"apiVersion": "stockbot.dev/v1alpha1", "kind": "TradingService", "metadata": {"name": name}}
    return read_document({**head, "spec": {"type": service_type, **block}}, name)


@dataclass(kw_only=True)
class Service:
    """One process. After `kill` it starts again as the same instance."""

    name: str
    url: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = processes.spawn(self.command, log=self.log, environment=self.environment)

    def kill(self) -> None:
        if self._process is not None:
            processes.kill(self._process)

    def stop(self) -> None:
        if self._process is not None:
            processes.stop(self._process, 20)

    def pause(self) -> None:
        """SIGSTOP to the process and its children: it neither works nor knows that time passes."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, number)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def why_not_ready(self, client: httpx.AsyncClient) -> str | None:
        """None where it is ready, else its reasons in one line."""
        try:
            answer = await client.get(f"{self.url}/readyz", timeout=PROBE_SECONDS)
        except httpx.TransportError as error:
            return f"{self.name}: {type(error).__name__}"
        failed = [f"{check['name']}: {check['reason']}" for check in answer.json()["checks"] if not check["ok"]]
        return f"{self.name}: {'; '.join(failed)}" if failed else None


@dataclass
class Services:
    """All five, by the names of their documents, and at times a second Execution Engine."""

    folder: Path
    bus_url: SecretStr
    database_url: str
    broker_url: str
    running: dict[str, Service] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._units = {
            document.metadata.name: Unit(document, shard=0, port=free_port(), is_built=True)
            for document in documents(self.broker_url)
        }
        units = list(self._units.values())
        tokens = self.folder / "tokens.json"
        self._credentials = issue(self._units, tokens_file=tokens, environment={})
        self._surroundings = Surroundings(
            bus_url=self.bus_url,
            database_url=SecretStr(self.database_url),
            data_dir=self.folder,
            tokens_file=tokens,
            endpoints=endpoints(units),
            account=account_of(units),
            gateway_shards=gateway_shards_of(units),
        )
        self.running = {unit.name: self._service(unit, unit.name) for unit in units}

    @property
    def account(self) -> str:
        return self._surroundings.account

    @property
    def admin(self) -> dict[str, str]:
        """The header that opens every API."""
        return {"Authorization": f"Bearer {self._credentials.admin.get_secret_value()}"}

    def start(self) -> None:
        for service in self.running.values():
            service.start()

    def kill(self) -> None:
        for service in self.running.values():
            service.go_on()
            service.kill()

    def stop(self) -> None:
        for service in self.running.values():
            service.go_on()
            service.stop()

    def second_engine(self) -> Service:
        """Another instance of the engine on a port of its own; it waits for the lease, or takes it over."""
        return self._service(replace(self._units[ENGINE], port=free_port()), "execution-engine-two")

    def url(self, name: str) -> str:
        return self.running[name].url

    async def why_not_ready(self, client: httpx.AsyncClient) -> list[str]:
        return [why for service in self.running.values() if (why := await service.why_not_ready(client)) is not None]

    def logs(self) -> Iterator[Path]:
        yield from sorted(self.folder.glob("*.log"))

    def _service(self, unit: Unit, instance: str) -> Service:
        path = self.folder / f"{instance}.yaml"
        write_document(unit.document, path)
        secrets = {secret_variable("alpaca", key): value for key, value in KEYS.items()}
        environment = environment_of(
            unit,
            self._surroundings,
            token=self._credentials.processes[unit.name],
            inherited={**os.environ, **secrets},
        )
        own = {"STOCKBOT_INSTANCE": instance, "STOCKBOT_LEASE_SECONDS": LEASE_SECONDS}
        return Service(
            name=instance,
            url=f"http://{LOOPBACK}:{unit.port}",
            command=[sys.executable, "-m", "stockbot", "serve", str(path)],
            environment=environment | own,
            log=self.folder / f"{instance}.log",
        )


def backup(database: Path, to: Path) -> None:
    """A copy of a SQLite file as an operator would take it: of the committed state, while everything runs."""
    with sqlite3.connect(database) as source, sqlite3.connect(to) as target:
        source.backup(target)


def restore(database: Path, old: Path) -> None:
    """Put an older file in the place of a database; who has the present one open finds another file there."""
    fresh = database.with_name("restored.db")
    shutil.copyfile(old, fresh)
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    fresh.replace(database)
