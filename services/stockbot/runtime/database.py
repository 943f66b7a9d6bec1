"""The one way to SQL: whole transactions, one after the other, in the one database thread of the process.

Used by every service's store, by the outbox, the inbox and the lease, and by `stockbot db`. A store is a
set of functions that take a connection first; `await db.run(partial(store.book, fill=fill))` runs one of
them:

    db = Database.open("sqlite:////var/lib/stockbot/stockbot.db")
    order = await db.run(lambda connection: store.order(connection, order_id))

Many statements in one `run` cost one hop to the thread and one commit. The function gets no time and no ids
of its own: what it needs is passed in.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from stockbot.errors import ConfigurationError, StockbotError, Unavailable
from stockbot.runtime.engine import MIGRATE, READ, WRITE, Mode, begin, engine_for, place

Result = TypeVar("Result")
Transaction = Callable[[Connection], Result]

READ_ONLY = "25006"  # SQLSTATE; in a transaction that may write: the server was demoted to a standby
LOST_SESSION = {READ_ONLY, "25P03"}  # 25P03: the server ended a transaction that was left open for too long
SQLITE_CANNOT = {
    sqlite3.SQLITE_BUSY: "is locked by another process for too long",
    sqlite3.SQLITE_LOCKED: "is locked",
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full",
    sqlite3.SQLITE_IOERR: "cannot be read or written",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_READONLY: "has become read-only",
    sqlite3.SQLITE_PERM: "refuses access",
    sqlite3.SQLITE_NOMEM: "has no memory left",
    sqlite3.SQLITE_PROTOCOL: "has lost its locks",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore a backup",
}


@dataclass(frozen=True)
class Health:
    """For readiness: the failure that no commit has followed, and the last commit in monotonic seconds."""

    failure: str | None = None
    committed_at: float | None = None


class Database:
    """Transactions on one SQLite file or one PostgreSQL database; safe to share by all tasks of a process."""

    def __init__(self, engine: Engine, monotonic: Callable[[], float]) -> None:
        self.place = place(engine.url)
        self.health = Health()
        self._monotonic = monotonic
        self._engines = {mode: _in_mode(engine, mode) for mode in (WRITE, READ, MIGRATE)}
        self._thread = ThreadPoolExecutor(1, "database")

    @classmethod
    def open(
        cls, url: str, *, application_name: str = "stockbot", monotonic: Callable[[], float] = time.monotonic
    ) -> "Database":
        """Check the URL and make ready; the first transaction connects.

        Raises ConfigurationError where a person must mend the URL, the folder or the installation.
        """
        return cls(engine_for(url, application_name), monotonic)

    async def run(self, fn: Transaction[Result], mode: Mode = WRITE) -> Result:
        """Run `fn(connection)` in one transaction and return its result after the commit.

        An exception rolls everything back and comes out as it is; only what the database itself cannot do
        is translated: Unavailable (locked, full, gone; a later try may help) or ConfigurationError. If the
        connection broke during the commit itself, Unavailable means that the outcome is not known: do it
        again by the same key.

        Cancelling: a transaction that waits for its turn never begins; one that has begun goes on to its
        commit or rollback in the thread, and everything run later, `close` as well, comes after it.
        """
        return await asyncio.wrap_future(self._submit(fn, mode))

    async def read(self, fn: Transaction[Result]) -> Result:
        """As `run`, without the right to write and, on SQLite, without waiting for any writer.

        All its statements see the same moment, whatever other processes commit meanwhile.
        """
        return await self.run(fn, READ)

    def call(self, fn: Transaction[Result], mode: Mode = WRITE) -> Result:
        """As `run`, blocking: for start-up and the command line, never in an event loop or a transaction."""
        return self._submit(fn, mode).result()

    async def close(self) -> None:
        """Finish what was submitted, then disconnect and end the thread."""
        await asyncio.wrap_future(self._thread.submit(self._engines[WRITE].dispose))
        self._thread.shutdown()

    def _submit(self, fn: Transaction[Result], mode: Mode) -> Future[Result]:
        return self._thread.submit(self._transact, fn, mode)

    def _transact(self, fn: Transaction[Result], mode: Mode) -> Result:
        try:
            with self._engines[mode].begin() as connection:
                begin(connection, mode)
                result = fn(connection)
        except DBAPIError as error:
            self._fail(error, mode)
            raise
        self.health = Health(None, self._monotonic())
        return result

    def _fail(self, error: DBAPIError, mode: Mode) -> None:
        """Raise what a failure of the database means here; return where the program made the mistake."""
        translated = None if mode.read_only and _is_read_only(error) else _translated(error, self.place)
        if translated is not None:
            self.health = Health(str(translated), self.health.committed_at)
            raise translated from error


def insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Begin an INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update` on both databases."""
    return insert_into(table, connection.dialect.name)


def insert_into(table: Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    """As `insert`, for a statement that is made once and kept."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def _in_mode(engine: Engine, mode: Mode) -> Engine:
    if mode.read_only and engine.dialect.name == "postgresql":
        return engine.execution_options(mode=mode, postgresql_readonly=True, isolation_level="REPEATABLE READ")
    return engine.execution_options(mode=mode)


def _translated(error: DBAPIError, place: str) -> StockbotError | None:
    """Name a failure of the database itself in this platform's errors; None for the program's mistakes."""
    if isinstance(error.orig, sqlite3.Error):
        return _translated_sqlite(error.orig, place)
    lost = error.connection_invalidated or _sqlstate(error) in LOST_SESSION
    if lost or isinstance(error, OperationalError | InterfaceError):
        return Unavailable(f"the database {place} does not serve: {_reason(error.orig)}")
    return None


def _translated_sqlite(error: sqlite3.Error, place: str) -> StockbotError | None:
    code = _sqlite_code(error)
    if code == sqlite3.SQLITE_NOTADB:
        return ConfigurationError(f"the file {place} is not a SQLite database; name another file or move it away")
    if code in SQLITE_CANNOT:
        return Unavailable(f"the database {place} {SQLITE_CANNOT[code]} ({_reason(error)})")
    return None


def _is_read_only(error: DBAPIError) -> bool:
    return _sqlstate(error) == READ_ONLY or _sqlite_code(error.orig) == sqlite3.SQLITE_READONLY


def _sqlstate(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def _sqlite_code(error: BaseException | None) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the bits of the extended code


def _reason(error: BaseException | None) -> str:
    """Take the driver's own first line; neither driver puts a password there."""
    return str(error).strip().partition("\n")[0]
