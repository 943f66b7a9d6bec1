"""One writer per name: a row in SQL with a fencing token that only grows. For services that own an account.

    table = lease_table(metadata, "execution_") lease = Lease(table, "account:main",
    holder=settings.instance) keeping = asyncio.create_task(lease.keep(database, clock))  # acquires, renews
    every 5 s, releases at its end

Two rules make it safe. What is written: `check` reads the token inside the writing transaction and locks
its row, so nothing commits under a token after a higher one was given. What leaves the process: `held`
compares with a deadline that was taken before the row was written, on a clock that nobody sets and that
goes on while the machine sleeps; a stopped or sleeping holder finds it past.

Who may take over is judged by one wall clock: the server's on PostgreSQL; on SQLite this machine's, which
the file never leaves. When it steps back, an expiry further ahead than a lease lasts is cut to one lease
from now, so a takeover is late by one lease at most. When it steps ahead a takeover may come early: the old
holder's transactions fail at once, but its `held` lasts until its own deadline, so a new holder first waits
for one lease before it acts on anything but SQL.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any

import structlog
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    MetaData,
    Row,
    Select,
    Table,
    Text,
    bindparam,
    func,
    select,
    update,
)

from stockbot.errors import Conflict, Unavailable
from stockbot.runtime.clock import Clock
from stockbot.runtime.columns import UtcDateTime
from stockbot.runtime.database import Database, insert

SECONDS = 15.0
CAUTION = 0.9  # a holder counts on this part of its lease, so that clocks may run at slightly different speeds
NEVER = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.stdlib.get_logger(__name__)


class LeaseLost(Conflict):
    """Another holder has taken over, or this one never held: stop writing."""


def lease_table(metadata: MetaData, prefix: str) -> Table:
    """Describe the leases of one service: a row per name, never deleted, so that its token only grows.

    Its first migration makes it: `lease_table(MetaData(), "execution_").create(op.get_bind())`.
    """
    return Table(
        f"{prefix}lease",
        metadata,
        Column("name", Text, primary_key=True),
        Column("holder", Text, nullable=False),
        Column("token", BigInteger, nullable=False),
        Column("seconds", Float, nullable=False),
        Column("expires", UtcDateTime, nullable=False),
    )


def seconds_since_boot() -> float:
    """Read the machine's clock that counts its sleep too and cannot be set (Linux; macOS by another name)."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True)
class Grant:
    """What a holder has: its token, and until when by `seconds_since_boot`."""

    token: int
    deadline: float


class Lease:
    """One name that one process at a time holds; all its methods are for the tasks of that process.

    `holder` names the process for people. `seconds` is how long one acquisition or renewal lasts.
    """

    def __init__(
        self,
        table: Table,
        name: str,
        holder: str,
        *,
        seconds: float = SECONDS,
        elapsed: Callable[[], float] = seconds_since_boot,
    ) -> None:
        self.name, self.holder, self.seconds = name, holder, seconds
        self._table = table
        self._elapsed = elapsed
        self._grant: Grant | None = None

    @property
    def token(self) -> int | None:
        """The fencing token of what this process acquired last; None when it holds nothing."""
        return self._grant.token if self._grant else None

    def held(self) -> bool:
        """Tell whether the deadline of the last acquisition or renewal lies ahead; asks no database."""
        return self._grant is not None and self._elapsed() < self._grant.deadline

    def check(self, connection: Connection) -> None:
        """Raise LeaseLost in a transaction that must not commit; until it ends nobody can take over."""
        newest = connection.execute(_sharing(self._table), {"of_name": self.name}).scalar()
        if self.token is None or newest != self.token:
            raise LeaseLost(f"{self.holder} has token {self.token} of the lease {self.name}, the newest is {newest}")

    async def acquire(self, database: Database) -> bool:
        """Take the name if it is free or expired; False while another holds it. Raises Unavailable."""
        deadline = self._deadline()
        token = await database.run(self._take)
        if token is not None:
            self._grant = Grant(token, deadline)
        return token is not None

    async def renew(self, database: Database) -> None:
        """Hold it for another period, also after the deadline if nobody took over.

        Raises LeaseLost when somebody did, and Unavailable; after Unavailable the old deadline still counts.
        """
        deadline = self._deadline()
        try:
            token = await database.run(self._extend)
        except LeaseLost:
            self._grant = None
            raise
        self._grant = Grant(token, deadline)

    async def release(self, database: Database) -> None:
        """Let the next one in at once. Raises Unavailable; then the lease runs out by itself."""
        grant, self._grant = self._grant, None
        if grant is not None:
            freed = {"holder": "", "expires": NEVER}
            await database.run(partial(self._write, token=grant.token, values=freed))

    async def keep(self, database: Database, clock: Clock) -> None:
        """Acquire and renew until cancelled, three times in each period; then release."""
        try:
            while True:
                await self._beat(database)
                await clock.sleep(self.seconds / 3)
        finally:
            await self.release(database)

    async def _beat(self, database: Database) -> None:
        try:
            if self._grant is not None:
                await self.renew(database)
            elif await self.acquire(database):
                log.info("lease acquired", lease=self.name, token=self.token)
        except (LeaseLost, Unavailable) as error:
            log.warning("lease not renewed", lease=self.name, error=str(error))

    def _deadline(self) -> float:
        return self._elapsed() + self.seconds * CAUTION

    def _take(self, connection: Connection) -> int | None:
        row, now = self._locked_row(connection), wall_clock(connection)
        if now < row.expires:
            self._cut(connection, row, now)
            return None
        self._write(connection, row.token, self._terms(now) | {"token": row.token + 1, "holder": self.holder})
        return int(row.token + 1)

    def _extend(self, connection: Connection) -> int:
        grant = self._grant
        if grant is None or not self._write(connection, grant.token, self._terms(wall_clock(connection))):
            raise LeaseLost(f"{self.holder} no longer holds the lease {self.name}")
        return grant.token

    def _cut(self, connection: Connection, row: Row[Any], now: datetime) -> None:
        """After the wall clock stepped back: nobody holds for longer than a lease lasts."""
        latest = now + timedelta(seconds=row.seconds)
        if row.expires > latest:
            self._write(connection, row.token, {"expires": latest})

    def _terms(self, now: datetime) -> dict[str, object]:
        return {"seconds": self.seconds, "expires": now + timedelta(seconds=self.seconds)}

    def _locked_row(self, connection: Connection) -> Row[Any]:
        blank = {"name": self.name, "holder": "", "token": 0, "seconds": self.seconds, "expires": NEVER}
        connection.execute(insert(connection, self._table).values(blank).on_conflict_do_nothing())
        query = select(self._table).where(self._table.c.name == self.name).with_for_update()
        return connection.execute(query).one()

    def _write(self, connection: Connection, token: int, values: Mapping[str, object]) -> bool:
        """Change the row if the token is still the newest; False where it is not."""
        here = (self._table.c.name == self.name) & (self._table.c.token == token)
        return connection.execute(update(self._table).where(here).values(**values)).rowcount == 1


@cache
def _sharing(table: Table) -> Select[int]:
    """Made once: every transaction that writes asks."""
    return select(table.c.token).where(table.c.name == bindparam("of_name")).with_for_update(read=True)


def wall_clock(connection: Connection) -> datetime:
    """Read the one clock that all contenders share: the server's, or for SQLite the machine's."""
    if connection.dialect.name == "postgresql":
        return connection.execute(select(func.clock_timestamp(type_=UtcDateTime))).scalar_one()
    return datetime.now(UTC)
