"""The `alive` key: written only while this service's own loop runs and its database commits. Absent means gone.

The Execution Engine opens nothing new without the Risk Guardian's key, so the key must not outlive what it stands for.
"""

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import Column, Connection, MetaData, String, Table

from stockbot.errors import Unavailable
from stockbot.events.streams import alive_key
from stockbot.runtime.bus.connection import Bus, BusUnavailable, translated
from stockbot.runtime.columns import UtcDateTime
from stockbot.runtime.database import insert
from stockbot.runtime.storage import Transactions

EVERY_SECONDS = 5.0
RETRY_SECONDS = 1.0
LIFETIME_MILLISECONDS = 15_000

logger = structlog.stdlib.get_logger(__name__)


def heartbeat_table(metadata: MetaData, prefix: str) -> Table:
    """One row per process of the service: the proof that it can commit; its first migration creates it."""
    return Table(
        f"{prefix}heartbeats",
        metadata,
        Column("source", String(128), primary_key=True),
        Column("beat_at", UtcDateTime, nullable=False),
    )


class Alive:
    """Says every five seconds that `source` is alive, as long as `working` says so of the service's own loop."""

    def __init__(
        self, bus: Bus, database: Transactions, table: Table, source: str, *, working: Callable[[], bool]
    ) -> None:
        self._bus = bus
        self._database = database
        self._table = table
        self._source = source
        self._working = working

    async def step(self) -> None:
        """Commit, say so, and wait: the step of a background loop, which is tried again soon whatever is away."""
        pause = RETRY_SECONDS
        try:
            await self._say()
            pause = EVERY_SECONDS
        except BusUnavailable as error:
            await self._bus.lost(error)
            logger.warning("not said to be alive", source=self._source, reason=str(error))
        except Unavailable as error:
            logger.warning("not said to be alive", source=self._source, reason=str(error))
        await self._bus.clock.sleep(pause)

    async def _say(self) -> None:
        now = self._bus.clock.now()
        await self._database.run(lambda connection: self._commit(connection, now))
        if not self._working():
            raise Unavailable("the service's own loop does not work")
        with translated():
            await self._bus.commands.set(alive_key(self._source), now.isoformat(), px=LIFETIME_MILLISECONDS)
        self._bus.metrics.heartbeat_timestamp_seconds.labels(self._source).set(now.timestamp())

    def _commit(self, connection: Connection, now: datetime) -> None:
        statement = insert(connection, self._table).values(source=self._source, beat_at=now)
        connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_={"beat_at": now}))
