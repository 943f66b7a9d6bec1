"""The requests already sent to each source, in SQL, so that a restart forgets nothing.

Used by the gateway's sources.

`spend` checks and records in one transaction and commits BEFORE the request leaves: a process that is killed
at any moment has at worst counted a request that it never sent. The shards of a gateway share the budget of a
source.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Protocol, TypeVar

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, String, Table, delete, select, text

from stockbot.model import request_budget
from stockbot.model.request_budget import Budget, Spent, Usage, Window
from stockbot.runtime.database import insert

Result = TypeVar("Result")


class Transactions(Protocol):
    """The part of the database that a meter needs."""

    async def run(self, fn: Callable[[Connection], Result]) -> Result: ...


def usage_table(metadata: MetaData) -> Table:
    """`bucket` is the start of a bucket in seconds since 1970, UTC; `requests` were sent in it."""
    return Table(
        "gateway_request_usage",
        metadata,
        Column("provider", String(128), primary_key=True),
        Column("window", String(16), primary_key=True),
        Column("bucket", BigInteger, primary_key=True),
        Column("requests", Integer, nullable=False),
    )


_USAGE = usage_table(MetaData())


def usage(connection: Connection, provider: str, now: datetime) -> Usage:
    """Return what still counts at `now`, per window."""
    chosen = select(_USAGE.c.window, _USAGE.c.bucket, _USAGE.c.requests).where(_USAGE.c.provider == provider)
    spent: dict[Window, list[Spent]] = {window: [] for window in Window}
    for window, bucket, requests in connection.execute(chosen):
        spent[Window(window)].append(Spent(datetime.fromtimestamp(bucket, UTC), requests))
    return {window: [s for s in each if request_budget.used(window, [s], now)] for window, each in spent.items()}


def record(connection: Connection, provider: str, at: datetime, requests: int = 1) -> None:
    """Count requests at `at`, and forget the buckets that no window reaches any more."""
    for window in Window:
        _forget(connection, provider, window, at)
        _count(connection, provider, window, at, requests)


def spend(connection: Connection, provider: str, budget: Budget, at: datetime) -> bool:
    """Record one request if the budget allows it now; False, and nothing recorded, if not."""
    _one_writer(connection)
    if request_budget.allowed(budget, usage(connection, provider, at), at, 1) == 0:
        return False
    record(connection, provider, at)
    return True


class Meter:
    """The budgets of all sources behind one database."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    async def spend(self, provider: str, budget: Budget, at: datetime) -> bool:
        return await self._database.run(partial(spend, provider=provider, budget=budget, at=at))

    async def usage(self, provider: str, now: datetime) -> Usage:
        return await self._database.run(partial(usage, provider=provider, now=now))


def _one_writer(connection: Connection) -> None:
    """SQLite's transactions are immediate and so alone; PostgreSQL is told to let one spend at a time."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE gateway_request_usage IN SHARE ROW EXCLUSIVE MODE"))


def _count(connection: Connection, provider: str, window: Window, at: datetime, requests: int) -> None:
    bucket = int(window.bucket(at).timestamp())
    row = {"provider": provider, "window": window.value, "bucket": bucket, "requests": requests}
    statement = insert(connection, _USAGE).values(row)
    more = {"requests": _USAGE.c.requests + requests}
    connection.execute(statement.on_conflict_do_update(index_elements=_USAGE.primary_key.columns, set_=more))


def _forget(connection: Connection, provider: str, window: Window, at: datetime) -> None:
    oldest = int((at - window.length - window.grain).timestamp())
    old = (_USAGE.c.provider == provider) & (_USAGE.c.window == window.value) & (_USAGE.c.bucket < oldest)
    connection.execute(delete(_USAGE).where(old))
