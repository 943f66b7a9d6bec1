"""A service's SQL behind its migration: transactions are refused until the tables are at the program's head.

The service comes up without its database, says so in /readyz, and goes on by itself once the database answers.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

import structlog
from sqlalchemy import Connection

from stockbot.errors import StockbotError, Unavailable
from stockbot.runtime import migrations
from stockbot.runtime.clock import Clock
from stockbot.runtime.database import Database

IDLE_SECONDS = 5.0
RETRY_SECONDS = 1.0

logger = structlog.stdlib.get_logger(__name__)

Result = TypeVar("Result")


class Transactions(Protocol):
    """What relay, worker, heartbeat and stores need of SQL: a database, or one behind its migration."""

    async def run(self, fn: Callable[[Connection], Result]) -> Result: ...

    async def read(self, fn: Callable[[Connection], Result]) -> Result: ...


class Storage:
    """`prepare(connection)` runs once after the migration, in a transaction of its own: rows that must be there."""

    def __init__(
        self,
        database: Database,
        package: str,
        prefix: str,
        *,
        clock: Clock,
        prepare: Callable[[Connection], None] = lambda connection: None,
    ) -> None:
        self._database = database
        self._package = package
        self._prefix = prefix
        self._clock = clock
        self._prepare = prepare
        self._problem: str | None = "the tables are not migrated yet"

    def trouble(self) -> str | None:
        """A check of readiness: what the migration said, else the last failure of the database; None if all is well."""
        return self._problem or self._database.health.failure

    async def run(self, fn: Callable[[Connection], Result]) -> Result:
        """One transaction, as `Database.run`; Unavailable before the migration."""
        self._check()
        return await self._database.run(fn)

    async def read(self, fn: Callable[[Connection], Result]) -> Result:
        """One transaction without the right to write; Unavailable before the migration."""
        self._check()
        return await self._database.read(fn)

    async def step(self) -> None:
        """Migrate if that is still to be done, and wait: the step of a background loop.

        A database that is away is tried again every second; what the migration itself raises comes out.
        """
        try:
            if self._problem is not None:
                await self._migrate()
        except Unavailable as error:
            logger.warning("the database is away", reason=str(error))
            await self._clock.sleep(RETRY_SECONDS)
        else:
            await self._clock.sleep(IDLE_SECONDS)

    async def _migrate(self) -> None:
        try:
            await migrations.upgrade(self._database, self._package, self._prefix)
            await self._database.run(self._prepare)
        except StockbotError as error:
            self._problem = str(error)
            raise
        except Exception as error:
            self._problem = f"the migration failed: {type(error).__name__}"
            raise
        self._problem = None

    def _check(self) -> None:
        if self._problem is not None:
            raise Unavailable(self._problem)
