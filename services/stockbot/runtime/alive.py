"""The `alive` key: written only while this service's own loop runs and its database commits. Absent means gone.

The Execution Engine opens nothing new without the Risk Guardian's key, so the key must not outlive what it stands for.
"""

from datetime import datetime

from sqlalchemy import Column, Connection, MetaData, String, Table

from stockbot.events.streams import alive_key
from stockbot.runtime.bus.connection import Bus, translated
from stockbot.runtime.columns import UtcDateTime
from stockbot.runtime.database import insert
from stockbot.runtime.storage import Transactions

EVERY_SECONDS = 5.0
LIFETIME_MILLISECONDS = 15_000


def heartbeat_table(metadata: MetaData, prefix: str) -> Table:
    """One row per process of the service: the proof that it can commit; its first migration creates it."""
    return Table(
        f"{prefix}heartbeats",
        metadata,
        Column("source", String(128), primary_key=True),
        Column("beat_at", UtcDateTime, nullable=False),
    )


class Alive:
    """Says every five seconds that `source` is alive."""

    def __init__(self, bus: Bus, database: Transactions, table: Table, source: str) -> None:
        self._bus = bus
        self._database = database
        self._table = table
        self._source = source

    async def step(self) -> None:
        """Commit, say so, and wait: the step of a background loop. Raises Unavailable."""
        now = self._bus.clock.now()
        await self._database.run(lambda connection: self._commit(connection, now))
        with translated():
            await self._bus.commands.set(alive_key(self._source), now.isoformat(), px=LIFETIME_MILLISECONDS)
        await self._bus.clock.sleep(EVERY_SECONDS)

    def _commit(self, connection: Connection, now: datetime) -> None:
        statement = insert(connection, self._table).values(source=self._source, beat_at=now)
        connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_={"beat_at": now}))
