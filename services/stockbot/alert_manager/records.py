"""Where alerts are kept: SQL, and memory while SQL is away, so that people hear that it is.

What was done in memory is a journal of transactions, done again in SQL as one once it is back: all of them bear that.
The memory is a database of the same tables, so that nothing has to be written twice.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy import Connection, StaticPool, create_engine
from sqlalchemy.exc import OperationalError, ProgrammingError

from stockbot.alert_manager.tables import METADATA
from stockbot.errors import ConfigurationError, Unavailable
from stockbot.runtime.clock import Clock
from stockbot.runtime.database import Database, Transaction
from stockbot.runtime.lease import Lease, LeaseLost
from stockbot.runtime.storage import Storage

Result = TypeVar("Result")
Write = Callable[[Connection], bool]

PATIENCE_SECONDS = 8.0  # a server that hangs counts as away
LONGEST_JOURNAL = 10_000
HOLDING = (Unavailable, ConfigurationError, LeaseLost)  # nobody's fault but the surroundings'

logger = structlog.stdlib.get_logger(__name__)


class Records:
    """`run` and `read` answer in any case; `away` says in words why memory does, None while SQL does."""

    def __init__(self, storage: Storage, lease: Lease, clock: Clock) -> None:
        self.away: str | None = None
        self._storage = storage
        self._lease = lease
        self._clock = clock
        self._journal: list[Write] = []
        self._memory: Database | None = None
        self._turn = asyncio.Lock()

    @property
    def may_act(self) -> bool:
        """Whether this process is the one that acts: it holds the lease, or nobody can tell who does."""
        return self._lease.held() or self.away is not None

    @property
    def waiting(self) -> int:
        """How many transactions wait in memory for SQL."""
        return len(self._journal)

    async def run(self, write: Write) -> bool:
        """One transaction under the lease; it says whether it changed anything. Raises LeaseLost."""
        if self.away is None:
            try:
                return await self._in_sql(self._storage.run, lambda connection: self._fenced(connection, [write]))
            except (Unavailable, ConfigurationError) as error:
                self._leave(str(error))
        async with self._turn:
            if self.away is not None:
                return await self._in_memory(write)
        return await self.run(write)

    async def read(self, fn: Transaction[Result]) -> Result:
        """One transaction without the right to write: of what is in memory while SQL is away."""
        if self.away is None:
            try:
                return await self._in_sql(self._storage.read, fn)
            except (Unavailable, ConfigurationError) as error:
                self._leave(str(error))
        async with self._turn:
            if self.away is not None:
                return await (await self._open_memory()).read(fn)
        return await self.read(fn)

    async def notice(self) -> None:
        """Find out whether SQL is away: for a process without the lease, which may have run out because it is."""
        await self.read(lambda connection: None)

    async def come_back(self) -> bool:
        """Try SQL again, and do there what was done in memory; whether it is back. Raises LeaseLost."""
        try:
            await self._replay()
            async with self._turn:  # nothing is done in memory while the last of it is done again
                if self._journal:
                    await self._replay()
                await self._forget_memory()
                self.away = None
        except LeaseLost:
            self.away = None  # it answers, and another process acts
            raise
        except (Unavailable, ConfigurationError) as error:
            self._leave(str(error))
        return self.away is None

    async def close(self) -> None:
        await self._forget_memory()

    async def _in_sql(self, act: Callable[[Transaction[Result]], Awaitable[Result]], fn: Transaction[Result]) -> Result:
        """In SQL, or Unavailable: also where it does not answer in time, and then the outcome is not known."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await act(fn)
        except TimeoutError:
            raise Unavailable(f"the database has not answered for {PATIENCE_SECONDS:g} s") from None
        except (OperationalError, ProgrammingError) as error:  # a file in its place that lacks our tables
            raise Unavailable(f"the database is not the one it was: {error.orig}") from error

    def _fenced(self, connection: Connection, writes: Sequence[Write]) -> bool:
        self._lease.check(connection)
        changed = [write(connection) for write in writes]
        return any(changed)

    async def _replay(self) -> None:
        journal = list(self._journal)
        try:
            await self._in_sql(self._storage.run, lambda connection: self._fenced(connection, journal))
        except HOLDING:
            raise
        except Exception:
            logger.exception("what was done in memory cannot be done again as one")
            await self._replay_singly(journal)
        del self._journal[: len(journal)]
        logger.info("alerts are kept in the database again", replayed=len(journal))

    async def _replay_singly(self, journal: Sequence[Write]) -> None:
        """One transaction that the database does not take must not keep all others, and those to come, in memory."""
        for write in journal:
            try:
                await self._in_sql(self._storage.run, partial(self._fenced, writes=[write]))
            except HOLDING:
                raise
            except Exception:
                logger.exception("a transaction in memory was given up")

    def _leave(self, reason: str) -> None:
        if self.away is None:
            logger.warning("alerts are kept in memory: the database is away", reason=reason)
        self.away = reason

    async def _in_memory(self, write: Write) -> bool:
        changed = await (await self._open_memory()).run(write)
        if changed and len(self._journal) < LONGEST_JOURNAL:
            self._journal.append(write)
        return changed

    async def _open_memory(self) -> Database:
        if self._memory is None:
            engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
            self._memory = Database(engine, self._clock.monotonic)
            self._memory.call(METADATA.create_all)  # in memory, so nobody waits
        return self._memory

    async def _forget_memory(self) -> None:
        memory, self._memory = self._memory, None
        if memory is not None:
            await memory.close()
