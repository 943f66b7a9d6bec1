"""How many signals are decided a second, each durable: worker, desk and outbox over a real bus and SQLite.

The floor is measured in the same run: the same entries and rows of the same size by redis-py and sqlite3 alone.
"""

import asyncio
import sqlite3
import statistics
import tempfile
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace
from prometheus_client import CollectorRegistry
from sqlalchemy import func, select
from tests.bench.result import Result
from tests.services.risk_guardian.conftest import Parts, market, portfolio, signal

from stockbot.codec import encode
from stockbot.events.streams import FIELD, SIGNALS
from stockbot.events.trading import SignalGenerated
from stockbot.local.bus_server import BusServer
from stockbot.risk_guardian.guardian import AT_ONCE, GROUP
from stockbot.risk_guardian.tables import DEAD_LETTERS, DECISIONS, INBOX, METADATA
from stockbot.runtime.bus import Bus, WorkReader, connect
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.database import Database
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.program import leave_start_alone
from stockbot.runtime.worker import Worker
from stockbot.testing.databases import sqlite_url

RUNS = 5
DECIDED, TRADED = 2_000, 100  # signals of one run, and symbols
BILLION = Decimal(10) ** 9


def decisions_a_second() -> list[Result]:
    """Signals decided a second, all approved, beside the same rows and entries by sqlite3 and redis-py alone."""
    leave_start_alone()  # as every service does
    rates, floors = [], []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder, BusServer.start(Path(folder) / "bus") as server:
            url = server.url.get_secret_value()
            rates.append(DECIDED / asyncio.run(_decide(url, Path(folder))))
            floors.append(DECIDED / asyncio.run(_store(url, Path(folder) / "floor.db")))
    rate, floor = statistics.median(rates), statistics.median(floors)
    what = f"signals decided, {DECIDED:,} approved in {TRADED} symbols"
    return [
        Result(what=what, measured=rate, unit="decisions/s", budget=3_000),
        Result(what=f"{what}, beside raw rows and entries", measured=rate, floor=floor, unit="decisions/s"),
    ]


async def _decide(url: str, folder: Path) -> float:
    """Seconds in which the worker decides everything on the stream."""
    bus = Bus(url, clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
    database = Database.open(sqlite_url(folder))
    parts = await _parts(database)
    await _fill(url, [_event(number) for number in range(DECIDED)])
    worker = Worker(
        WorkReader(bus, SIGNALS, GROUP, count=AT_ONCE),
        bus,
        database,
        inbox_table=INBOX,
        dead_letter_table=DEAD_LETTERS,
        handle=parts.desk.handle,
    )
    counted, started = 0, time.perf_counter()
    while counted < DECIDED:
        await worker.step()
        counted = await database.read(lambda c: c.execute(select(func.count()).select_from(DECISIONS)).scalar_one())
    seconds = time.perf_counter() - started
    outcomes = await database.read(lambda c: c.execute(select(DECISIONS.c.outcome).distinct()).scalars().all())
    assert outcomes == ["approved"], f"not all were approved: {outcomes}"
    await bus.close()
    await database.close()
    return seconds


async def _parts(database: Database) -> Parts:
    """A desk with a rich account, many symbols and no limits that would be reached."""
    parts = Parts(database, market=market(SystemClock().now(), **{f"S{number}": "100" for number in range(TRADED)}))
    most = {"max_open_orders": 10**9, "max_orders_per_minute": 10**9, "max_orders_per_minute_per_strategy": 10**9}
    parts.limits = replace(parts.limits, max_position_notional=BILLION, max_gross_exposure=BILLION, **most)
    always = replace(parts.market.sessions["XNYS"], always_open=True)
    parts.market = replace(parts.market, sessions={"XNYS": always})
    await database.run(METADATA.create_all)
    await database.run(parts.publisher.open)
    assert await parts.lease.acquire(database)
    await parts.book(portfolio(1, 0, cash=BILLION))
    return parts


def _event(number: int) -> SignalGenerated:
    now = SystemClock().now()
    made = signal(
        number,
        at=now,
        symbol=f"S{number % TRADED}",
        strategy=f"strategy-{number % 4}",
        quantity=Decimal(1 + number % 3),
        reference_time=now - timedelta(minutes=1),
    )
    return replace(made, sequence=number + 1, incarnation="1.bench")


async def _fill(url: str, events: list[SignalGenerated]) -> None:
    client = connect(url)
    pipeline = client.pipeline(transaction=False)
    for event in events:
        pipeline.xadd(SIGNALS, {FIELD: encode(event)})
    await pipeline.execute()
    await client.aclose()


async def _store(url: str, file: Path) -> float:
    """Seconds for the same work without any decision: entries read, rows of that size committed, acknowledged."""
    client, seen = connect(url), 0
    await client.xgroup_create(SIGNALS, "floor", id="0", mkstream=True)
    rows = sqlite3.connect(file, isolation_level=None)
    rows.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
    rows.execute("CREATE TABLE decisions (number INTEGER PRIMARY KEY, id TEXT UNIQUE, signal TEXT UNIQUE, inputs BLOB)")
    rows.execute("CREATE TABLE outbox (sequence INTEGER PRIMARY KEY, event BLOB)")
    started = time.perf_counter()
    while seen < DECIDED:
        ((_, entries),) = await client.xreadgroup("floor", "0", {SIGNALS: b">"}, count=AT_ONCE, block=1000)
        documents = [(fields or {})[FIELD] for _, fields in entries]
        rows.execute("BEGIN IMMEDIATE")
        named = [(f"decision-{seen + n}", f"signal-{seen + n}", one * 4) for n, one in enumerate(documents)]
        rows.executemany("INSERT INTO decisions (id, signal, inputs) VALUES (?, ?, ?)", named)
        rows.executemany("INSERT INTO outbox (event) VALUES (?)", [(one * 2,) for one in documents])
        rows.execute("COMMIT")
        await client.xack(SIGNALS, "floor", *(entry_id for entry_id, _ in entries))
        seen += len(entries)
    seconds = time.perf_counter() - started
    rows.close()
    await client.aclose()
    return seconds
