"""Two small programs on the real runtime, to be killed at will: one commits events, one takes them in.

python outbox_program.py produce|consume DATABASE_URL BUS_URL STOP_FILE
"""

import asyncio
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from uuid import uuid4

from prometheus_client import CollectorRegistry
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, func, select

from stockbot.events import AnyEvent
from stockbot.events.streams import ALERTS
from stockbot.runtime.bus import Bus, WorkReader
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.database import Database
from stockbot.runtime.dead_letters import dead_letter_table
from stockbot.runtime.inbox import inbox_table
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.outbox import Writer, outbox_tables
from stockbot.runtime.relay import Relay
from stockbot.runtime.supervise import Backoff, keep_running
from stockbot.runtime.worker import Worker
from stockbot.testing.events import service_alert

SOURCE = "producer/0"
METADATA = MetaData()
OUTBOX = outbox_tables(METADATA, "producer_")
INBOX = inbox_table(METADATA, "consumer_")
DEAD_LETTERS = dead_letter_table(METADATA, "consumer_")
CAUSES = Table("producer_causes", METADATA, Column("number", Integer, primary_key=True))
EFFECTS = Table(
    "consumer_effects",
    METADATA,
    Column("taken", Integer, primary_key=True, autoincrement=True),
    Column("event_id", String(128), nullable=False),
    Column("sequence", Integer, nullable=False),
)
PATIENCE = Backoff(first=0.05, longest=0.3)


def commit_cause_and_event(writer: Writer, connection: Connection) -> None:
    """One business fact and its event, in one transaction."""
    number = (connection.execute(select(func.max(CAUSES.c.number))).scalar() or 0) + 1
    connection.execute(CAUSES.insert().values(number=number))
    writer.append(connection, ALERTS, [service_alert(number, source=SOURCE)], SystemClock().now())


def take_effect(connection: Connection, events: Sequence[AnyEvent]) -> None:
    connection.execute(EFFECTS.insert(), [{"event_id": event.id, "sequence": event.sequence} for event in events])


async def produce(bus: Bus, database: Database, stop_file: Path) -> None:
    writer = Writer(OUTBOX, SOURCE)
    await database.run(lambda connection: writer.open(connection, ALERTS, uuid4().hex))
    relay = Relay(bus, database, OUTBOX, stream=ALERTS, source=SOURCE, new_incarnation=lambda: uuid4().hex)

    async def step() -> None:
        if not stop_file.exists():  # noqa: ASYNC240 - a test program may wait for its disk
            await database.run(partial(commit_cause_and_event, writer))
            relay.wake()
        await asyncio.sleep(0.002)

    await keep_all_running(bus, relay.step, step)


async def consume(bus: Bus, database: Database, _: Path) -> None:
    reader = WorkReader(bus, ALERTS, "consumer")
    worker = Worker(reader, bus, database, inbox_table=INBOX, dead_letter_table=DEAD_LETTERS, handle=take_effect)
    await keep_all_running(bus, worker.step)


async def keep_all_running(bus: Bus, *steps) -> None:  # type: ignore[no-untyped-def] # test program
    loops = [
        keep_running(f"loop {n}", step, clock=bus.clock, metrics=bus.metrics, backoff=PATIENCE)
        for n, step in enumerate((bus.watch, *steps))
    ]
    await asyncio.gather(*loops)


async def main(role: str, database_url: str, bus_url: str, stop_file: str) -> None:
    bus = Bus(bus_url, clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
    await {"produce": produce, "consume": consume}[role](bus, Database.open(database_url), Path(stop_file))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
