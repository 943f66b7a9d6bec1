"""Fills booked per second: order updates on a real bus, through the real worker, into the ledger on SQLite.

The updates are on the stream before the clock starts; it stops when the last batch is committed and acknowledged.
Some fills come twice, strategies and symbols mix, and positions grow, shrink and flip, so trades end as well.
"""

import asyncio
import statistics
import tempfile
import time
from decimal import Decimal
from functools import partial
from pathlib import Path

from msgspec.structs import replace
from prometheus_client import CollectorRegistry
from tests.bench.result import Result
from tests.services.portfolio_manager.conftest import ENGINE, engine_account
from tests.services.portfolio_manager.portfolio_process import random_fill

from stockbot.events.streams import ORDERS
from stockbot.local.bus_server import BusServer
from stockbot.model.ledger.days import Days
from stockbot.portfolio_manager.batch import Terms
from stockbot.portfolio_manager.books import Books
from stockbot.portfolio_manager.main import PACKAGE
from stockbot.portfolio_manager.manager import AT_ONCE, GROUP
from stockbot.portfolio_manager.openings import open_accounts
from stockbot.portfolio_manager.publisher import Publisher
from stockbot.portfolio_manager.series import Series
from stockbot.portfolio_manager.tables import DEAD_LETTERS, INBOX, LEASE, OUTBOX, PREFIX
from stockbot.runtime import migrations
from stockbot.runtime.bus import Bus, WorkReader, publish
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.database import Database
from stockbot.runtime.lease import Lease
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.outbox import Writer
from stockbot.runtime.program import leave_start_alone
from stockbot.runtime.worker import Worker

RUNS = 5
FILLS = 5_000
BUDGET = 1_500
SEED = 1
CASH = Decimal(10_000_000)


async def seconds(url: str, folder: Path) -> float:
    """Seconds until all fills are booked, each batch durable."""
    bus = Bus(url, clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
    database = Database.open(f"sqlite:///{folder}/stockbot.db")
    await bus.commands.flushdb()
    worker = await prepared(bus, database)
    updates = [random_fill(number, SEED) for number in range(1, FILLS + 1)]
    for first in range(0, FILLS, AT_ONCE):
        batch = [replace(update, incarnation="1.bench") for update in updates[first : first + AT_ONCE]]
        await publish(bus, ORDERS, batch, keep=2 * FILLS)
    started = time.perf_counter()
    while await database.read(booked) < FILLS:
        await worker.step()
    spent = time.perf_counter() - started
    await bus.close()
    await database.close()
    return spent


async def prepared(bus: Bus, database: Database) -> Worker:
    """The worker of the service, over its own tables, with an open account and the lease."""
    await migrations.upgrade(database, PACKAGE, PREFIX)
    await database.run(ENGINE.create_all)
    publisher, lease = Publisher(Writer(OUTBOX, "portfolio-manager/0")), Lease(LEASE, "accounts", "bench")
    terms = Terms(now=bus.clock.now(), days=Days(), settlement_days=1)
    await database.run(publisher.open)
    await database.run(partial(engine_account, cash=CASH, settles=True))
    await database.run(lambda connection: open_accounts(connection, terms))
    await lease.acquire(database)
    books = Books(terms=lambda: terms, publisher=publisher, fence=lease.check, series=Series(CollectorRegistry()))
    return Worker(
        WorkReader(bus, ORDERS, GROUP, count=AT_ONCE),
        bus,
        database,
        inbox_table=INBOX,
        dead_letter_table=DEAD_LETTERS,
        handle=books.handle,
    )


def booked(connection: object) -> int:
    """The last order update that is booked."""
    statement = "SELECT through_sequence FROM portfolio_accounts"
    return int(connection.exec_driver_sql(statement).scalar_one())  # type: ignore[attr-defined] # a Connection


def fills_booked() -> list[Result]:
    """Fills booked into the ledger on SQLite, through the worker."""
    leave_start_alone()  # as every service does
    rates = []
    with tempfile.TemporaryDirectory() as folder, BusServer.start(Path(folder)) as server:
        url = server.url.get_secret_value()
        for run in range(RUNS):
            own = Path(folder) / f"run-{run}"
            own.mkdir()
            rates.append(FILLS / asyncio.run(seconds(url, own)))
    return [
        Result(
            what=f"ledger: fills booked, batches of {AT_ONCE}",
            measured=statistics.median(rates),
            unit="fills/s",
            budget=BUDGET,
        )
    ]
